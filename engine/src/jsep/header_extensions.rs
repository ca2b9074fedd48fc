//! Header extensions of RTP that an application wants on a transceiver (W3C webrtc-extensions, "RTP
//! header extension control").

use super::error::NegotiationError;
use super::extensions::{self, is_for};
use super::state::Jsep;
use super::transceiver::{Entry, HeaderExtension};
use crate::event::Direction;
use crate::ids::TransceiverId;
use crate::session::agreed::Capabilities;

/// The extension that tells m-lines apart (RFC 9143 section 15.1). A bundle cannot do without it.
const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";

impl Jsep {
    /// Header extensions that later descriptions have for a transceiver, with those that are
    /// stopped (W3C `getHeaderExtensionsToNegotiate`): all that the session can do for its kind.
    /// Both ways, unless it was set.
    pub(crate) fn header_extensions(
        &self,
        id: TransceiverId,
        capabilities: &Capabilities,
    ) -> Option<Vec<HeaderExtension>> {
        self.entry(id).map(|entry| wanted(entry, capabilities))
    }

    /// Says where each may be sent, or that it is stopped (W3C `setHeaderExtensionsToNegotiate`).
    /// The list is the one of [`Self::header_extensions`] with other directions. The next
    /// description has it; none is asked for.
    pub(crate) fn set_header_extensions(
        &mut self,
        id: TransceiverId,
        extensions: Vec<HeaderExtension>,
        capabilities: &Capabilities,
    ) -> Result<(), NegotiationError> {
        let entry = self.live(id)?;
        let known = wanted(entry, capabilities);
        let uris = |list: &[HeaderExtension]| -> Vec<String> {
            list.iter().map(|extension| extension.uri.clone()).collect()
        };
        if uris(&known) != uris(&extensions) {
            return Err(NegotiationError::HeaderExtensions);
        }
        let both_ways = Some(Direction::SendRecv);
        let is_bent = |extension: &HeaderExtension| {
            extension.uri == MID_URI && extension.direction != both_ways
        };
        if extensions.iter().any(is_bent) {
            return Err(NegotiationError::MandatoryExtension);
        }
        entry.extensions = extensions;
        Ok(())
    }

    /// What the last exchange came to, of all that the session can do for the kind (W3C
    /// `getNegotiatedHeaderExtensions`). Before one, and after the end, all are stopped.
    pub(crate) fn negotiated_header_extensions(
        &self,
        id: TransceiverId,
        capabilities: &Capabilities,
    ) -> Option<Vec<HeaderExtension>> {
        let entry = self.entry(id)?;
        let (sent, received) = self.agreed_extensions(entry).unwrap_or_default();
        let mut all = wanted(entry, capabilities);
        for extension in &mut all {
            let is_there = |uris: &[String]| uris.contains(&extension.uri);
            extension.direction = match (is_there(&sent), is_there(&received)) {
                (false, false) => None,
                (sends, receives) => Some(super::direction::from_parts(sends, receives)),
            };
        }
        Some(all)
    }

    /// URIs of those that may be sent and that may come.
    fn agreed_extensions(&self, entry: &Entry) -> Option<(Vec<String>, Vec<String>)> {
        let mid = entry.negotiated.mid.filter(|mid| entry.is_at(*mid))?;
        let (exchange, index) = self.agreed_at(mid)?;
        let sides = exchange.sides();
        let (local, remote) = (sides.local_at(index), sides.remote_at(index));
        let (send, receive) = extensions::agreed((sides.local, local), (sides.remote, remote));
        let uris = |list: Vec<crate::session::agreed::RtpExtension>| {
            list.into_iter().map(|extension| extension.uri.to_string()).collect()
        };
        Some((uris(send), uris(receive)))
    }
}

fn wanted(entry: &Entry, capabilities: &Capabilities) -> Vec<HeaderExtension> {
    let known = capabilities.extensions.iter().filter(|known| is_for(known, entry.kind));
    let one = |uri: &str| {
        let set = entry.extensions.iter().find(|set| set.uri == uri);
        let direction = set.map_or(Some(Direction::SendRecv), |set| set.direction);
        HeaderExtension { uri: uri.to_owned(), direction }
    };
    known.map(|known| one(known.uri)).collect()
}
