//! Writing a recording, at the edge of a connection.

use std::borrow::Cow;
use std::fmt;
use std::time::Instant;

use super::digest::Digest;
use super::entry::{Blob, Entry};
use super::reader::RECORDING_VERSION;
use super::summary::{OutputSummary, nanos};
use super::wire::{Wire, put_number};
use crate::config::Config;
use crate::input::Input;
use crate::output::Output;
use crate::session::SctpIdentity;

/// What a recording begins with.
pub(super) const MAGIC: &[u8] = b"LAPWREC";

/// Largest entry in bytes: a frame of any codec and size we know, several times over.
pub(super) const ENTRY_BYTES_MAX: usize = 16 << 20;

/// Bytes of a recording that may wait to be taken. Beyond it the recording ends with
/// [`Entry::Overrun`]. Ten seconds of 50 Mbit/s.
pub const RECORDING_BYTES_MAX: usize = 64 << 20;

/// Outputs put into one entry at most.
const OUTPUTS_MAX: usize = 1024;

/// What goes into a recording.
///
/// With everything in it, a recording holds the secrets of the call and all that was said, like the
/// call itself; keep it as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// Keep the seed, which all keys come from, and the ICE passwords. A recording without them
    /// can be looked at, not replayed.
    pub keys: bool,
    /// Keep the bytes of datagrams, frames and messages. Without them only their lengths and
    /// digests are kept, except of STUN; such a recording can be looked at, not replayed.
    pub payload: bool,
}

impl Default for RecordOptions {
    /// Everything: what a replay needs.
    fn default() -> Self {
        RecordOptions { keys: true, payload: true }
    }
}

impl RecordOptions {
    /// Whether everything is there that a replay needs.
    pub const fn replayable(self) -> bool {
        self.keys && self.payload
    }

    const fn flags(self) -> u8 {
        !self.keys as u8 | (!self.payload as u8) << 1
    }

    pub(super) const fn of_flags(flags: u8) -> Self {
        RecordOptions { keys: flags & 1 == 0, payload: flags & 2 == 0 }
    }
}

/// Writes down what enters and leaves one connection.
pub(crate) struct Recorder {
    options: RecordOptions,
    started: Instant,
    out: Vec<u8>,
    body: Vec<u8>,
    /// The time of the last entry.
    now_ns: i64,
    checksum: Digest,
    chain: Digest,
    pending: Vec<OutputSummary>,
    associations: usize,
    over: bool,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("bytes", &self.out.len()).finish_non_exhaustive()
    }
}

impl Recorder {
    pub(crate) fn new(options: RecordOptions, config: &Config, started: Instant) -> Self {
        let mut out = MAGIC.to_vec();
        out.extend(RECORDING_VERSION.to_le_bytes());
        out.push(options.flags());
        let mut recorder = Recorder {
            options,
            started,
            out,
            body: Vec::new(),
            now_ns: 0,
            checksum: Digest::new(),
            chain: Digest::new(),
            pending: Vec::new(),
            associations: 0,
            over: false,
        };
        recorder.write(0, Entry::Start { config: Cow::Borrowed(config) });
        recorder
    }

    pub(crate) fn input(&mut self, input: &Input<'_>, now: Instant) {
        let entry = match *input {
            Input::Timeout => Entry::Timeout {},
            Input::Datagram(datagram) => Entry::Datagram {
                protocol: datagram.protocol,
                source: datagram.source,
                destination: datagram.destination,
                ecn: datagram.ecn,
                contents: Blob::Whole(datagram.contents),
            },
            Input::Socket(reply) => Entry::Socket { reply },
            Input::Resolved { id, addresses } => {
                Entry::Resolved { id, addresses: Cow::Borrowed(addresses) }
            }
            Input::Interfaces(interfaces) => {
                Entry::Interfaces { interfaces: Cow::Borrowed(interfaces) }
            }
        };
        self.entry(entry, now);
    }

    /// An input or a command, at `now`.
    pub(crate) fn entry(&mut self, entry: Entry<'_>, now: Instant) {
        self.flush();
        self.write(nanos(now, self.started), entry);
    }

    /// The result of the command before.
    pub(crate) fn result(&mut self, summary: OutputSummary) {
        self.add(summary);
    }

    pub(crate) fn output(&mut self, output: &Output) {
        if self.over {
            return;
        }
        self.add(OutputSummary::of(output, self.started));
        if matches!(output, Output::Timeout { .. }) {
            self.flush();
        }
    }

    fn add(&mut self, summary: OutputSummary) {
        summary.extend(&mut self.chain);
        self.pending.push(summary);
        if self.pending.len() >= OUTPUTS_MAX {
            self.flush();
        }
    }

    /// Associations told of so far.
    pub(crate) fn associations(&self) -> usize {
        self.associations
    }

    pub(crate) fn association(&mut self, identity: &SctpIdentity) {
        self.associations += 1;
        self.write(self.now_ns, Entry::Association { identity: identity.clone() });
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let chain = self.chain.finish();
        self.write(self.now_ns, Entry::Outputs { summaries: Cow::Borrowed(&pending), chain });
        self.pending = pending;
        self.pending.clear();
    }

    fn write(&mut self, at_ns: i64, entry: Entry<'_>) {
        if self.over {
            return;
        }
        let entry = entry.redacted(self.options);
        self.body.clear();
        at_ns.saturating_sub(self.now_ns).put(&mut self.body);
        entry.put(&mut self.body);
        self.now_ns = at_ns;
        let too_much = self.out.len() + self.body.len() > RECORDING_BYTES_MAX;
        if too_much || self.body.len() > ENTRY_BYTES_MAX {
            self.over = true;
            self.body.clear();
            0_i64.put(&mut self.body);
            Entry::Overrun {}.put(&mut self.body);
        }
        self.checksum.bytes(&self.body);
        put_number(self.body.len() as u64, &mut self.out);
        self.out.extend(self.checksum.short().to_le_bytes());
        self.out.extend_from_slice(&self.body);
    }

    /// Hands out what was written since the last time.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Hands out the rest, with an end.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.flush();
        self.write(self.now_ns, Entry::End {});
        self.out
    }
}

/// The summary of a command's result.
pub(crate) fn outcome<T: fmt::Debug, E: fmt::Debug>(result: &Result<T, E>) -> OutputSummary {
    match result {
        Ok(value) => OutputSummary::of_result(Ok(format!("{value:?}").as_bytes())),
        Err(error) => OutputSummary::of_result(Err(format!("{error:?}").as_bytes())),
    }
}
