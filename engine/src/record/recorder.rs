//! Writing a recording, at the edge of a connection.

use std::borrow::Cow;
use std::fmt;
use std::time::Instant;

use super::digest::Digest;
use super::entry::Entry;
use super::format::{ENTRY_BYTES_MAX, MAGIC, RECORDING_VERSION};
use super::moment::nanos;
use super::options::RecordOptions;
use super::outcome::OutcomeSummary;
use super::summary::OutputSummary;
use super::wire::{Wire, put_number};
use crate::command::{Blob, Command};
use crate::config::Config;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::output::Output;

/// Bytes of a recording that may wait to be taken. Beyond it the recording ends with
/// [`Entry::Overrun`]. Ten seconds of 50 Mbit/s.
pub const RECORDING_BYTES_MAX: usize = 64 << 20;

/// Outputs put into one entry at most.
const OUTPUTS_MAX: usize = 1024;

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
    identities: usize,
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
            identities: 0,
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

    /// A command, at `now`.
    pub(crate) fn command(&mut self, command: &Command<'_>, now: Instant) {
        self.flush();
        let at_ns = nanos(now, self.started);
        if self.options.replayable() {
            self.write_body(at_ns, command);
        } else {
            self.write(at_ns, Entry::Command(command.clone()));
        }
    }

    /// What the command before came to.
    pub(crate) fn outcome(&mut self, outcome: &Outcome) {
        let outcome = OutcomeSummary::of(outcome);
        outcome.extend(&mut self.chain);
        self.write(self.now_ns, Entry::Outcome { outcome });
    }

    /// An input, at `now`.
    pub(super) fn entry(&mut self, entry: Entry<'_>, now: Instant) {
        self.flush();
        self.write(nanos(now, self.started), entry);
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

    /// Identities of the transport told of so far.
    pub(crate) fn identities(&self) -> usize {
        self.identities
    }

    pub(crate) fn identity(&mut self, identity: &[u8]) {
        self.identities += 1;
        self.write(self.now_ns, Entry::TransportIdentity { identity });
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
        let entry = entry.redacted(self.options);
        self.write_body(at_ns, &entry);
    }

    /// Writes an entry from which nothing is to be left out.
    fn write_body<'e>(&mut self, at_ns: i64, entry: &impl Wire<'e>) {
        if self.over {
            return;
        }
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
