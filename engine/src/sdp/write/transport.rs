//! ICE and DTLS.

use std::fmt;

use super::lines::{Lines, Separated};
use crate::sdp::TransportAttributes;

impl Lines<'_, '_> {
    /// All but candidates, which stand last: they may be many.
    pub(super) fn transport(&mut self, transport: &TransportAttributes) -> fmt::Result {
        self.value("ice-ufrag", transport.ice_ufrag.as_ref())?;
        self.value("ice-pwd", transport.ice_pwd.as_ref())?;
        let options = &transport.ice_options;
        let options = (!options.is_empty()).then_some(Separated(options, ' '));
        self.value("ice-options", options)?;
        self.values("fingerprint", &transport.fingerprints)?;
        self.value("setup", transport.setup)?;
        self.value("tls-id", transport.tls_id.as_ref())
    }

    pub(super) fn candidates(&mut self, transport: &TransportAttributes) -> fmt::Result {
        // A candidate's own text begins with the name of the attribute.
        let mut candidates = transport.candidates.iter();
        candidates.try_for_each(|candidate| self.line(format_args!("a={candidate}")))?;
        self.flag("end-of-candidates", transport.end_of_candidates)
    }
}
