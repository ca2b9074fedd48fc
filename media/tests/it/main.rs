//! Tests through the public interface, on the committed clips.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod audio;
mod clips;
mod formats;
mod hearing;
mod hostile;
mod playback;
#[cfg(feature = "processing")]
mod processing;
#[cfg(feature = "processing")]
mod room;
mod video;
#[cfg(feature = "web-audio")]
mod web_audio;
#[cfg(feature = "webm")]
mod webm;
