//! What is done to captured sound and pictures before they are encoded.
//!
//! [`Processor`] takes what a microphone heard, and what was played meanwhile: it takes the echo
//! out, then noise, and brings speech to one level. It is pushed and gives at once, and reads no
//! clock. What was decided and why is in `docs/media-processing.md`.

#[cfg(feature = "processing")]
mod alignment;
#[cfg(feature = "processing")]
mod blocks;
#[cfg(feature = "processing")]
mod cancel;
mod error;
#[cfg(feature = "processing")]
mod gain;
mod level;
#[cfg(feature = "processing")]
mod planar;
#[cfg(feature = "processing")]
mod processor;
mod settings;
mod stats;
#[cfg(feature = "processing")]
mod voice;

pub use error::ProcessError;
#[cfg(feature = "processing")]
pub use gain::TARGET_DBFS;
pub use level::{SILENCE_DBOV, audio_level};
#[cfg(feature = "processing")]
pub use processor::Processor;
pub use settings::ProcessorSettings;
pub use stats::{ProcessorStats, Voice};
