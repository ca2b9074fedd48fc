//! Packets that nothing but their payload type assigns to an m-line (RFC 9143 section 9.2): the
//! library is told their sources.

use std::net::SocketAddr;

use super::convert;
use super::session::Str0mSession;
use crate::ids::PayloadType;

/// Sources that are told so in a connection. They are read before a packet is authenticated, so
/// that anyone on the path can name some.
const SOURCES_MAX: usize = 16;

impl Str0mSession {
    /// Takes note of the source of a packet that is to be told by its payload type.
    pub(super) fn tell_source(&mut self, from: SocketAddr, packet: &[u8]) {
        let (Some(second), Some(source)) = (packet.get(1), packet.get(8..12)) else { return };
        let Some(mid) = self.by_payload_type.get(&PayloadType(second & 0x7f)).copied() else {
            return;
        };
        let source = u32::from_be_bytes(source.try_into().expect("four bytes"));
        if self.told_sources.contains(&source)
            || self.told_sources.len() >= SOURCES_MAX
            || self.path.is_none_or(|(_, remote)| remote != from)
        {
            return;
        }
        let is_repair = self
            .rtc
            .codec_config()
            .params()
            .iter()
            .any(|params| params.resend().is_some_and(|rtx| *rtx == second & 0x7f));
        let mid = convert::to_mid(mid);
        let told = self.mutate(|rtc| {
            let mut api = rtc.direct_api();
            if !is_repair {
                api.expect_stream_rx(source.into(), None, mid, None);
                return true;
            }
            // Retransmissions come after what they repeat.
            let Some(main) = api.stream_rx_by_mid(mid, None).map(|stream| stream.ssrc()) else {
                return false;
            };
            api.expect_stream_rx(main, Some(source.into()), mid, None);
            true
        });
        if told {
            self.told_sources.insert(source);
        }
    }
}
