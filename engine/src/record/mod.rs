//! Recording of everything that enters a connection, and its replay.
//!
//! [`Recorder`] stands at the connection's edge and writes; [`RecordingReader`] reads what was
//! written; [`Replayer`] feeds it to a connection again and compares what comes out. The format is
//! described in `docs/recording.md`.

mod command;
mod controller;
mod digest;
mod divergence;
mod entry;
mod error;
mod events;
mod format;
mod moment;
mod options;
mod outcome;
mod reader;
mod recorder;
mod redact;
mod replayer;
mod sockets;
mod summary;
#[cfg(test)]
mod tests;
mod values;
mod wire;

pub use divergence::{Divergence, Exactness, Summary};
pub use entry::Entry;
pub use error::{ReadError, ReplayError};
pub use format::RECORDING_VERSION;
pub(crate) use moment::{moment, nanos};
pub use options::RecordOptions;
pub use outcome::{OutcomeSummary, Refusal};
pub use reader::{RecordingReader, TimedEntry};
pub use recorder::RECORDING_BYTES_MAX;
pub(crate) use recorder::Recorder;
pub use replayer::{ReplayStep, Replayer};
pub use summary::{OutputClass, OutputSummary};
