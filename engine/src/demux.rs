//! Which protocol a datagram speaks (RFC 7983 section 7, RFC 5761 section 4).

/// The protocols that share a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PacketKind {
    /// STUN, RFC 8489.
    Stun,
    /// TURN channel data, RFC 8656 section 12.4.
    ChannelData,
    /// DTLS, RFC 9147.
    Dtls,
    /// RTP, RFC 3550.
    Rtp,
    /// RTCP, RFC 3550 section 6.
    Rtcp,
}

impl PacketKind {
    /// Tells by the first bytes; `None` for what is none of them.
    ///
    /// ```
    /// use lapwing_engine::PacketKind;
    /// assert_eq!(PacketKind::of(&[0x80, 200, 0, 6, 0, 0, 0, 1]), Some(PacketKind::Rtcp));
    /// assert_eq!(PacketKind::of(b"\xffnoise"), None);
    /// ```
    pub fn of(datagram: &[u8]) -> Option<PacketKind> {
        let first = *datagram.first()?;
        match first {
            0..=3 if datagram.len() >= 20 => Some(PacketKind::Stun),
            20..=63 => Some(PacketKind::Dtls),
            64..=79 if datagram.len() >= 4 => Some(PacketKind::ChannelData),
            128..=191 if datagram.len() >= 4 => Some(match datagram[1] {
                // Packet types of RTCP, which RTP payload types with the marker bit may not use.
                192..=223 => PacketKind::Rtcp,
                _ => PacketKind::Rtp,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_first_byte_has_one_meaning() {
        let kind = |first: u8| PacketKind::of(&[first, 96, 0, 0].repeat(5));
        for first in 0..=u8::MAX {
            let expected = match first {
                0..=3 => Some(PacketKind::Stun),
                20..=63 => Some(PacketKind::Dtls),
                64..=79 => Some(PacketKind::ChannelData),
                128..=191 => Some(PacketKind::Rtp),
                _ => None,
            };
            assert_eq!(kind(first), expected, "first byte {first}");
        }
        assert_eq!(PacketKind::of(&[]), None);
        assert_eq!(PacketKind::of(&[0; 19]), None);
    }
}
