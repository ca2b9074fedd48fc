//! `a=sctp-init` (draft-hancke-tsvwg-snap): an INIT chunk in base64, in both descriptions or it
//! counts for nothing. An association that began without keeps to it, and one that began with it
//! says the same for its life.

use openssl::base64::{decode_block, encode_block};

use super::signaling::Side;
use super::state::Jsep;
use crate::sdp::MediaDescription;
use crate::session::agreed::Capabilities;

/// Characters of base64: an INIT has a few dozen bytes, and supported extensions are a byte each.
const CHARS_MAX: usize = 1024;

impl Jsep {
    /// What an m-line of data channels of ours says; `theirs` is the offer's in an answer.
    pub(super) fn sctp_init(
        &self,
        index: usize,
        theirs: Option<&MediaDescription>,
        capabilities: &Capabilities,
    ) -> Option<String> {
        let ours = capabilities.sctp_init.as_deref()?;
        let line = |side| self.current_of(side)?.media.get(index).filter(|media| media.port != 0);
        let began = match (line(Side::Local), line(Side::Remote)) {
            (Some(local), Some(remote)) => agreed(local, remote).is_some(),
            _ => true,
        };
        let may = began && theirs.is_none_or(|theirs| decoded(theirs).is_some());
        may.then(|| encode_block(ours))
    }
}

/// The peer's INIT chunk, where both descriptions have one.
pub(super) fn agreed(local: &MediaDescription, remote: &MediaDescription) -> Option<Vec<u8>> {
    local.sctp.init.as_ref()?;
    decoded(remote)
}

fn decoded(media: &MediaDescription) -> Option<Vec<u8>> {
    let text = media.sctp.init.as_deref().filter(|text| text.len() <= CHARS_MAX)?;
    decode_block(text).ok()
}
