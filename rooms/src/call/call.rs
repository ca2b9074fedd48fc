//! A call: what to do on each event, and what it comes to.
//!
//! 1. [`CallMedia::open`] opens what is sent, and says with which baggage to enter the room.
//! 2. An [`App`](crate::client::App) hands each event to [`Call::on_event`], and calls
//!    [`Call::step`] in each turn, until that is over.
//! 3. [`Call::poll_event`] tells what happened meanwhile.

use std::time::{Duration, Instant};

use lapwing_engine::{MediaKind, SelectedPair, Stats};

use super::config::CallConfig;
use super::error::CallError;
use super::event::{CallEvent, Events};
use super::levels::Levels;
use super::media::CallMedia;
use super::receiving::Receiving;
use super::report::{CallReport, Second};
use super::sending::Sending;
use super::series::{Sampler, Totals, figures};
use super::summary;
use super::verdict::problems;
use crate::client::{Joined, Label, Peer, PeerError, PeerEvent, Step};
use crate::protocol::data::{ChatMessage, FileMessage, RejectReason};
use crate::protocol::signalling::{ParticipantId, Source};
use crate::transfer::Desk;

/// A call under way.
pub struct Call {
    config: CallConfig,
    sending: Sending,
    receiving: Option<Receiving>,
    desk: Option<Desk>,
    events: Events,
    started: Instant,
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
    stopped: bool,
    report: CallReport,
}

/// The report, which may hold problems; an error when nothing came of the call at all.
pub type CallOutcome = Result<CallReport, CallError>;

impl Call {
    /// Begins. Files that are offered go to `desk`; without one they are declined.
    pub fn new(config: CallConfig, media: CallMedia, desk: Option<Desk>, now: Instant) -> Self {
        let CallMedia { sending, receiving } = media;
        let report = CallReport {
            room: config.room.clone(),
            name: config.name.clone(),
            driver: config.driver.name().to_owned(),
            ..CallReport::default()
        };
        Call {
            config,
            sending,
            receiving: Some(receiving),
            desk,
            events: Events::default(),
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
            stopped: false,
            report,
        }
    }

    /// Something happened.
    pub fn on_event(&mut self, event: PeerEvent, peer: &mut Peer, now: Instant) {
        match event {
            PeerEvent::Frame(frame) => {
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_frame(frame, peer, &mut self.events, now);
                }
            }
            PeerEvent::TrackAdded(track) => {
                if let Some(receiving) = &mut self.receiving {
                    let name = peer.name_of(&track.participant);
                    receiving.on_added(track, name, now);
                }
            }
            PeerEvent::TrackEnded(track) => {
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_ended(&track, now);
                }
            }
            PeerEvent::KeyframeRequested(source, rid) => {
                self.sending.on_keyframe_requested(source, rid);
            }
            PeerEvent::BandwidthEstimated(estimate) => self.sending.on_estimate(estimate),
            PeerEvent::Connected(pair) => self.on_connected(pair, peer, now),
            PeerEvent::Disconnected => {
                self.report.disconnections += 1;
                self.on_down(now);
            }
            PeerEvent::LinkClosed => {
                self.on_down(now);
                if let Some(desk) = &mut self.desk {
                    desk.on_lost();
                }
            }
            PeerEvent::Echo(span) => self.echoes.push(span),
            PeerEvent::ChannelOpened(Label::Chat) => self.send_state(peer),
            PeerEvent::Chat(_, ChatMessage::Message { .. }) => {
                self.report.data_channels.chat_received += 1;
            }
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

    fn on_room(&mut self, event: PeerEvent, peer: &mut Peer, now: Instant) {
        match event {
            PeerEvent::Joined(Joined { id, mode, .. }) => {
                let since = now.saturating_duration_since(self.started);
                self.report.join_ms.get_or_insert(since.as_secs_f64() * 1e3);
                self.report.mode = mode.to_string();
                self.report.id = id.to_string();
            }
            PeerEvent::ParticipantJoined(_) => self.send_state(peer),
            PeerEvent::ParticipantLeft(who, _) => {
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_gone(who.id);
                }
            }
            PeerEvent::SignallingLost { .. } => self.report.signalling_losses += 1,
            PeerEvent::Presence(who, present) => {
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_presence(who.id, present);
                }
            }
            _ => {}
        }
    }

    /// Says something to all in the room. False when there is no channel for it.
    pub fn say(&mut self, text: &str, peer: &mut Peer) -> bool {
        let said = peer.send_chat(&ChatMessage::Message { from: None, text: text.to_owned() });
        self.report.data_channels.chat_sent += u64::from(said);
        said
    }

    /// A person ends it: the next step is the last.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<CallEvent> {
        self.events.poll()
    }

    /// How loud everybody has been since this was last asked for; `None` while no media can flow.
    pub fn levels(&mut self) -> Option<Levels> {
        self.connected_since?;
        Some(Levels {
            microphone: self.sending.level(),
            heard: self.receiving.as_mut().map(Receiving::levels).unwrap_or_default(),
            estimate: self.sending.estimate_bps().map(|bps| bps as f64),
        })
    }

    /// Does what is due. With the last step it waits until all is decoded and recorded.
    pub fn step(&mut self, peer: &mut Peer, now: Instant) -> Step<CallOutcome> {
        if peer.generation() != self.generation {
            self.generation = peer.generation();
            self.link_since = peer.remote().map(|_| now);
        }
        if let Err(error) = self.sending.step(peer, &mut self.events, now) {
            return Step::Over(Err(error));
        }
        if let Some(receiving) = &mut self.receiving {
            receiving.step(peer, &mut self.events, now);
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

    /// When the call ends by itself.
    fn deadline(&self) -> Option<Instant> {
        match self.first_connected {
            Some(first) => self.config.lasts.map(|span| first + span),
            None => self.config.wait.map(|span| self.started + span),
        }
    }

    fn over(&mut self, peer: &mut Peer, now: Instant) -> Option<Step<CallOutcome>> {
        let failure = self.failure.take();
        let expired = self.deadline().is_some_and(|deadline| deadline <= now);
        if failure.is_none() && !expired && !self.stopped {
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

    fn on_connected(&mut self, pair: SelectedPair, peer: &mut Peer, now: Instant) {
        let setup = self.link_since.map(|since| now.saturating_duration_since(since));
        self.events.push(CallEvent::Connected { pair, setup });
        self.connected_since = Some(now);
        self.sending.on_connected(peer);
        if self.first_connected.is_none() {
            self.first_connected = Some(now);
            self.report.setup_ms = setup.map(|setup| setup.as_secs_f64() * 1e3);
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
            self.events.push(CallEvent::File(transfer));
        }
        if let Some(note) = desk.progress(now) {
            self.events.push(CallEvent::FileProgress(note));
        }
        more
    }

    fn sample(&mut self, peer: &mut Peer, now: Instant) {
        let stats = peer.stats();
        let sound = stats.outbound_rtp.iter().filter(|track| track.kind == MediaKind::Audio);
        let losses = sound.filter_map(|track| track.fraction_lost);
        self.sending.on_second(losses.reduce(f64::max));
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
            self.events.push(CallEvent::Second(row));
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
                receiving.finish(&mut self.events, self.first_connected, now);
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
        report.problems.extend(problems(true, self.config.expect_tracks, &seen));
        report.ok = report.problems.is_empty();
        report
    }

    fn send_state(&mut self, peer: &mut Peer) {
        let sources = self.sending.sources();
        let state = ChatMessage::State {
            from: None,
            microphone: sources.contains(&Source::Microphone),
            camera: sources.contains(&Source::Camera),
            screen: sources.contains(&Source::Screen),
        };
        peer.send_chat(&state);
    }
}
