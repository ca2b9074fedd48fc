//! Frames in, pictures and samples out: codecs, files, sources, sinks and playout.
//!
//! Everything here is driven by its caller: a stage is pushed to and polled with the time, and
//! reads no clock of its own. Encoded media are the engine's [`EncodedFrame`]s; raw media are
//! [`Picture`]s and [`Samples`].
//!
//! [`EncodedFrame`]: lapwing_engine::EncodedFrame

pub mod codecs;
mod picture;
mod samples;
mod stage;

pub use codecs::{
    AudioDecoder, AudioEncoder, AudioSettings, CodecError, DecodeError, EncodeError, VideoDecoder,
    VideoEncoder, VideoSettings, audio_decoder, audio_encoder, video_decoder, video_encoder,
};
pub use picture::{Picture, PictureError, PlaneIndex};
pub use samples::{Samples, SamplesError};
pub use stage::{Polled, Sink, Source};
