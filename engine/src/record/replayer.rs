//! Feeding a recording to a connection again, and comparing what comes out.

use std::collections::VecDeque;
use std::fmt;
use std::iter::Peekable;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::digest::Digest;
use super::entry::{Blob, Entry};
use super::error::ReadError;
use super::reader::{RecordingReader, TimedEntry};
use super::recorder::{RecordOptions, outcome};
use super::summary::{OutputClass, OutputSummary};
use crate::channel::ChannelWriteError;
use crate::datagram::Datagram;
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::input::Input;
use crate::jsep::SessionDescription;
use crate::media::{KeyframeError, WriteError, WriteOptions};
use crate::output::Output;
use crate::rtc::Rtc;

/// Outputs polled in one round before it is taken to have no end.
const ROUND_OUTPUTS_MAX: usize = 1 << 16;

/// How alike the outputs of a replay have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// In every byte. Holds where randomness and clock of the process are those of the recording.
    Bytes,
    /// In order, time, kind, path and size, and in the bytes of all but DTLS, RTP and RTCP: those
    /// hold what libraries draw from the system's clock and randomness. Which of several tracks
    /// falls silent first may differ, and the times that are asked for; what is done at them may
    /// not.
    Shapes,
}

impl Exactness {
    fn accepts(self, recorded: OutputSummary, replayed: OutputSummary) -> bool {
        if self == Exactness::Bytes {
            return recorded == replayed;
        }
        use OutputClass::{Dtls, Rtcp, Rtp, Timeout, TrackPaused};
        let free = [Dtls, Rtp, Rtcp, Timeout, TrackPaused];
        let same = (recorded.class, recorded.size, recorded.path)
            == (replayed.class, replayed.size, replayed.path);
        same && (recorded.content == replayed.content || free.contains(&recorded.class))
    }
}

/// Why a recording cannot be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayError {
    /// It cannot be read.
    Read(ReadError),
    /// Keys or payload were left out of it; it can only be looked at.
    LeftOut(RecordOptions),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Read(error) => error.fmt(f),
            ReplayError::LeftOut(options) => {
                let what = match (options.keys, options.payload) {
                    (false, false) => "keys and payload were",
                    (false, true) => "keys were",
                    _ => "payload was",
                };
                write!(f, "{what} left out of the recording: it can be looked at, not replayed")
            }
        }
    }
}

impl std::error::Error for ReplayError {}

impl From<ReadError> for ReplayError {
    fn from(error: ReadError) -> Self {
        ReplayError::Read(error)
    }
}

/// An output that is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Where the recording tells of it, in bytes from the beginning.
    pub offset: usize,
    /// Time since the connection was made.
    pub at: Duration,
    /// The number of the output, counted from zero since the start.
    pub output: u64,
    /// What came out then; `None` when nothing more did.
    pub recorded: Option<OutputSummary>,
    /// What comes out now; `None` when nothing more does.
    pub replayed: Option<OutputSummary>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |f: &mut fmt::Formatter<'_>, summary: Option<OutputSummary>| match summary {
            Some(OutputSummary { class, size, path, content }) => {
                write!(f, "{class} ({size}, path {path:08x}, content {content:08x})")
            }
            None => f.write_str("nothing"),
        };
        write!(f, "output {} at {:.6} s: then ", self.output, self.at.as_secs_f64())?;
        show(f, self.recorded)?;
        f.write_str(", now ")?;
        show(f, self.replayed)
    }
}

/// One entry of a recording, and what became of it.
#[derive(Debug)]
pub struct ReplayStep<'a> {
    /// The entry.
    pub entry: TimedEntry<'a>,
    /// What the connection gave, when the entry is [`Entry::Outputs`].
    pub outputs: Vec<Output>,
    /// The first output of this entry that is not as it was.
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
    results: VecDeque<OutputSummary>,
    outputs: u64,
    chain: Digest,
    diverged: bool,
}

impl<'a> Replayer<'a> {
    /// Makes the connection of a recording again, as if it had begun at `base`.
    ///
    /// # Errors
    /// [`ReplayError`]: bytes that are no recording, or one that was made without keys or payload.
    pub fn new(
        recording: &'a [u8],
        base: Instant,
        exactness: Exactness,
    ) -> Result<Self, ReplayError> {
        let mut reader = RecordingReader::new(recording)?;
        if !reader.options().replayable() {
            return Err(ReplayError::LeftOut(reader.options()));
        }
        // The library names its associations as soon as it makes them, which is before the
        // recording tells.
        let identities = reader.clone().map_while(Result::ok).filter_map(|timed| {
            if let Entry::Association { identity } = timed.entry { Some(identity) } else { None }
        });
        let identities = identities.collect();
        let Some(first) = reader.next() else {
            return Err(ReadError::Truncated { offset: recording.len() }.into());
        };
        let Entry::Start { config } = first?.entry else {
            unreachable!("the reader gives nothing before a start");
        };
        let mut rtc = Rtc::new(config.into_owned(), base);
        rtc.replay_associations(identities);
        Ok(Replayer {
            reader: reader.peekable(),
            exactness,
            rtc,
            base,
            results: VecDeque::new(),
            outputs: 0,
            chain: Digest::new(),
            diverged: false,
        })
    }

    /// The connection as it stands.
    pub fn rtc(&self) -> &Rtc {
        &self.rtc
    }

    /// Outputs compared so far.
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
            entry => {
                let result = self.apply(entry, now);
                self.results.extend(result);
            }
        }
        Some(Ok(step))
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
        let mut note = |output, recorded, replayed| {
            let TimedEntry { offset, at, .. } = *entry;
            divergence.get_or_insert(Divergence { offset, at, output, recorded, replayed });
        };
        for recorded in summaries {
            let replayed = match recorded.class {
                OutputClass::Result => self.results.pop_front(),
                _ if ended => None,
                _ => {
                    let output = self.rtc.poll_output();
                    let summary = OutputSummary::of(&output, self.base);
                    ended = matches!(output, Output::Timeout { .. });
                    outputs.push(output);
                    Some(summary)
                }
            };
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

    /// Does what the entry says; gives the result where the recording has one.
    fn apply(&mut self, entry: &Entry<'_>, now: Instant) -> Option<OutputSummary> {
        match entry {
            Entry::Timeout {} => self.rtc.handle_input(Input::Timeout, now),
            Entry::Datagram { protocol, source, destination, ecn, contents } => {
                let datagram = Datagram {
                    protocol: *protocol,
                    source: *source,
                    destination: *destination,
                    ecn: *ecn,
                    contents: whole(contents),
                };
                self.rtc.handle_input(Input::Datagram(datagram), now);
            }
            Entry::Socket { reply } => self.rtc.handle_input(Input::Socket(*reply), now),
            Entry::Resolved { id, addresses } => {
                self.rtc.handle_input(Input::Resolved { id: *id, addresses }, now);
            }
            Entry::Interfaces { interfaces } => {
                self.rtc.handle_input(Input::Interfaces(interfaces), now);
            }
            Entry::CreateChannel { config } => {
                return Some(outcome(&self.rtc.create_channel(config.clone().into_owned())));
            }
            Entry::SetDesiredBitrate { minimum, desired } => {
                self.rtc.set_desired_bitrate(*minimum, *desired);
            }
            Entry::Close {} => self.rtc.close(now),
            Entry::WriteChannel { .. }
            | Entry::BufferedAmount { .. }
            | Entry::SetLowThreshold { .. }
            | Entry::CloseChannel { .. } => return self.on_channel(entry),
            Entry::WriteFrame { .. }
            | Entry::WritePacket { .. }
            | Entry::RequestKeyframe { .. }
            | Entry::SelectLayer { .. } => return self.on_media(entry, now),
            other => return self.on_negotiation(other),
        }
        None
    }

    fn on_negotiation(&mut self, entry: &Entry<'_>) -> Option<OutputSummary> {
        let mut negotiation = self.rtc.negotiation();
        let description = |kind, sdp: &str| SessionDescription { kind, sdp: sdp.to_owned() };
        Some(match entry {
            Entry::AddTransceiver { kind, init } => {
                negotiation.add_transceiver(*kind, init.clone().into_owned());
                return None;
            }
            Entry::RestartIce {} => {
                negotiation.restart_ice();
                return None;
            }
            Entry::SetDirection { id, direction } => {
                outcome(&negotiation.set_direction(*id, *direction))
            }
            Entry::Stop { id } => outcome(&negotiation.stop(*id)),
            Entry::CreateOffer {} => outcome(&negotiation.create_offer()),
            Entry::SetLocal { kind, sdp } => {
                outcome(&negotiation.set_local(&description(*kind, sdp)))
            }
            Entry::SetRemote { kind, sdp } => {
                outcome(&negotiation.set_remote(&description(*kind, sdp)))
            }
            Entry::Rollback {} => outcome(&negotiation.rollback()),
            Entry::AddIceCandidate { candidate } => {
                outcome(&negotiation.add_ice_candidate(candidate))
            }
            // Start is done, Outputs are compared, and the rest only tells.
            _ => return None,
        })
    }

    fn on_media(&mut self, entry: &Entry<'_>, now: Instant) -> Option<OutputSummary> {
        match entry {
            Entry::WriteFrame {
                mid,
                rid,
                audio_level,
                voice_activity,
                captured_ns,
                codec,
                time,
                keyframe,
                data,
            } => {
                let captured_at = captured_ns.and_then(|ns| self.moment(ns));
                let options = WriteOptions {
                    rid: *rid,
                    audio_level: *audio_level,
                    voice_activity: *voice_activity,
                    captured_at,
                };
                let data = Arc::from(whole(data));
                let frame = EncodedFrame { codec: *codec, time: *time, keyframe: *keyframe, data };
                let written = match self.rtc.media(*mid) {
                    Some(mut media) => media.write_with(&frame, options, now),
                    None => Err(WriteError::UnknownMid),
                };
                Some(outcome(&written))
            }
            Entry::WritePacket {
                mid,
                rid,
                payload_type,
                sequence_number,
                timestamp,
                marker,
                nackable,
                payload,
            } => {
                let packet = OutgoingPacket {
                    payload_type: *payload_type,
                    sequence_number: *sequence_number,
                    timestamp: *timestamp,
                    marker: *marker,
                    nackable: *nackable,
                    payload: Arc::from(whole(payload)),
                };
                let written = match self.rtc.media(*mid) {
                    Some(mut media) => media.write_packet(*rid, packet, now),
                    None => Err(WriteError::UnknownMid),
                };
                Some(outcome(&written))
            }
            Entry::RequestKeyframe { mid, rid, kind } => {
                let asked = match self.rtc.media(*mid) {
                    Some(mut media) => media.request_keyframe(*rid, *kind),
                    None => Err(KeyframeError::NothingReceived),
                };
                Some(outcome(&asked))
            }
            Entry::SelectLayer { mid, rid } => {
                if let Some(mut media) = self.rtc.media(*mid) {
                    media.select_layer(*rid);
                }
                None
            }
            _ => None,
        }
    }

    fn on_channel(&mut self, entry: &Entry<'_>) -> Option<OutputSummary> {
        match entry {
            Entry::WriteChannel { id, binary, data } => {
                let written = match self.rtc.channel(*id) {
                    Some(_) => self.rtc.write_channel(*id, *binary, whole(data)),
                    None => Err(ChannelWriteError::NotOpen),
                };
                return Some(outcome(&written));
            }
            Entry::BufferedAmount { id } => {
                if let Some(mut channel) = self.rtc.channel(*id) {
                    channel.buffered_amount();
                }
            }
            Entry::SetLowThreshold { id, bytes } => {
                if let Some(mut channel) = self.rtc.channel(*id) {
                    channel.set_buffered_amount_low_threshold(*bytes);
                }
            }
            Entry::CloseChannel { id } => {
                if let Some(channel) = self.rtc.channel(*id) {
                    channel.close();
                }
            }
            _ => {}
        }
        None
    }

    /// A moment so many nanoseconds from the start.
    fn moment(&self, ns: i64) -> Option<Instant> {
        let span = Duration::from_nanos(ns.unsigned_abs());
        if ns < 0 { self.base.checked_sub(span) } else { self.base.checked_add(span) }
    }
}

/// The bytes of a recording that keeps its payload. One that says so and has none is as good as
/// empty there.
fn whole<'b>(blob: &Blob<'b>) -> &'b [u8] {
    blob.whole().unwrap_or_default()
}
