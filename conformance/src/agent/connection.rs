//! One peer connection and all that hangs on it, from an `open` to the next.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Bitrate, CloseReason, Codec, ConnectionState, Direction, Event, KeyframeRequestKind, MediaKind,
    Mid, ReceivedFrame, Rid, Rtc, SignalingState, Track as RemoteTrack,
};
use serde_json::{Value, json};

use super::args::Args;
use super::channels::Channels;
use super::content;
use super::fault::Fault;
use super::file::FilePart;
use super::negotiation::Negotiation;
use super::options::Options;
use super::outgoing::{Step, Track};
use super::receiver::Receiver;

/// Messages that found no room are tried again after so long, should nobody tell of room.
const ROOM_AGAIN: Duration = Duration::from_millis(50);

/// What is left to sound, in bits per second, headers included.
const SOUND_BPS: u64 = 60_000;

/// No track of pictures has less of its bit rate: below, their numbers cannot be read.
const SHARE_MIN: f64 = 0.15;

/// What was recorded goes to the file this often.
const RECORD_EVERY: Duration = Duration::from_millis(500);

/// A connection. The engine's part of it is made at the first need: what it is made of depends on
/// what is asked for before, such as codecs.
pub(super) struct Connection {
    pub(super) options: Options,
    pub(super) opened: Instant,
    seed: [u8; 32],
    unix_time: Duration,
    pub(super) rtc: Option<Rtc>,
    pub(super) tracks: Vec<Track>,
    pub(super) receivers: BTreeMap<Mid, Receiver>,
    pub(super) channels: Channels,
    pub(super) negotiation: Negotiation,
    pub(super) out: Vec<Value>,
    files: Vec<FilePart>,
    /// When the recording goes to its file next; `None` when it has not begun.
    record_at: Option<Instant>,
    keys_written: usize,
}

impl Connection {
    pub(super) fn new(
        options: Options,
        seed: [u8; 32],
        unix_time: Duration,
        now: Instant,
    ) -> Connection {
        Connection {
            options,
            opened: now,
            seed,
            unix_time,
            rtc: None,
            tracks: Vec::new(),
            receivers: BTreeMap::new(),
            channels: Channels::default(),
            negotiation: Negotiation::default(),
            out: Vec::new(),
            files: Vec::new(),
            record_at: None,
            keys_written: 0,
        }
    }

    /// The engine's part is there after this.
    pub(super) fn begin(&mut self, now: Instant) -> Result<(), Fault> {
        if self.rtc.is_some() {
            return Ok(());
        }
        let config = self.options.config(self.seed, self.unix_time, self.codecs());
        let mut rtc = Rtc::new(config, now);
        let wanted = self.bitrate_bps();
        let least = (wanted as f64 * SHARE_MIN) as u64;
        rtc.set_desired_bitrate(Bitrate::bps(least), Bitrate::bps(wanted + SOUND_BPS));
        self.channels.begin(&mut rtc)?;
        self.rtc = Some(rtc);
        Ok(())
    }

    /// What the tracks name, in their order; of a kind without tracks, what can be looked at.
    fn codecs(&self) -> Vec<Codec> {
        let mut codecs = Vec::new();
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let ours = self.tracks.iter().filter(|track| track.kind == kind);
            let named: Vec<Codec> = ours.flat_map(|track| track.codecs.iter().copied()).collect();
            let named = if named.is_empty() { content::made(kind).to_vec() } else { named };
            codecs.extend(named);
        }
        codecs
    }

    pub(super) fn media(&mut self, args: Args<'_>) -> Result<(), Fault> {
        let track = Track::parse(args)?;
        if self.rtc.is_some() {
            // The engine's codecs are settled when it begins.
            let known = self.codecs();
            if !track.codecs.iter().all(|codec| known.contains(codec)) {
                let text = "codecs that were not named before the first description";
                return Err(Fault::Unsupported(text.to_owned()));
            }
        }
        self.tracks.push(track);
        Ok(())
    }

    pub(super) fn event(&mut self, event: Event, now: Instant) {
        match event {
            Event::ConnectionStateChanged(state) => self.connection_state(state, now),
            Event::IceConnectionStateChanged(state) => {
                self.out.push(json!({"event": "ice", "state": state.name()}));
            }
            Event::IceCandidate(_) | Event::IceGatheringStateChanged(_) => self.gathered(&event),
            Event::TrackAdded(track) => self.track_added(&track),
            Event::TrackChanged { mid, direction } => self.track_changed(mid, direction),
            Event::NoCommonCodec(mismatch) => {
                let text = format!(
                    "m-line {} has no codec in common: {:?}",
                    mismatch.mid, mismatch.offered
                );
                self.log(&text);
            }
            Event::Frame(frame) => self.frame(&frame, now),
            Event::KeyframeRequested { mid, rid, .. } => self.key_requested(mid, rid),
            Event::BandwidthEstimated(estimate) => self.estimated(estimate),
            Event::ChannelOpened(opened) => {
                if let Some(rtc) = &mut self.rtc {
                    let event = self.channels.opened(opened, rtc);
                    self.out.push(event);
                    self.pump();
                }
            }
            Event::ChannelMessage(message) => self.channels.message(&message),
            Event::ChannelBufferedAmountLow(_) => self.pump(),
            Event::ChannelClosed(id) => {
                self.out.extend(self.channels.closed(id));
                self.pump();
            }
            Event::Closed(reason) => {
                self.closed(&reason);
                self.keep(now, true);
            }
            _ => {}
        }
    }

    fn log(&mut self, text: &str) {
        self.out.push(json!({"event": "log", "text": text}));
    }

    fn connection_state(&mut self, state: ConnectionState, now: Instant) {
        // At the end the reason comes with the next event, and the state is told with it.
        let over = |rtc: &Rtc| rtc.signaling_state() == SignalingState::Closed;
        if self.rtc.as_ref().is_none_or(|rtc| !over(rtc)) {
            self.out.push(json!({"event": "connection", "state": state.name()}));
        }
        self.keep(now, false);
    }

    fn closed(&mut self, reason: &CloseReason) {
        let state = self.rtc.as_ref().map_or(ConnectionState::Closed, Rtc::connection_state);
        let mut event = json!({"event": "connection", "state": state.name()});
        if let Some(reason) = said(reason) {
            event["reason"] = json!(reason);
        }
        self.out.push(event);
        self.out.extend(self.channels.give_up());
    }

    fn track_added(&mut self, track: &RemoteTrack) {
        let RemoteTrack { mid, kind, direction, layers, .. } = track;
        let mut event = json!({
            "event": "media", "mid": mid, "kind": kind, "direction": direction.name(),
        });
        if !layers.is_empty() {
            event["layers"] = json!(layers);
        }
        self.out.push(event);
        if direction.receives() {
            self.receivers.entry(*mid).or_insert_with(|| Receiver::new(*mid, *kind));
        }
    }

    fn track_changed(&mut self, mid: Mid, direction: Direction) {
        let kind = self.rtc.as_mut().and_then(|rtc| rtc.media(mid).map(|media| media.kind()));
        let mut event = json!({"event": "media", "mid": mid, "direction": direction.name()});
        if let Some(kind) = kind {
            event["kind"] = json!(kind);
        }
        self.out.push(event);
    }

    /// Pictures share what the network carries, and leave some of it to sound.
    fn estimated(&mut self, estimate: Bitrate) {
        let left = estimate.as_bps().saturating_sub(SOUND_BPS);
        let share = left as f64 / self.bitrate_bps().max(1) as f64;
        for track in &mut self.tracks {
            track.set_share(share.clamp(SHARE_MIN, 1.0));
        }
    }

    /// What all tracks would send if the network carried it.
    fn bitrate_bps(&self) -> u64 {
        self.tracks.iter().map(|track| u64::from(track.bitrate_bps())).sum()
    }

    fn frame(&mut self, frame: &ReceivedFrame, now: Instant) {
        let Some(rtc) = &mut self.rtc else { return };
        let echo =
            self.tracks.iter().find(|track| track.is_echo() && track.mid(rtc) == Some(frame.mid));
        if let Some(track) = echo {
            track.echo(frame, rtc, now);
        }
        let kind = frame.frame.codec.kind();
        let receiver =
            self.receivers.entry(frame.mid).or_insert_with(|| Receiver::new(frame.mid, kind));
        receiver.frame(frame, now.saturating_duration_since(self.opened));
    }

    fn key_requested(&mut self, mid: Mid, rid: Option<Rid>) {
        let Some(rtc) = &mut self.rtc else { return };
        let ours = self.tracks.iter_mut().find(|track| track.mid(rtc) == Some(mid));
        let Some(track) = ours else { return };
        if track.is_echo() {
            // Who makes the pictures is asked.
            if let Some(mut media) = rtc.media(mid) {
                let asked = media.request_keyframe(None, KeyframeRequestKind::Pli);
                tracing::debug!(?asked, %mid, "a request for a key frame goes back");
            }
        } else {
            track.want_key(rid);
        }
    }

    /// Gives the engine messages, and tells what was taken.
    pub(super) fn pump(&mut self) {
        if let Some(rtc) = &mut self.rtc
            && self.channels.is_sending()
        {
            self.out.extend(self.channels.pump(rtc));
        }
    }

    /// Does what is due; gives the time when more is.
    pub(super) fn wake(&mut self, now: Instant) -> Option<Instant> {
        let rtc = self.rtc.as_mut()?;
        let mut wakes = Vec::new();
        let mut faults = Vec::new();
        for track in &mut self.tracks {
            match track.step(rtc, now) {
                // The engine is to be drained before the next.
                Ok(Step::Sent) => {
                    wakes.push(now);
                    break;
                }
                Ok(Step::Wait(at)) => wakes.push(at),
                Ok(Step::Idle) => {}
                Err(fault) => faults.push(format!("a track is not sent: {fault:?}")),
            }
        }
        for receiver in self.receivers.values_mut() {
            wakes.extend(receiver.step(rtc, now));
        }
        faults.iter().for_each(|text| self.log(text));
        self.pump();
        wakes.extend(self.channels.is_sending().then(|| now + ROOM_AGAIN));
        if self.options.record.is_some() {
            if self.record_at.is_none_or(|at| at <= now) {
                self.keep(now, false);
            }
            wakes.extend(self.record_at);
        }
        wakes.into_iter().min()
    }

    /// Closes it.
    pub(super) fn close(&mut self, now: Instant) {
        if let Some(rtc) = &mut self.rtc {
            rtc.close(now);
        }
        self.out.extend(self.channels.give_up());
    }

    /// Recording and keys go to their files; at the `end`, all of them.
    pub(super) fn keep(&mut self, now: Instant, end: bool) {
        let Some(rtc) = &mut self.rtc else { return };
        if let Some(path) = &self.options.record {
            let bytes = if end { rtc.finish_recording() } else { rtc.take_recording() };
            let begins = self.record_at.is_none();
            self.record_at = Some(now + RECORD_EVERY);
            if !bytes.is_empty() {
                self.files.push(FilePart { path: path.clone(), begins, bytes });
            }
        }
        if let (Some(path), Some(keys)) = (&self.options.key_log, rtc.key_log())
            && keys.len() > self.keys_written
        {
            let bytes = keys.as_bytes().to_vec();
            self.keys_written = bytes.len();
            self.files.push(FilePart { path: path.clone(), begins: true, bytes });
        }
    }

    pub(super) fn take_files(&mut self) -> Vec<FilePart> {
        std::mem::take(&mut self.files)
    }
}

/// Why a connection ended; nothing to say where it was closed here.
fn said(reason: &CloseReason) -> Option<String> {
    match reason {
        CloseReason::Local => None,
        CloseReason::Remote => Some("closed by the other side".to_owned()),
        CloseReason::Disconnected => Some("no path works".to_owned()),
        CloseReason::Dtls(fault) => Some(format!("DTLS: {fault}")),
        CloseReason::TooManyChannels => Some("too many channels".to_owned()),
        CloseReason::Transport(fault) => Some(fault.to_string()),
        other => Some(format!("{other:?}")),
    }
}
