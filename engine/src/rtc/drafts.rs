//! Descriptions that were made and not set yet.

use std::sync::Arc;

use crate::jsep::{SdpType, SessionDescription};
use crate::sdp::Description;
use crate::session::agreed::IceCredentials;

/// What waits between two steps of an exchange.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// The description that was created last.
    pub(super) created: Option<Draft>,
    /// Credentials for the restart of ICE that is wanted: descriptions can be made again and again.
    pub(super) credentials: Option<IceCredentials>,
}

/// A description that was created and may be set.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) said: SessionDescription,
    pub(super) description: Arc<Description>,
}

impl Draft {
    /// An answer may be set for the time being.
    pub(super) fn is(&self, said: &SessionDescription) -> bool {
        let kind = match said.kind {
            SdpType::Pranswer => SdpType::Answer,
            kind => kind,
        };
        self.said.kind == kind && self.said.sdp == said.sdp
    }
}
