//! The recording of a connection: the only places where it is looked at.

use std::fmt::Debug;
use std::time::Instant;

use super::Rtc;
use crate::input::Input;
use crate::output::Output;
use crate::record::{Entry, outcome};
use crate::session::SctpIdentity;

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

    /// A command that comes at the time of the last input.
    pub(crate) fn record<'e>(&mut self, entry: impl FnOnce() -> Entry<'e>) {
        self.record_at(self.now, entry);
    }

    /// A command that brings its time along.
    pub(crate) fn record_at<'e>(&mut self, now: Instant, entry: impl FnOnce() -> Entry<'e>) {
        if let Some(recorder) = &mut self.recorder {
            recorder.entry(entry(), now);
        }
    }

    /// What the command before came to.
    pub(crate) fn record_result<T: Debug, E: Debug>(
        &mut self,
        result: Result<T, E>,
    ) -> Result<T, E> {
        if let Some(recorder) = &mut self.recorder {
            recorder.result(outcome(&result));
        }
        result
    }

    pub(super) fn record_output(&mut self, output: &Output) {
        let Some(recorder) = &mut self.recorder else { return };
        recorder.output(output);
        if let Some(identity) = self.session.association(recorder.associations()) {
            recorder.association(identity);
        }
    }

    /// Has the associations to come named as they were in a recording.
    pub(crate) fn replay_associations(&mut self, identities: Vec<SctpIdentity>) {
        self.session.replay_associations(identities);
    }
}
