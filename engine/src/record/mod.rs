//! Recording of everything that enters a connection, and its replay.
//!
//! [`Recorder`] stands at the connection's edge and writes; [`RecordingReader`] reads what was
//! written; [`Replayer`] feeds it to a connection again and compares what comes out. The format is
//! described in `docs/recording.md`.

mod digest;
mod entry;
mod error;
mod reader;
mod recorder;
mod replayer;
mod summary;
#[cfg(test)]
mod tests;
mod wire;

pub use entry::{Blob, Entry};
pub use error::ReadError;
pub use reader::{RECORDING_VERSION, RecordingReader, TimedEntry};
pub use recorder::{RECORDING_BYTES_MAX, RecordOptions};
pub(crate) use recorder::{Recorder, outcome};
pub use replayer::{Divergence, Exactness, ReplayError, ReplayStep, Replayer};
pub(crate) use summary::nanos;
pub use summary::{OutputClass, OutputSummary};
