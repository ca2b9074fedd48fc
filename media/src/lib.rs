//! Frames in, pictures and samples out: codecs, files, sources, sinks and playout.
//!
//! Everything here is driven by its caller: a stage is pushed to and polled with the time, and
//! reads no clock of its own. Encoded media are the engine's [`EncodedFrame`]s; raw media are
//! [`Picture`]s and [`Samples`].
//!
//! [`EncodedFrame`]: lapwing_engine::EncodedFrame

mod ascii;
pub mod codecs;
pub mod files;
mod hearing;
mod picture;
mod playout;
mod png_file;
pub mod processing;
pub mod quality;
mod resampler;
mod samples;
mod scaler;
mod seeing;
pub mod sending;
pub mod sinks;
pub mod sources;
mod stage;

pub use ascii::ascii;
pub use codecs::{
    AudioContent, AudioDecoder, AudioEncoder, AudioSettings, CodecError, DecodeError, EncodeError,
    VideoContent, VideoDecoder, VideoEncoder, VideoSettings, audio_decoder, audio_encoder,
    video_decoder, video_encoder,
};
pub use hearing::{AudioReceiver, AudioReceiverStats, DroppedPackets, HearingSettings};
pub use picture::{Picture, PictureError, PlaneIndex};
pub use playout::{LatePolicy, PlayoutBuffer, PlayoutStats, Timed};
pub use png_file::{PngError, write_png};
pub use resampler::{ResampleError, Resampler, resample};
pub use samples::{Samples, SamplesError};
pub use scaler::scale;
pub use seeing::{
    DroppedFrames, SeeingSettings, SyncDelays, Synchronizer, VideoFeedback, VideoReceiver,
    VideoReceiverStats, VideoStep,
};
pub use stage::{Polled, Sink, Source};
