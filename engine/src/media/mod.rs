//! Media of one m-line: the handle, and what can go wrong with it.

mod error;
mod handle;
mod options;

pub use error::{KeyframeError, RtcpWriteError, WriteError};
pub use handle::Media;
pub use options::WriteOptions;
