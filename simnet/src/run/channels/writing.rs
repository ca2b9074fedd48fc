//! A message goes to the engine.

use lapwing_engine::{ChannelId, ChannelWriteError, Rtc};

use crate::run::Stamp;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Taken,
    /// There is no room now.
    Full,
    /// The channel takes no more.
    Closed,
}

/// A message of so many bytes, or of a few more where they are too few for the stamp.
pub(super) fn message(stamp: Stamp, bytes: usize) -> Vec<u8> {
    stamp.audio(bytes).to_vec()
}

pub(super) fn write(rtc: &mut Rtc, id: ChannelId, message: &[u8]) -> Written {
    let Some(mut channel) = rtc.channel(id) else { return Written::Closed };
    match channel.write_binary(message) {
        Ok(()) => Written::Taken,
        Err(ChannelWriteError::Full) => Written::Full,
        Err(_) => Written::Closed,
    }
}
