//! Tests through the public interface, on the committed clips.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod audio;
#[cfg(feature = "vpx")]
mod cleaning;
mod clips;
mod containers;
mod control;
mod elements;
mod empty;
mod engines;
mod formats;
mod hearing;
mod hostile;
mod playback;
#[cfg(feature = "processing")]
mod processing;
#[cfg(feature = "dred")]
mod recall;
mod room;
mod seeing;
mod sending;
mod spatial;
mod survival;
mod video;
mod wav;
#[cfg(feature = "web-audio")]
mod web_audio;
mod webm;
