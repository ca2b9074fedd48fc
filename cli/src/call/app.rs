//! A call: what to do on each event, and what it comes to.

use std::time::{Duration, Instant};

use lapwing_engine::Stats;
use lapwing_rooms::client::{App, Label, Peer, PeerError, PeerEvent, Step};
use lapwing_rooms::protocol::data::{FileMessage, RejectReason};
use lapwing_rooms::protocol::signalling::ParticipantId;
use lapwing_rooms::transfer::{Desk, TransferNote};

use super::args::Args;
use super::error::CallError;
use super::note::CallNote;
use super::receiving::Receiving;
use super::report::{CallReport, Second};
use super::sending::{Sending, source_name};
use super::series::{Sampler, Totals, figures};
use super::stdin::Lines;
use super::summary;
use super::verdict::problems;
use crate::join::{Console, Interrupt};

/// What a call is made of.
pub(super) struct Parts<'a> {
    pub(super) args: &'a Args,
    pub(super) console: &'a mut Console,
    pub(super) interrupt: &'a Interrupt,
    pub(super) lines: Lines,
    pub(super) sending: Sending,
    pub(super) receiving: Receiving,
    pub(super) desk: Option<Desk>,
}

/// A call under way.
pub(super) struct Call<'a> {
    args: &'a Args,
    pub(super) console: &'a mut Console,
    interrupt: &'a Interrupt,
    lines: Lines,
    pub(super) sending: Sending,
    pub(super) receiving: Option<Receiving>,
    desk: Option<Desk>,
    pub(super) started: Instant,
    /// The connection, and when there was somebody to connect to.
    generation: u32,
    link_since: Option<Instant>,
    first_connected: Option<Instant>,
    connected_since: Option<Instant>,
    connected: Duration,
    sampler: Option<Sampler>,
    last_stats: Option<Stats>,
    echoes: Vec<Duration>,
    failure: Option<PeerError>,
    pub(super) report: CallReport,
}

/// The report; with the reason, when nothing came of the call at all.
pub(super) type Ended = Result<CallReport, CallError>;

impl<'a> Call<'a> {
    pub(super) fn new(parts: Parts<'a>, now: Instant) -> Self {
        let Parts { args, console, interrupt, lines, sending, receiving, desk } = parts;
        let report = CallReport {
            room: args.join.url.room.clone(),
            name: args.join.name.clone(),
            driver: args.join.driver.name().to_owned(),
            ..CallReport::default()
        };
        Call {
            args,
            console,
            interrupt,
            lines,
            sending,
            receiving: Some(receiving),
            desk,
            started: now,
            generation: 0,
            link_since: None,
            first_connected: None,
            connected_since: None,
            connected: Duration::ZERO,
            sampler: None,
            last_stats: None,
            echoes: Vec::new(),
            failure: None,
            report,
        }
    }
}

impl App for Call<'_> {
    type Outcome = Ended;

    fn on_event(&mut self, event: PeerEvent, peer: &mut Peer, now: Instant) {
        match event {
            PeerEvent::Frame(frame) => {
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_frame(frame, peer, self.console, now);
                }
            }
            PeerEvent::TrackAdded(track) => {
                let (name, source) = (peer.name_of(&track.participant), source_name(track.source));
                let participant = name.clone();
                self.console.tell(&CallNote::TrackAdded { participant, source });
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_added(track, name, now);
                }
            }
            PeerEvent::TrackEnded(track) => {
                // Of who left it goes without saying.
                if peer.participants().any(|there| there.id == track.participant) {
                    let participant = peer.name_of(&track.participant);
                    let source = source_name(track.source);
                    self.console.tell(&CallNote::TrackEnded { participant, source });
                }
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_ended(&track, now);
                }
            }
            PeerEvent::KeyframeRequested(source) => self.sending.on_keyframe_requested(source),
            PeerEvent::BandwidthEstimated(estimate) => self.sending.on_estimate(estimate),
            PeerEvent::Connected(pair) => {
                let (local, remote) = (pair.local.to_string(), pair.remote.to_string());
                self.on_connected(local, remote, peer, now);
            }
            PeerEvent::Disconnected => {
                self.report.disconnections += 1;
                self.on_down(now);
                self.console.tell(&CallNote::Disconnected);
            }
            PeerEvent::LinkClosed => {
                self.on_down(now);
                if let Some(desk) = &mut self.desk {
                    desk.on_lost();
                }
                self.console.tell(&CallNote::Closed);
            }
            PeerEvent::Echo(span) => self.echoes.push(span),
            PeerEvent::ChannelOpened(Label::Chat) => self.send_state(peer),
            PeerEvent::Chat(from, message) => self.on_chat(&from, message, peer),
            PeerEvent::File(from, message) => self.on_file(&from, message, peer),
            PeerEvent::FileChunk(chunk) => {
                if let Some(desk) = &mut self.desk {
                    desk.on_chunk(&chunk);
                }
            }
            PeerEvent::Failed(error) => self.failure = Some(error),
            other => self.on_room(other, peer, now),
        }
    }

    fn step(&mut self, peer: &mut Peer, now: Instant) -> Step<Ended> {
        if peer.generation() != self.generation {
            self.generation = peer.generation();
            self.link_since = peer.remote().map(|_| now);
        }
        if let Err(error) = self.sending.step(self.args, peer, self.console, now) {
            return Step::Over(Err(error));
        }
        if let Some(receiving) = &mut self.receiving {
            receiving.step(peer, self.console, now);
        }
        while let Some(line) = self.lines.poll() {
            self.on_typed(&line, peer);
        }
        let more = self.step_files(peer, now);
        if self.sampler.as_ref().is_some_and(|sampler| sampler.next() <= now) {
            self.sample(peer, now);
        }
        if let Some(step) = self.over(peer, now) {
            return step;
        }
        let next = [self.sampler.as_ref().map(Sampler::next), self.deadline(), more.then_some(now)];
        Step::Wait(next.into_iter().flatten().min())
    }
}

impl Call<'_> {
    /// When the call ends by itself.
    fn deadline(&self) -> Option<Instant> {
        match self.first_connected {
            Some(first) => self.args.seconds.map(|seconds| first + Duration::from_secs(seconds)),
            None => self.args.wait.map(|seconds| self.started + Duration::from_secs(seconds)),
        }
    }

    fn over(&mut self, peer: &mut Peer, now: Instant) -> Option<Step<Ended>> {
        let failure = self.failure.take();
        let expired = self.deadline().is_some_and(|deadline| deadline <= now);
        if failure.is_none() && !expired && !self.interrupt.is_raised() {
            return None;
        }
        if self.first_connected.is_none() {
            return Some(Step::Over(Err(match failure {
                Some(error) => CallError::Peer(error),
                None => CallError::Nobody(now.saturating_duration_since(self.started)),
            })));
        }
        Some(Step::Over(Ok(self.finish(failure, peer, now))))
    }

    fn on_connected(&mut self, local: String, remote: String, peer: &mut Peer, now: Instant) {
        let setup = self.link_since.map(|since| now.saturating_duration_since(since));
        let setup_ms = setup.map(|setup| setup.as_secs_f64() * 1e3);
        self.console.tell(&CallNote::Connected { local, remote, setup_ms });
        self.connected_since = Some(now);
        self.sending.on_connected(peer);
        if self.first_connected.is_none() {
            self.first_connected = Some(now);
            self.report.setup_ms = setup_ms;
            self.sampler = Some(Sampler::new(Totals::default().with_bytes(&peer.stats()), now));
        }
    }

    fn on_down(&mut self, now: Instant) {
        if let Some(since) = self.connected_since.take() {
            self.connected += now.saturating_duration_since(since);
        }
    }

    fn on_file(&mut self, from: &ParticipantId, message: FileMessage, peer: &mut Peer) {
        match (&mut self.desk, message) {
            (Some(desk), message) => desk.on_message(from, message),
            (None, FileMessage::Offer(offer)) => {
                let reason = RejectReason::Declined;
                peer.send_file_message(&FileMessage::Reject { id: offer.id, reason });
            }
            (None, _) => {}
        }
    }

    fn step_files(&mut self, peer: &mut Peer, now: Instant) -> bool {
        let Some(desk) = &mut self.desk else { return false };
        let more = desk.step(peer, now);
        while let Some(transfer) = desk.poll_note() {
            self.console.tell(&CallNote::File { transfer });
        }
        if let Some(note) = desk.progress(now) {
            let transfer = TransferNote::Progress(note);
            self.console.progress(&CallNote::File { transfer }, now);
        }
        more
    }

    fn sample(&mut self, peer: &mut Peer, now: Instant) {
        let stats = peer.stats();
        let losses = stats.outbound_rtp.iter().filter_map(|track| track.fraction_lost);
        if let Some(loss) = losses.reduce(f64::max) {
            self.sending.on_loss(loss);
        }
        let receiving = self.receiving.as_ref();
        let (pictures_decoded, freezes) = receiving.map_or((0, 0), Receiving::pictures);
        let pictures_sent = self.sending.pictures();
        let totals = Totals { pictures_sent, pictures_decoded, freezes, ..Totals::default() };
        let figures = Second {
            target_bitrate: self.sending.target_bps().map(|bps| bps as f64),
            echo_ms: self.echoes.last().map(|echo| echo.as_secs_f64() * 1e3),
            ..figures(&stats)
        };
        if let Some(sampler) = &mut self.sampler {
            let row = sampler.sample(totals.with_bytes(&stats), figures, now);
            if self.console.is_json() {
                self.console.tell(&CallNote::Second(row));
            }
        }
        if peer.is_connected() {
            self.last_stats = Some(stats);
        }
    }

    /// Takes the last figures, waits for the recordings, and judges.
    fn finish(&mut self, failure: Option<PeerError>, peer: &mut Peer, now: Instant) -> CallReport {
        self.sample(peer, now);
        self.on_down(now);
        let mut report = std::mem::take(&mut self.report);
        report.connected_seconds = self.connected.as_secs_f64();
        report.tracks = self.sending.reports(peer, &report.name);
        let mut seen = Vec::new();
        if let Some(receiving) = self.receiving.take() {
            let (tracks, recordings, all) =
                receiving.finish(self.console, self.first_connected, now);
            report.tracks.extend(tracks);
            report.recordings = recordings;
            seen = all;
        }
        if let Some(stats) = &self.last_stats {
            report.connection = Some(summary::connection(stats));
            summary::add_rtcp(&mut report.tracks, stats);
        }
        summary::add_echoes(&mut report.data_channels, &mut self.echoes);
        report.files = self.desk.as_ref().map(|desk| desk.reports().to_vec()).unwrap_or_default();
        report.series = self.sampler.take().map(Sampler::into_rows).unwrap_or_default();
        report.problems = failure.iter().map(ToString::to_string).collect();
        report.problems.extend(problems(true, self.args.expect_tracks, &seen));
        report.ok = report.problems.is_empty();
        report
    }
}
