//! What is done to captured sound and pictures before they are encoded.
//!
//! [`Processor`] takes what a microphone heard, and what was played meanwhile: it takes the echo
//! out, then noise, and brings speech to one level. [`PictureCleaner`] takes sensor noise out of
//! a camera's pictures, and lifts dark ones. Both are pushed and give at once; neither reads a
//! clock. What was decided and why is in `docs/media-processing.md`.

#[cfg(feature = "processing")]
mod alignment;
mod area;
#[cfg(feature = "processing")]
mod blocks;
#[cfg(feature = "processing")]
mod cancel;
mod clean;
mod denoise;
mod error;
#[cfg(feature = "processing")]
mod gain;
mod level;
mod light;
mod noise;
#[cfg(feature = "processing")]
mod planar;
#[cfg(feature = "processing")]
mod processor;
mod reference;
mod search;
mod settings;
mod stats;
#[cfg(feature = "processing")]
mod voice;
#[cfg(feature = "web-audio")]
mod web_audio;

pub use clean::{CleanerSettings, PictureCleaner};
pub use denoise::Denoiser;
pub use error::ProcessError;
#[cfg(feature = "processing")]
pub use gain::TARGET_DBFS;
pub use level::{SILENCE_DBOV, audio_level};
pub use light::LightLeveller;
#[cfg(feature = "processing")]
pub use processor::Processor;
pub use settings::ProcessorSettings;
pub use stats::{ProcessorStats, Voice};
#[cfg(feature = "web-audio")]
pub use web_audio::{AudioGraph, GraphError};
#[cfg(feature = "web-audio")]
pub use web_audio_api;
