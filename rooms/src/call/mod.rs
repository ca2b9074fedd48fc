//! A native participant with pictures and sound.
//!
//! [`Call`] is one call and gives its [`CallReport`]. Media are made and decoded by threads of
//! their own, so that the loop that serves the network never waits for them.

mod audio;
#[expect(clippy::module_inception, reason = "the file is named like its type")]
mod call;
mod capture;
mod config;
mod ears;
mod error;
mod event;
mod eyes;
mod inbound;
mod input;
mod levels;
mod media;
mod media_report;
mod meters;
mod pace;
mod receiving;
mod record;
mod report;
mod sending;
mod senses;
mod series;
mod summary;
mod together;
mod verdict;
mod video;
mod worker;

pub use call::{Call, CallOutcome};
pub use config::CallConfig;
pub use ears::Loudspeaker;
pub use error::CallError;
pub use event::{CallEvent, InboundFault};
pub use eyes::Screen;
pub use input::{AudioInput, Opened, SendConfig, Size, VideoInput};
pub use levels::{HeardLevel, Levels};
pub use media::CallMedia;
pub use media_report::{PictureReport, ProcessingReport, SoundReport};
pub use report::{CallReport, ConnectionReport, DataReport, Second, TrackReport};
