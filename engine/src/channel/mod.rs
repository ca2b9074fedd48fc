//! Data channels: settings, the handle, and who may send next.

mod config;
mod handle;
mod queue;
mod table;

pub use config::{CHANNEL_TEXT_BYTES_MAX, ChannelConfig, ChannelPriority, Reliability};
pub use handle::{Channel, ChannelError, ChannelWriteError};
pub(crate) use table::{ChannelTable, Opened};
