//! The recording of a connection: the only places where it is looked at.

use std::time::Instant;

use super::Rtc;
use crate::command::Command;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;

impl Rtc {
    /// Hands out what was recorded since the last time: append it to a file. Call it now and then;
    /// beyond [`RECORDING_BYTES_MAX`](crate::RECORDING_BYTES_MAX) bytes that wait, the recording
    /// ends. Empty when nothing is recorded: see [`Config::record`](crate::Config::record).
    pub fn take_recording(&mut self) -> Vec<u8> {
        self.recorder.as_mut().map(|recorder| recorder.take()).unwrap_or_default()
    }

    /// Ends the recording and hands out its last part.
    pub fn finish_recording(&mut self) -> Vec<u8> {
        self.recorder.take().map(|recorder| recorder.finish()).unwrap_or_default()
    }

    pub(super) fn record_input(&mut self, input: &Input<'_>, now: Instant) {
        if let Some(recorder) = &mut self.recorder {
            recorder.input(input, now);
        }
    }

    pub(super) fn record_command(&mut self, command: &Command<'_>, now: Instant) {
        if let Some(recorder) = &mut self.recorder {
            recorder.command(command, now);
        }
    }

    /// What the command before came to.
    pub(super) fn record_outcome(&mut self, outcome: &Outcome) {
        if let Some(recorder) = &mut self.recorder {
            recorder.outcome(outcome);
        }
    }

    pub(super) fn record_output(&mut self, output: &Output) {
        let Some(recorder) = &mut self.recorder else { return };
        recorder.output(output);
        if let Some(identity) = self.session.transport_identity(recorder.identities()) {
            recorder.identity(&identity);
        }
    }

    /// Has the transport take, one after the other, the identities that it had in a recording.
    pub(crate) fn replay_identities(&mut self, identities: &[&[u8]]) {
        self.session.replay_identities(identities);
    }
}
