//! What comes in on an m-line: decoded, and looked at.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, InboundRtpStats, KeyframeRequestKind, MediaKind, Mid, ReceivedFrame, Rid, Rtc,
};
use lapwing_media::sources::read_frame_number;
use lapwing_media::{AudioDecoder, Picture, Samples, VideoDecoder, audio_decoder, video_decoder};
use serde_json::{Map, Value, json};

use super::lateness::Lateness;
use super::pitch::{level_db, pitch};

/// Sound is looked at over so much.
const HEARD: Duration = Duration::from_millis(500);

/// A longer gap is silence, not loss.
const GAP_MAX: Duration = Duration::from_millis(120);

/// A key frame is asked for again so long after the last time.
const KEY_AGAIN: Duration = Duration::from_millis(300);

/// One m-line.
pub(super) struct Receiver {
    mid: Mid,
    kind: MediaKind,
    codec: Option<Codec>,
    decoder: Decoder,
    frames: u64,
    /// The layer that is decoded, where there are several.
    pub(super) rid: Option<Rid>,
    heard: VecDeque<f32>,
    rate: u32,
    /// Where the sound so far ends.
    heard_until: Option<Duration>,
    seen: Seen,
    lateness: Lateness,
    /// Since when a key frame is wanted, and when it was asked for last.
    key_wanted: bool,
    key_asked: Option<Instant>,
}

enum Decoder {
    Sound(Box<dyn AudioDecoder>),
    Pictures(Box<dyn VideoDecoder>),
    /// There is none for the codec.
    None,
}

#[derive(Default)]
struct Seen {
    decoded: u64,
    read: u64,
    first: Option<u32>,
    last: Option<u32>,
    backwards: u64,
    size: Option<(u32, u32)>,
    since_open: Option<Duration>,
}

impl Receiver {
    pub(super) fn new(mid: Mid, kind: MediaKind) -> Self {
        Receiver {
            mid,
            kind,
            codec: None,
            decoder: Decoder::None,
            frames: 0,
            rid: None,
            heard: VecDeque::new(),
            rate: 0,
            heard_until: None,
            seen: Seen::default(),
            lateness: Lateness::default(),
            key_wanted: false,
            key_asked: None,
        }
    }

    /// A frame came, so long after `open`.
    pub(super) fn frame(&mut self, received: &ReceivedFrame, since_open: Duration) {
        self.frames += 1;
        // Without a choice of the other side's, the layer that came first is looked at.
        self.rid = self.rid.or(received.rid);
        if received.rid != self.rid {
            return;
        }
        if self.codec != Some(received.frame.codec) {
            self.codec = Some(received.frame.codec);
            self.decoder = decoder(received.frame.codec);
        }
        self.lateness.on_frame(received.received_at, received.frame.time.as_duration());
        match self.kind {
            MediaKind::Audio => self.hear(received),
            MediaKind::Video => self.look(received, since_open),
        }
    }

    /// Another layer comes from now on.
    pub(super) fn select(&mut self, rid: Option<Rid>) {
        self.rid = rid;
        self.key_wanted = true;
    }

    fn hear(&mut self, received: &ReceivedFrame) {
        let Decoder::Sound(decoder) = &mut self.decoder else { return };
        let frame = &received.frame;
        let begins = frame.time.as_duration();
        let gap = self.heard_until.and_then(|until| begins.checked_sub(until));
        let gap =
            gap.filter(|gap| !received.contiguous && *gap > Duration::ZERO && *gap <= GAP_MAX);
        let mut heard: Vec<Samples> = Vec::new();
        if let Some(gap) = gap {
            let made_up = decoder.recover(frame, gap);
            heard.push(made_up.unwrap_or_else(|| decoder.conceal(gap)));
        }
        match decoder.decode(frame) {
            Ok(samples) => heard.push(samples),
            Err(error) => tracing::debug!(%error, mid = %self.mid, "sound not decoded"),
        }
        if let Some(last) = heard.last() {
            self.rate = last.rate();
            self.heard_until = Some(begins + last.duration());
        }
        heard.iter().for_each(|samples| self.heard.extend(samples.data()));
        let kept = (f64::from(self.rate) * HEARD.as_secs_f64()) as usize;
        let excess = self.heard.len().saturating_sub(kept);
        self.heard.drain(..excess);
    }

    fn look(&mut self, received: &ReceivedFrame, since_open: Duration) {
        let Decoder::Pictures(decoder) = &mut self.decoder else { return };
        let frame = &received.frame;
        // What refers to lost pictures would come out broken.
        self.key_wanted |= !received.contiguous;
        self.key_wanted &= !frame.keyframe;
        if self.key_wanted {
            return;
        }
        match decoder.decode(frame) {
            Ok(pictures) => {
                pictures.iter().for_each(|picture| self.seen.picture(picture, since_open));
            }
            Err(error) => {
                tracing::debug!(%error, mid = %self.mid, "picture not decoded");
                self.key_wanted = true;
            }
        }
    }

    /// Asks for the key frame that is wanted; gives the time when it would ask again.
    pub(super) fn step(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        if !self.key_wanted {
            return None;
        }
        let again = self.key_asked.map(|asked| asked + KEY_AGAIN);
        if let Some(again) = again.filter(|again| *again > now) {
            return Some(again);
        }
        let mut media = rtc.media(self.mid)?;
        if let Err(error) = media.request_keyframe(self.rid, KeyframeRequestKind::Pli) {
            tracing::debug!(%error, mid = %self.mid, "no key frame can be asked for");
        }
        self.key_asked = Some(now);
        Some(now + KEY_AGAIN)
    }

    /// The entry of `seen`.
    pub(super) fn report(&mut self, figures: &[InboundRtpStats]) -> Value {
        let mut entry = Map::new();
        let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
        put("mid", json!(self.mid));
        put("kind", json!(self.kind));
        if let Some(codec) = self.codec {
            put("codec", json!(codec.name()));
        }
        let ours = figures.iter().filter(|figures| figures.mid == self.mid);
        put("packets", json!(ours.map(|figures| figures.packets_received).sum::<u64>()));
        put("frames_received", json!(self.frames));
        if let Some(late) = self.lateness.ms() {
            put("late_ms", json!(round(late)));
        }
        match self.decoder {
            Decoder::Sound(_) => {
                let heard = self.heard.make_contiguous();
                if let Some(hz) = pitch(heard, self.rate) {
                    put("hz", json!(round(hz)));
                }
                if let Some(level) = level_db(heard) {
                    put("level_db", json!(round(level)));
                }
            }
            Decoder::Pictures(_) => {
                self.seen.report(put);
            }
            Decoder::None => {}
        }
        if let Some(rid) = self.rid {
            entry.insert("rid".to_owned(), json!(rid));
        }
        Value::Object(entry)
    }
}

impl Seen {
    fn picture(&mut self, picture: &Picture, since_open: Duration) {
        self.decoded += 1;
        self.size = Some(picture.size());
        self.since_open.get_or_insert(since_open);
        let Some(number) = read_frame_number(picture) else { return };
        self.read += 1;
        self.first.get_or_insert(number);
        self.backwards += u64::from(self.last.is_some_and(|last| number < last));
        self.last = Some(number);
    }

    fn report(&self, mut put: impl FnMut(&str, Value) -> Option<Value>) {
        put("frames", json!(self.decoded));
        put("read", json!(self.read));
        put("backwards", json!(self.backwards));
        let numbers = [("first", self.first), ("last", self.last)];
        for (name, number) in numbers.into_iter().filter(|(_, number)| number.is_some()) {
            put(name, json!(number));
        }
        if let Some((width, height)) = self.size {
            put("width", json!(width));
            put("height", json!(height));
        }
        if let Some(since) = self.since_open {
            put("first_ms", json!(since.as_millis() as u64));
        }
    }
}

fn decoder(codec: Codec) -> Decoder {
    match codec.kind() {
        MediaKind::Video => video_decoder(codec).map_or(Decoder::None, Decoder::Pictures),
        MediaKind::Audio => {
            let rate = codec.sample_rate().unwrap_or_else(|| codec.clock_rate());
            audio_decoder(codec, rate, 1).map_or(Decoder::None, Decoder::Sound)
        }
    }
}

/// To a hundredth.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
