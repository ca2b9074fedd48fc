//! Feeding a recording to a connection again, and comparing what comes out.

use std::iter::Peekable;
use std::time::{Duration, Instant};

use super::digest::Digest;
use super::divergence::{Divergence, Exactness, Summary};
use super::entry::Entry;
use super::error::{ReadError, ReplayError};
use super::outcome::OutcomeSummary;
use super::reader::{RecordingReader, TimedEntry};
use super::summary::{OutputClass, OutputSummary};
use crate::congestion::ControllerFactory;
use crate::datagram::Datagram;
use crate::input::Input;
use crate::output::Output;
use crate::rtc::Rtc;

/// Outputs polled in one round before it is taken to have no end.
const ROUND_OUTPUTS_MAX: usize = 1 << 16;

/// One entry of a recording, and what became of it.
#[derive(Debug)]
pub struct ReplayStep<'a> {
    /// The entry.
    pub entry: TimedEntry<'a>,
    /// What the connection gave, when the entry is [`Entry::Outputs`].
    pub outputs: Vec<Output>,
    /// The first outcome or output of this entry that is not as it was.
    pub divergence: Option<Divergence>,
}

/// Feeds a recording to a connection, entry by entry.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::{Config, Exactness, Output, RecordOptions, Replayer, Rtc};
///
/// let config = Config::seeded(1).with_recording(RecordOptions::default());
/// let mut rtc = Rtc::new(config, Instant::now());
/// rtc.negotiation().restart_ice();
/// while !matches!(rtc.poll_output(), Output::Timeout { .. }) {}
/// let recording = rtc.finish_recording();
///
/// let mut replayer = Replayer::new(&recording, Instant::now(), Exactness::Bytes).unwrap();
/// while let Some(step) = replayer.step() {
///     assert_eq!(step.unwrap().divergence, None);
/// }
/// ```
pub struct Replayer<'a> {
    reader: Peekable<RecordingReader<'a>>,
    exactness: Exactness,
    rtc: Rtc,
    base: Instant,
    /// What the command before came to.
    outcome: Option<OutcomeSummary>,
    outputs: u64,
    chain: Digest,
    diverged: bool,
}

impl<'a> Replayer<'a> {
    /// Makes the connection of a recording again, as if it had begun at `base`.
    ///
    /// # Errors
    /// [`ReplayError`]: bytes that are no recording, one that was made without keys or payload, or
    /// with a congestion controller of the application's own.
    pub fn new(
        recording: &'a [u8],
        base: Instant,
        exactness: Exactness,
    ) -> Result<Self, ReplayError> {
        Replayer::build(recording, base, exactness, None)
    }

    /// As [`Replayer::new`], for a connection with a congestion controller of the application's
    /// own, which the factory of the same name makes again.
    ///
    /// # Errors
    /// [`ReplayError`], also where the recording names another controller, or none.
    pub fn with_controller(
        recording: &'a [u8],
        base: Instant,
        exactness: Exactness,
        factory: ControllerFactory,
    ) -> Result<Self, ReplayError> {
        Replayer::build(recording, base, exactness, Some(factory))
    }

    fn build(
        recording: &'a [u8],
        base: Instant,
        exactness: Exactness,
        factory: Option<ControllerFactory>,
    ) -> Result<Self, ReplayError> {
        let mut reader = RecordingReader::new(recording)?;
        if !reader.options().replayable() {
            return Err(ReplayError::LeftOut(reader.options()));
        }
        // The transport draws them before the recording tells.
        let identities =
            reader.clone().map_while(Result::ok).filter_map(|timed| match timed.entry {
                Entry::TransportIdentity { identity } => Some(identity),
                _ => None,
            });
        let identities: Vec<_> = identities.collect();
        let Some(first) = reader.next() else {
            return Err(ReadError::Truncated { offset: recording.len() }.into());
        };
        let Entry::Start { config } = first?.entry else {
            unreachable!("the reader gives nothing before a start");
        };
        let mut config = config.into_owned();
        let named = |factory: &Option<ControllerFactory>| {
            factory.as_ref().map(|factory| factory.name().to_owned())
        };
        if named(&config.controller) != named(&factory) {
            return Err(ReplayError::Controller(named(&config.controller).unwrap_or_default()));
        }
        config.controller = factory;
        let mut rtc = Rtc::new(config, base);
        rtc.replay_identities(&identities);
        Ok(Replayer {
            reader: reader.peekable(),
            exactness,
            rtc,
            base,
            outcome: None,
            outputs: 0,
            chain: Digest::new(),
            diverged: false,
        })
    }

    /// The connection as it stands.
    pub fn rtc(&self) -> &Rtc {
        &self.rtc
    }

    /// Outcomes and outputs compared so far.
    pub fn outputs(&self) -> u64 {
        self.outputs
    }

    /// The time of the next entry; `None` when there is none that can be read.
    pub fn next_at(&mut self) -> Option<Duration> {
        Some(self.reader.peek()?.as_ref().ok()?.at)
    }

    /// Does the next entry; `None` after the last one, and after an error.
    pub fn step(&mut self) -> Option<Result<ReplayStep<'a>, ReadError>> {
        let entry = match self.reader.next()? {
            Ok(entry) => entry,
            Err(error) => return Some(Err(error)),
        };
        let mut step = ReplayStep { entry, outputs: Vec::new(), divergence: None };
        let now = self.base + step.entry.at;
        match &step.entry.entry {
            Entry::Outputs { summaries, chain } => {
                let (outputs, divergence) = self.compare(&step.entry, summaries, *chain);
                step.outputs = outputs;
                step.divergence = divergence;
            }
            Entry::Outcome { outcome } => {
                step.divergence = self.compare_outcome(&step.entry, *outcome);
            }
            entry => self.apply(entry, now),
        }
        Some(Ok(step))
    }

    fn compare_outcome(
        &mut self,
        entry: &TimedEntry<'_>,
        recorded: OutcomeSummary,
    ) -> Option<Divergence> {
        let replayed = self.outcome.take();
        if let Some(replayed) = replayed {
            replayed.extend(&mut self.chain);
        }
        let number = self.outputs;
        self.outputs += 1;
        if replayed == Some(recorded) {
            return None;
        }
        self.diverged = true;
        Some(Divergence {
            offset: entry.offset,
            at: entry.at,
            output: number,
            recorded: Some(Summary::Outcome(recorded)),
            replayed: replayed.map(Summary::Outcome),
        })
    }

    /// Polls as many outputs as there were, and finds the first that differs.
    fn compare(
        &mut self,
        entry: &TimedEntry<'_>,
        summaries: &[OutputSummary],
        chain: u64,
    ) -> (Vec<Output>, Option<Divergence>) {
        let mut outputs = Vec::new();
        let mut divergence = None;
        let mut ended = false;
        let mut note =
            |output, recorded: Option<OutputSummary>, replayed: Option<OutputSummary>| {
                let TimedEntry { offset, at, .. } = *entry;
                let (recorded, replayed) =
                    (recorded.map(Summary::Output), replayed.map(Summary::Output));
                divergence.get_or_insert(Divergence { offset, at, output, recorded, replayed });
            };
        for recorded in summaries {
            let replayed = (!ended).then(|| {
                let output = self.rtc.poll_output();
                let summary = OutputSummary::of(&output, self.base);
                ended = matches!(output, Output::Timeout { .. });
                outputs.push(output);
                summary
            });
            if let Some(replayed) = replayed {
                replayed.extend(&mut self.chain);
            }
            if replayed.is_none_or(|replayed| !self.exactness.accepts(*recorded, replayed)) {
                note(self.outputs, Some(*recorded), replayed);
            }
            self.outputs += 1;
        }
        // Where the round went on to a timeout then, it does now: what comes too much is shown.
        let round_ended = summaries.last().is_some_and(|last| last.class == OutputClass::Timeout);
        for _ in 0..ROUND_OUTPUTS_MAX {
            if !round_ended || ended {
                break;
            }
            let output = self.rtc.poll_output();
            ended = matches!(output, Output::Timeout { .. });
            note(self.outputs, None, Some(OutputSummary::of(&output, self.base)));
            outputs.push(output);
        }
        let same = self.exactness != Exactness::Bytes || self.chain.finish() == chain;
        if !same && !self.diverged {
            note(self.outputs, None, None);
        }
        self.diverged |= divergence.is_some();
        (outputs, divergence)
    }

    /// Hands the connection what the entry says. Start is done, Outputs and Outcome are compared,
    /// and the rest only tells.
    fn apply(&mut self, entry: &Entry<'_>, now: Instant) {
        let input = match entry {
            Entry::Command(command) => {
                let outcome = self.rtc.dispatch(command, now);
                self.outcome = Some(OutcomeSummary::of(&outcome));
                return;
            }
            Entry::Timeout {} => Input::Timeout,
            Entry::Datagram { protocol, source, destination, ecn, contents } => {
                Input::Datagram(Datagram {
                    protocol: *protocol,
                    source: *source,
                    destination: *destination,
                    ecn: *ecn,
                    contents: contents.whole().unwrap_or_default(),
                })
            }
            Entry::Socket { reply } => Input::Socket(*reply),
            Entry::Resolved { id, addresses } => Input::Resolved { id: *id, addresses },
            Entry::Interfaces { interfaces } => Input::Interfaces(interfaces),
            _ => return,
        };
        self.rtc.handle_input(input, now);
    }
}
