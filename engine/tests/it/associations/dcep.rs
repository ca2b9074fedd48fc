//! The announcement of channels (RFC 8832), written anew for peers that know streams only: what
//! reads and writes it in the engine is what is tried.

use lapwing_engine::{ChannelConfig, ChannelPriority, Reliability};

pub(super) const ACK: &[u8] = &[2];

/// DATA_CHANNEL_OPEN (section 5.1).
pub(super) fn open(config: &ChannelConfig) -> Vec<u8> {
    let (kind, parameter): (u8, u16) = match config.reliability {
        Reliability::Reliable => (0x00, 0),
        Reliability::MaxRetransmits { count } => (0x01, count),
        Reliability::MaxLifetime { ms } => (0x02, ms),
    };
    let priority: u16 = match config.priority {
        ChannelPriority::VeryLow => 128,
        ChannelPriority::Low => 256,
        ChannelPriority::Medium => 512,
        ChannelPriority::High => 1024,
    };
    let mut bytes = vec![3, if config.ordered { kind } else { kind | 0x80 }];
    bytes.extend(priority.to_be_bytes());
    bytes.extend(u32::from(parameter).to_be_bytes());
    bytes.extend((config.label.len() as u16).to_be_bytes());
    bytes.extend((config.protocol.len() as u16).to_be_bytes());
    bytes.extend(config.label.as_bytes());
    bytes.extend(config.protocol.as_bytes());
    bytes
}

/// What a DATA_CHANNEL_OPEN says; one that is not well formed fails the test.
pub(super) fn opened(bytes: &[u8]) -> ChannelConfig {
    let short = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    assert_eq!(bytes[0], 3, "DATA_CHANNEL_OPEN");
    let parameter = u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    let parameter = u16::try_from(parameter).expect("what the interface has room for");
    let label_end = 12 + usize::from(short(8));
    let protocol_end = label_end + usize::from(short(10));
    assert_eq!(bytes.len(), protocol_end, "nothing follows");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text is UTF-8");
    ChannelConfig {
        label: text(&bytes[12..label_end]),
        protocol: text(&bytes[label_end..protocol_end]),
        ordered: bytes[1] & 0x80 == 0,
        reliability: match bytes[1] & 0x7f {
            0 => Reliability::Reliable,
            1 => Reliability::MaxRetransmits { count: parameter },
            2 => Reliability::MaxLifetime { ms: parameter },
            kind => panic!("a channel of kind {kind}"),
        },
        priority: match short(2) {
            128 => ChannelPriority::VeryLow,
            256 => ChannelPriority::Low,
            512 => ChannelPriority::Medium,
            1024 => ChannelPriority::High,
            number => panic!("priority {number}"),
        },
        negotiated: None,
    }
}
