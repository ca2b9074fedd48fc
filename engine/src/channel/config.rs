//! How a data channel behaves (RFC 8831 section 6.1).

use serde::Serialize;

/// Longest label and sub-protocol of a data channel together, in bytes. RFC 8832 section 5.1 gives
/// each of them 16 bits of length; the session announces a channel in one packet, whose header
/// takes 12.
pub const CHANNEL_TEXT_BYTES_MAX: usize = 1_488;

/// The settings of a data channel.
///
/// ```
/// use lapwing_engine::{ChannelConfig, Reliability};
/// let mut game = ChannelConfig::new("moves");
/// game.ordered = false;
/// game.reliability = Reliability::MaxRetransmits { count: 0 };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelConfig {
    /// What the channel is for, in the application's words.
    pub label: String,
    /// A sub-protocol, often empty.
    pub protocol: String,
    /// Deliver messages in the order of sending.
    pub ordered: bool,
    /// How hard to try.
    pub reliability: Reliability,
    /// Who goes first when several channels have something to send.
    pub priority: ChannelPriority,
    /// The stream number that both sides agreed on elsewhere; `None` announces the channel in
    /// band (RFC 8832).
    pub negotiated: Option<u16>,
}

impl ChannelConfig {
    /// A reliable, ordered channel.
    pub fn new(label: impl Into<String>) -> Self {
        ChannelConfig {
            label: label.into(),
            protocol: String::new(),
            ordered: true,
            reliability: Reliability::Reliable,
            priority: ChannelPriority::Low,
            negotiated: None,
        }
    }
}

/// How hard to try to deliver a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reliability {
    /// Until it arrives.
    Reliable,
    /// For a time.
    MaxLifetime {
        /// Milliseconds from the moment of sending.
        ms: u16,
    },
    /// A number of times.
    MaxRetransmits {
        /// Retransmissions after the first attempt.
        count: u16,
    },
}

/// Shares of the connection when channels compete (`RTCPriorityType`; weights of RFC 8831
/// section 6.4 and RFC 8835 section 4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelPriority {
    /// Half of low.
    VeryLow,
    /// The usual share.
    #[default]
    Low,
    /// Twice the usual.
    Medium,
    /// Four times the usual.
    High,
}

impl ChannelPriority {
    /// Relative share: each step is double the one below.
    pub const fn weight(self) -> u32 {
        match self {
            ChannelPriority::VeryLow => 1,
            ChannelPriority::Low => 2,
            ChannelPriority::Medium => 4,
            ChannelPriority::High => 8,
        }
    }
}
