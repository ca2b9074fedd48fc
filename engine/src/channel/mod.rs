//! Data channels: settings, the handle, and who may send next.

mod config;
mod counts;
mod error;
mod handle;
mod parts;
mod queue;
mod table;

pub use config::{CHANNEL_TEXT_BYTES_MAX, ChannelConfig, ChannelPriority, Reliability};
pub(crate) use counts::ChannelFigures;
pub use error::{ChannelError, ChannelReadError, ChannelWriteError};
pub use handle::Channel;
pub use parts::{ChannelReading, MessagePart};
pub(crate) use table::{ChannelTable, Opened};
