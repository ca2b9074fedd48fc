//! What an exchange of descriptions leaves to be known.

use std::collections::BTreeMap;

use lapwing_engine::{Direction, Mid};
use serde_json::Value;

use super::lines::setup;

/// What an exchange leaves to be known.
#[derive(Default)]
pub(super) struct Negotiation {
    /// The request whose description waits for candidates.
    pub(super) waiting: Option<Value>,
    /// What we want of m-lines without a track of ours.
    pub(super) wanted: BTreeMap<Mid, Direction>,
    /// M-lines of the other side's that were stopped, and told so.
    pub(super) stopped: Vec<String>,
    /// The `a=setup` of the first answer, and whether it is ours.
    setup: Option<(String, bool)>,
}

impl Negotiation {
    /// The DTLS role that the answer gave us.
    pub(super) fn dtls_role(&self) -> Option<&'static str> {
        let (setup, ours) = self.setup.as_ref()?;
        Some(if (setup == "active") == *ours { "client" } else { "server" })
    }

    pub(super) fn note_answer(&mut self, sdp: &str, ours: bool) {
        if self.setup.is_none() {
            self.setup = setup(sdp).map(|setup| (setup.to_owned(), ours));
        }
    }
}
