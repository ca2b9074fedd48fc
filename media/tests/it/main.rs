//! Tests through the public interface, on the committed clips.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod audio;
mod clips;
mod empty;
mod formats;
mod hostile;
mod playback;
mod video;
mod wav;
#[cfg(feature = "webm")]
mod webm;
