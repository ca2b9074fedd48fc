//! What goes by way of a relay, as an observer between a client and its relay can read it (RFC
//! 8656 sections 11 and 12).

use std::collections::BTreeMap;
use std::net::SocketAddr;

use lapwing_engine::PacketKind;
use stun_types::attribute::{AttributeFromRaw, AttributeStaticType};
use stun_types::message::{Message, MessageClass};
use turn_server_proto::types::attribute::{ChannelNumber, Data, XorPeerAddress};
use turn_server_proto::types::channel::ChannelData;
use turn_server_proto::types::message::{CHANNEL_BIND, DATA, SEND};

/// Bytes before the contents of an attribute, and before those of channel data.
const HEADER: usize = 4;

/// Channels that a client may have at a relay, and relays that it may have: many times over.
const CHANNELS_MAX: usize = 4_096;

/// Whom the channels of a client lead to, by server and number.
#[derive(Debug, Default)]
pub(super) struct Channels {
    peers: BTreeMap<(SocketAddr, u16), SocketAddr>,
}

impl Channels {
    /// Takes note of what a client asks of a server.
    pub(super) fn note(&mut self, server: SocketAddr, datagram: &[u8]) {
        let Ok(message) = Message::from_bytes(datagram) else { return };
        if message.has_class(MessageClass::Request)
            && message.has_method(CHANNEL_BIND)
            && let Some(raw) = message.raw_attribute(ChannelNumber::TYPE)
            && let Ok(channel) = ChannelNumber::from_raw_ref(&raw)
            && let Some(peer) = peer(&message)
            && self.peers.len() < CHANNELS_MAX
        {
            self.peers.insert((server, channel.channel()), peer);
        }
    }

    /// The peer and the contents of a datagram between a client and a server; `None` where it
    /// carries nothing.
    pub(super) fn open<'a>(
        &self,
        server: SocketAddr,
        datagram: &'a [u8],
    ) -> Option<(SocketAddr, &'a [u8])> {
        let (peer, begin, length) = match PacketKind::of(datagram)? {
            PacketKind::ChannelData => {
                let (channel, length) = ChannelData::parse_header(datagram).ok()?;
                (*self.peers.get(&(server, channel))?, HEADER, length)
            }
            PacketKind::Stun => {
                let message = Message::from_bytes(datagram).ok()?;
                if !(message.has_method(SEND) || message.has_method(DATA)) {
                    return None;
                }
                let (offset, data) = message.raw_attribute_and_offset(Data::TYPE)?;
                (peer(&message)?, offset + HEADER, data.value.len())
            }
            _ => return None,
        };
        Some((peer, datagram.get(begin..begin + length)?))
    }
}

fn peer(message: &Message<'_>) -> Option<SocketAddr> {
    let raw = message.raw_attribute(XorPeerAddress::TYPE)?;
    Some(XorPeerAddress::from_raw_ref(&raw).ok()?.addr(message.transaction_id()))
}

#[cfg(test)]
mod tests {
    use stun_types::message::{MessageType, MessageWriteVec, Method};
    use stun_types::prelude::{AttributeWrite, MessageWrite, MessageWriteExt};

    use super::*;

    fn message(class: MessageClass, method: Method, attribute: &dyn AttributeWrite) -> Vec<u8> {
        let (kind, id) = (MessageType::from_class_method(class, method), 7.into());
        let mut written = Message::builder(kind, id, MessageWriteVec::new());
        let peer = XorPeerAddress::new("10.0.0.1:5".parse().unwrap(), id);
        written.add_attribute(&peer).unwrap();
        written.add_attribute(attribute).unwrap();
        written.finish()
    }

    #[test]
    fn channels_and_indications_are_opened() {
        let server: SocketAddr = "192.0.2.1:3478".parse().unwrap();
        let expected: SocketAddr = "10.0.0.1:5".parse().unwrap();
        let mut channels = Channels::default();
        let sent = message(MessageClass::Indication, SEND, &Data::new(b"hello"));
        assert_eq!(channels.open(server, &sent), Some((expected, &b"hello"[..])));
        let data = [0x40, 1, 0, 3, b'a', b'b', b'c', 0];
        assert_eq!(channels.open(server, &data), None, "it leads nowhere yet");
        let bind = message(MessageClass::Request, CHANNEL_BIND, &ChannelNumber::new(0x4001));
        channels.note(server, &bind);
        assert_eq!(channels.open(server, &data), Some((expected, &b"abc"[..])));
        assert_eq!(channels.open(server, &[0x40, 1, 0, 9, b'a']), None, "it is cut");
        assert_eq!(channels.open(server, &bind), None);
        assert_eq!(channels.open(server, &sent[..30]), None);
    }
}
