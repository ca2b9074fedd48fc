//! What goes by way of a relay, as an observer between a client and its relay can read it (RFC
//! 8656 sections 11 and 12).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lapwing_engine::PacketKind;

/// Bytes of a STUN header.
const HEADER: usize = 20;
const CHANNEL_BIND: [u8; 2] = [0, 9];
const SEND: [u8; 2] = [0, 0x16];
const DATA: [u8; 2] = [0, 0x17];
const CHANNEL_NUMBER: u16 = 0x000c;
const PEER: u16 = 0x0012;
const CONTENTS: u16 = 0x0013;
const MAGIC: u32 = 0x2112_a442;

/// Channels that a client may have at a relay, and relays that it may have: many times over.
const CHANNELS_MAX: usize = 4_096;

/// Whom the channels of a client lead to, by server and number.
#[derive(Debug, Default)]
pub(super) struct Channels {
    peers: BTreeMap<(SocketAddr, u16), SocketAddr>,
}

impl Channels {
    /// Takes note of what a client asks of a server.
    pub(super) fn note(&mut self, server: SocketAddr, message: &[u8]) {
        if message.starts_with(&CHANNEL_BIND)
            && let Some([high, low, ..]) = attribute(message, CHANNEL_NUMBER)
            && let Some(peer) = peer(message)
            && self.peers.len() < CHANNELS_MAX
        {
            self.peers.insert((server, u16::from_be_bytes([*high, *low])), peer);
        }
    }

    /// The peer and the contents of a datagram between a client and a server; `None` where it
    /// carries nothing.
    pub(super) fn open<'a>(
        &self,
        server: SocketAddr,
        datagram: &'a [u8],
    ) -> Option<(SocketAddr, &'a [u8])> {
        match (PacketKind::of(datagram)?, datagram) {
            (PacketKind::ChannelData, [a, b, c, d, rest @ ..]) => {
                let peer = self.peers.get(&(server, u16::from_be_bytes([*a, *b])))?;
                let length = usize::from(u16::from_be_bytes([*c, *d]));
                Some((*peer, rest.get(..length)?))
            }
            (PacketKind::Stun, _) if datagram.starts_with(&SEND) || datagram.starts_with(&DATA) => {
                Some((peer(datagram)?, attribute(datagram, CONTENTS)?))
            }
            _ => None,
        }
    }
}

/// The first attribute of a kind.
fn attribute(message: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut rest = message.get(HEADER..)?;
    while let [a, b, c, d, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        let value = after.get(..length)?;
        if u16::from_be_bytes([*a, *b]) == wanted {
            return Some(value);
        }
        rest = after.get(length.next_multiple_of(4)..)?;
    }
    None
}

/// XOR-PEER-ADDRESS, of IPv4: universes have no other.
fn peer(message: &[u8]) -> Option<SocketAddr> {
    let &[_, 1, a, b, c, d, e, f] = attribute(message, PEER)? else { return None };
    let port = u16::from_be_bytes([a, b]) ^ (MAGIC >> 16) as u16;
    let address = Ipv4Addr::from_bits(u32::from_be_bytes([c, d, e, f]) ^ MAGIC);
    Some(SocketAddr::new(IpAddr::V4(address), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: [u8; 2], attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut message = kind.to_vec();
        message.resize(HEADER, 0);
        for (kind, value) in attributes {
            message.extend(kind.to_be_bytes());
            message.extend((value.len() as u16).to_be_bytes());
            message.extend(*value);
            message.resize(message.len().next_multiple_of(4), 0);
        }
        message
    }

    #[test]
    fn channels_and_indications_are_opened() {
        let server: SocketAddr = "192.0.2.1:3478".parse().unwrap();
        // 10.0.0.1:5, as XOR has it.
        let xored = [0, 1, 0x21, 0x17, 0x2b, 0x12, 0xa4, 0x43];
        let expected: SocketAddr = "10.0.0.1:5".parse().unwrap();
        let mut channels = Channels::default();
        let sent = message(SEND, &[(PEER, &xored), (CONTENTS, b"hello")]);
        assert_eq!(channels.open(server, &sent), Some((expected, &b"hello"[..])));
        let data = [0x40, 1, 0, 3, b'a', b'b', b'c', 0];
        assert_eq!(channels.open(server, &data), None, "it leads nowhere yet");
        let bind = message(CHANNEL_BIND, &[(CHANNEL_NUMBER, &[0x40, 1, 0, 0]), (PEER, &xored)]);
        channels.note(server, &bind);
        assert_eq!(channels.open(server, &data), Some((expected, &b"abc"[..])));
        assert_eq!(channels.open(server, &[0x40, 1, 0, 9, b'a']), None, "it is cut");
        assert_eq!(channels.open(server, &bind), None);
        assert_eq!(channels.open(server, &sent[..30]), None);
    }
}
