//! Traffic over the data channels of a flow's connection.

use std::time::Duration;

use lapwing_engine::{Bitrate, ChannelPriority, Reliability};

/// `[[channel]]`: traffic over one or several data channels of a flow's connection.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelTraffic {
    /// Its name, by which its channels' labels begin.
    pub name: String,
    /// The number of the flow whose connection carries it.
    pub flow: u64,
    /// Who sends, or asks.
    pub direction: ChannelDirection,
    /// So many channels of the kind.
    pub count: u64,
    /// When it begins; once the channel is open, if later.
    pub start: Duration,
    /// When it ends; the end of the flow if later.
    pub end: Duration,
    /// Messages arrive in the order of sending.
    pub ordered: bool,
    /// How hard is tried to deliver them.
    pub reliability: Reliability,
    /// Who goes first when several channels have something to send.
    pub priority: ChannelPriority,
    /// What it is.
    pub kind: ChannelKind,
}

/// The two ways of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelDirection {
    /// From the sender of the flow's media to their receiver.
    #[default]
    WithFlow,
    /// From the receiver of the flow's media to their sender.
    AgainstFlow,
}

/// Kinds of traffic over channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// There is always something to send, or a file.
    Bulk {
        /// Size of a message.
        message_bytes: usize,
        /// Size of the file; without, there is no end.
        file_bytes: Option<u64>,
    },
    /// A request is answered, and after some time comes the next.
    RequestResponse {
        /// Size of a request.
        request_bytes: usize,
        /// Size of an answer.
        response_bytes: usize,
        /// From an answer to the next request.
        think: Duration,
    },
    /// Small messages at a steady rate.
    GameState {
        /// Size of a message.
        message_bytes: usize,
        /// From one to the next.
        interval: Duration,
    },
}

impl ChannelKind {
    /// Its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            ChannelKind::Bulk { .. } => BULK,
            ChannelKind::RequestResponse { .. } => REQUEST_RESPONSE,
            ChannelKind::GameState { .. } => GAME_STATE,
        }
    }

    /// The most that it sends in its direction; `None` for whatever there is room for.
    pub(crate) fn rate(self) -> Option<Bitrate> {
        let rate = |bytes: usize, time: Duration| {
            let seconds = time.as_secs_f64();
            (seconds > 0.0).then(|| Bitrate::bps((bytes as f64 * 8.0 / seconds) as u64))
        };
        match self {
            ChannelKind::Bulk { .. } => None,
            ChannelKind::RequestResponse { request_bytes, think, .. } => rate(request_bytes, think),
            ChannelKind::GameState { message_bytes, interval } => rate(message_bytes, interval),
        }
    }
}

pub(crate) const BULK: &str = "bulk";
pub(super) const REQUEST_RESPONSE: &str = "request-response";
pub(super) const GAME_STATE: &str = "game-state";
