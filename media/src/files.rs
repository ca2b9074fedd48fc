//! Files: pictures, sound and encoded frames read and written.
//!
//! Readers pull one item after the other and know no pace; [`sources`](crate::sources) plays them.
//! Any bytes may be read: what is broken is an error that names the byte, never a panic, and every
//! length taken from a file is bounded before memory is asked for.

mod av1_config;
mod container;
mod ebml;
mod error;
mod input;
mod ivf;
pub(crate) mod magic;
mod ogg_opus;
mod opus_packet;
mod reader;
mod wav;
mod webm;
mod y4m;

pub use container::{AudioForm, AudioPacket, AudioTrack, Storage, VideoTrack};
pub use error::FileError;
pub use ivf::{IvfReader, IvfWriter};
pub use ogg_opus::{OggOpusReader, OggOpusWriter, OpusHead};
pub use reader::{FrameReader, Reader};
pub use wav::{WavReader, WavWriter};
pub use webm::{WebmTracks, WebmWriter};
pub use y4m::{Y4mReader, Y4mWriter};
