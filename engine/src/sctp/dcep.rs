//! How a channel is announced (RFC 8832).

use crate::channel::{ChannelConfig, ChannelPriority, Reliability};

const ACK: u8 = 2;
const OPEN: u8 = 3;

/// Bytes of DATA_CHANNEL_OPEN before label and protocol.
const OPEN_HEADER: usize = 12;

/// In a channel's type: messages need no order.
const UNORDERED: u8 = 0x80;

/// A message of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dcep {
    /// DATA_CHANNEL_OPEN (section 5.1).
    Open(ChannelConfig),
    /// DATA_CHANNEL_ACK (section 5.2).
    Ack,
}

impl Dcep {
    /// `None` for anything else, or a message that is cut, of an unknown kind or no text where some
    /// has to be.
    pub(super) fn parse(bytes: &[u8]) -> Option<Dcep> {
        match *bytes.first()? {
            ACK => Some(Dcep::Ack),
            OPEN => parse_open(bytes).map(Dcep::Open),
            _ => None,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Dcep::Ack => vec![ACK],
            Dcep::Open(config) => open_bytes(config),
        }
    }
}

fn parse_open(bytes: &[u8]) -> Option<ChannelConfig> {
    let (head, texts) = bytes.split_first_chunk::<OPEN_HEADER>()?;
    let [_, kind, priority @ .., label_high, label_low, protocol_high, protocol_low] = *head;
    let [priority_high, priority_low, parameter @ ..] = priority;
    let label_bytes = usize::from(u16::from_be_bytes([label_high, label_low]));
    let protocol_bytes = usize::from(u16::from_be_bytes([protocol_high, protocol_low]));
    let (label, rest) = texts.split_at_checked(label_bytes)?;
    let protocol = rest.get(..protocol_bytes)?;
    let mut config = ChannelConfig::new(std::str::from_utf8(label).ok()?);
    config.protocol = std::str::from_utf8(protocol).ok()?.to_owned();
    config.ordered = kind & UNORDERED == 0;
    // Numbers are larger in the protocol than in the interface of browsers.
    let parameter = u16::try_from(u32::from_be_bytes(parameter)).unwrap_or(u16::MAX);
    config.reliability = match kind & !UNORDERED {
        0 => Reliability::Reliable,
        1 => Reliability::MaxRetransmits { count: parameter },
        2 => Reliability::MaxLifetime { ms: parameter },
        _ => return None,
    };
    config.priority = priority_of(u16::from_be_bytes([priority_high, priority_low]));
    Some(config)
}

fn open_bytes(config: &ChannelConfig) -> Vec<u8> {
    let (kind, parameter) = match config.reliability {
        Reliability::Reliable => (0, 0),
        Reliability::MaxRetransmits { count } => (1, count),
        Reliability::MaxLifetime { ms } => (2, ms),
    };
    let unordered = if config.ordered { 0 } else { UNORDERED };
    let length = |text: &str| u16::try_from(text.len()).expect("longer texts were refused");
    let mut bytes = vec![OPEN, kind | unordered];
    bytes.extend(priority_number(config.priority).to_be_bytes());
    bytes.extend(u32::from(parameter).to_be_bytes());
    bytes.extend(length(&config.label).to_be_bytes());
    bytes.extend(length(&config.protocol).to_be_bytes());
    bytes.extend(config.label.as_bytes());
    bytes.extend(config.protocol.as_bytes());
    bytes
}

/// RFC 8831 section 6.4.
fn priority_number(priority: ChannelPriority) -> u16 {
    match priority {
        ChannelPriority::VeryLow => 128,
        ChannelPriority::Low => 256,
        ChannelPriority::Medium => 512,
        ChannelPriority::High => 1024,
    }
}

/// Zero is what those say who have no priorities: the usual one.
fn priority_of(number: u16) -> ChannelPriority {
    match number {
        1..=128 => ChannelPriority::VeryLow,
        0 | 129..=256 => ChannelPriority::Low,
        257..=512 => ChannelPriority::Medium,
        _ => ChannelPriority::High,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn messages_by_hand() {
        assert_eq!(Dcep::Ack.to_bytes(), [2]);
        let mut config = ChannelConfig::new("chat");
        assert_eq!(
            Dcep::Open(config.clone()).to_bytes(),
            b"\x03\x00\x01\x00\x00\x00\x00\x00\x00\x04\x00\x00chat"
        );
        config.protocol = "x".to_owned();
        config.ordered = false;
        config.reliability = Reliability::MaxRetransmits { count: 3 };
        config.priority = ChannelPriority::High;
        assert_eq!(
            Dcep::Open(config.clone()).to_bytes(),
            b"\x03\x81\x04\x00\x00\x00\x00\x03\x00\x04\x00\x01chatx"
        );
        config.ordered = true;
        config.reliability = Reliability::MaxLifetime { ms: 300 };
        assert_eq!(
            Dcep::Open(config).to_bytes(),
            b"\x03\x02\x04\x00\x00\x00\x01\x2c\x00\x04\x00\x01chatx"
        );
    }

    #[test]
    fn what_others_say() {
        // libwebrtc: priority zero; what follows is not looked at.
        let open = Dcep::parse(b"\x03\x80\0\0\0\0\0\0\0\x02\0\x01abcrest");
        let mut config = ChannelConfig::new("ab");
        config.protocol = "c".to_owned();
        config.ordered = false;
        assert_eq!(open, Some(Dcep::Open(config)));
        let long = Dcep::parse(b"\x03\x01\0\0\0\x01\0\0\0\0\0\0");
        let mut config = ChannelConfig::new("");
        config.reliability = Reliability::MaxRetransmits { count: u16::MAX };
        assert_eq!(long, Some(Dcep::Open(config)));
    }

    #[test]
    fn malformed_ones_are_none() {
        let whole = b"\x03\x00\x01\x00\x00\x00\x00\x00\x00\x02\x00\x01abc";
        for length in 0..whole.len() {
            assert_eq!(Dcep::parse(&whole[..length]), None, "{length} bytes");
        }
        assert_eq!(Dcep::parse(b"\x03\x03\0\0\0\0\0\0\0\0\0\0"), None, "unknown kind of channel");
        assert_eq!(Dcep::parse(b"\x03\x00\0\0\0\0\0\0\0\x01\0\0\xff"), None, "not UTF-8");
        assert_eq!(Dcep::parse(b"\x04"), None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_so_that_it_reads_the_same(bytes: Vec<u8>) {
            if let Some(read) = Dcep::parse(&bytes) {
                prop_assert_eq!(Dcep::parse(&read.to_bytes()), Some(read));
            }
        }
    }
}
