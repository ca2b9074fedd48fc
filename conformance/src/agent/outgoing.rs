//! A track that is sent.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, CodecPreference, ConnectionState, Direction, EncodedFrame, MediaKind, MediaTime, Mid,
    ReceivedFrame, Rid, Rtc, TransceiverId, WriteError, WriteOptions,
};

use super::args::Args;
use super::content::{self, Content, SentForm};
use super::fault::Fault;
use super::pictures::Pictures;
use super::sound::{Sound, slot};

/// Who was late by more leaves out what was due meanwhile.
const LATE_MAX: Duration = Duration::from_millis(400);

/// The profile that every receiver of H.264 has (RFC 7742 section 6.2), at level 3.1.
const CONSTRAINED_BASELINE: &str = "42e01f";

/// A tone where none is named, in Hz.
const TONE_HZ: f64 = 440.0;

/// What was asked for by `media`.
pub(super) struct Track {
    pub(super) kind: MediaKind,
    pub(super) direction: Direction,
    pub(super) codecs: Vec<Codec>,
    /// What sends it; `None` while nothing does.
    pub(super) place: Option<TransceiverId>,
    /// Simulcast layers, lowest first.
    pub(super) rids: Vec<Rid>,
    /// The only packetization mode of H.264 that it takes, where one was named.
    mode: Option<u8>,
    maker: Maker,
    /// Frames that are due.
    outbox: VecDeque<(Option<Rid>, EncodedFrame)>,
    /// When the first frame could be sent, and the number of the next interval since.
    pace: Option<(Instant, u64)>,
}

/// What a track did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A frame was sent. There may be more.
    Sent,
    /// Nothing is due before this time.
    Wait(Instant),
    /// Nothing is due before something happens.
    Idle,
}

enum Maker {
    Sound(Sound),
    Pictures(Pictures),
    Echo,
    Nothing,
}

impl Track {
    pub(super) fn parse(args: Args<'_>) -> Result<Track, Fault> {
        let kind = match args.text("kind")? {
            "audio" => MediaKind::Audio,
            "video" => MediaKind::Video,
            other => return Err(Fault::Failed(format!("{other:?} is no kind of media"))),
        };
        let direction = args.direction()?.unwrap_or(Direction::SendRecv);
        let content = Content::parse(args)?;
        let codecs = content::codecs(args, kind, content, direction.sends())?;
        let rid = |text: &&str| Rid::new(text);
        let rids: Option<Vec<Rid>> = args.texts("simulcast")?.iter().map(rid).collect();
        let rids = rids.ok_or_else(|| Fault::Failed("a rid is no token".to_owned()))?;
        let maker = match (content, kind) {
            (Content::Pattern, MediaKind::Audio) => {
                Maker::Sound(Sound::new(args.real("tone_hz")?.unwrap_or(TONE_HZ)))
            }
            (Content::Pattern, MediaKind::Video) => {
                let size =
                    (args.small("width")?.unwrap_or(320), args.small("height")?.unwrap_or(180));
                let fps = args.small("fps")?.unwrap_or(15).max(1);
                let first = args.small("first")?.unwrap_or(0);
                Maker::Pictures(Pictures::new(size, fps, first, &rids)?)
            }
            (Content::Echo, _) => Maker::Echo,
            (Content::Nothing, _) => Maker::Nothing,
        };
        Ok(Track {
            kind,
            direction,
            codecs,
            place: None,
            rids,
            mode: args.small("packetization_mode")?,
            maker,
            outbox: VecDeque::new(),
            pace: None,
        })
    }

    /// Its m-line, once there is one.
    pub(super) fn mid(&self, rtc: &mut Rtc) -> Option<Mid> {
        let id = self.place?;
        let transceivers = rtc.negotiation().transceivers();
        transceivers.into_iter().find(|transceiver| transceiver.id == id)?.mid
    }

    /// Its m-line has H.264 in the mode that was named, and nothing else.
    pub(super) fn prefer(&self, rtc: &mut Rtc) -> Result<(), Fault> {
        let (Some(id), Some(mode)) = (self.place, self.mode) else { return Ok(()) };
        let preference = |name: &str, parameters| CodecPreference {
            name: name.to_owned(),
            clock_rate: MediaTime::VIDEO_RATE,
            channels: None,
            parameters,
        };
        let parameters =
            format!("packetization-mode={mode};profile-level-id={CONSTRAINED_BASELINE}");
        let list = vec![preference("H264", Some(parameters)), preference("rtx", None)];
        rtc.negotiation().set_codec_preferences(id, list).map_err(Fault::refused)
    }

    /// What it would send if the network carried it, in bits per second.
    pub(super) fn bitrate_bps(&self) -> u32 {
        match &self.maker {
            Maker::Pictures(pictures) => pictures.bitrate_bps(),
            _ => 0,
        }
    }

    /// Only so much of the bit rate is to be sent from now on.
    pub(super) fn set_share(&mut self, share: f64) {
        if let Maker::Pictures(pictures) = &mut self.maker {
            pictures.set_share(share);
        }
    }

    pub(super) fn want_key(&mut self, rid: Option<Rid>) {
        if let Maker::Pictures(pictures) = &mut self.maker {
            pictures.want_key(rid);
        }
    }

    /// True where frames are sent back.
    pub(super) fn is_echo(&self) -> bool {
        matches!(self.maker, Maker::Echo)
    }

    /// Our offer was taken back: the m-line that we asked for may be one that the other side
    /// brings.
    pub(super) fn unplace(&mut self, rtc: &mut Rtc) {
        let Some(id) = self.place else { return };
        if self.mid(rtc).is_none() && rtc.negotiation().stop(id).is_ok() {
            self.place = None;
        }
    }

    /// Sends back what came in.
    pub(super) fn echo(&self, frame: &ReceivedFrame, rtc: &mut Rtc, now: Instant) {
        let Some(mut media) = rtc.media(frame.mid) else { return };
        if let Err(error) = media.write(&frame.frame, now) {
            tracing::debug!(%error, mid = %frame.mid, "a frame is not sent back");
        }
    }

    /// Sends one frame that is due.
    ///
    /// What several streams have at one time, the library sends in an order that no recording
    /// knows. So the engine is to be drained after each frame.
    pub(super) fn step(&mut self, rtc: &mut Rtc, now: Instant) -> Result<Step, Fault> {
        let Some((mid, form)) = self.ready(rtc) else { return Ok(Step::Idle) };
        let mut next = None;
        if self.outbox.is_empty() {
            next = self.make(form, now)?;
        }
        let Some((rid, frame)) = self.outbox.pop_front() else {
            return Ok(next.map_or(Step::Idle, Step::Wait));
        };
        self.send(mid, rid, &frame, rtc, now)?;
        Ok(Step::Sent)
    }

    /// Makes the frames that are due; gives the time when more are.
    fn make(&mut self, form: SentForm, now: Instant) -> Result<Option<Instant>, Fault> {
        let interval = match &self.maker {
            Maker::Sound(sound) => sound.interval(),
            Maker::Pictures(pictures) => pictures.interval(),
            Maker::Echo | Maker::Nothing => return Ok(None),
        };
        let (start, mut next) = self.pace.unwrap_or((now, 0));
        let passed = slot(start, now, interval);
        // What was not sent for a while, because it could not be or this program had no time, is
        // left out.
        if nth(interval, passed.saturating_sub(next)) > LATE_MAX {
            next = passed;
        }
        while next <= passed {
            let at = nth(interval, next);
            match &mut self.maker {
                Maker::Sound(sound) => {
                    self.outbox
                        .extend(sound.frames(form.codec, at)?.into_iter().map(|f| (None, f)));
                }
                Maker::Pictures(pictures) => self.outbox.extend(pictures.frames(form, at)?),
                Maker::Echo | Maker::Nothing => {}
            }
            next += 1;
        }
        self.pace = Some((start, next));
        Ok(Some(start + nth(interval, next)))
    }

    /// Where and how it can be sent now: a direction that was asked for counts once it is agreed
    /// on.
    fn ready(&self, rtc: &mut Rtc) -> Option<(Mid, SentForm)> {
        if rtc.connection_state() != ConnectionState::Connected {
            return None;
        }
        let mid = self.mid(rtc)?;
        let media = rtc.media(mid).filter(|media| media.direction().sends())?;
        let agreed: Vec<Codec> = media.codecs().into_iter().map(|(_, codec)| codec).collect();
        let codec = content::chosen(self.kind, &self.codecs, &agreed)?;
        let (number, _) = media.codecs().into_iter().find(|(_, known)| *known == codec)?;
        let parameters = media.parameters(number).unwrap_or_default();
        Some((mid, SentForm::new(codec, &parameters)))
    }

    fn send(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        frame: &EncodedFrame,
        rtc: &mut Rtc,
        now: Instant,
    ) -> Result<(), Fault> {
        let options = WriteOptions { rid, ..WriteOptions::default() };
        let Some(mut media) = rtc.media(mid) else { return Ok(()) };
        match media.write_with(frame, options, now) {
            Ok(()) => Ok(()),
            // The engine asks for less: the picture is dropped, and the next one stands alone.
            Err(WriteError::Full | WriteError::NotDrained) => {
                self.want_key(rid);
                Ok(())
            }
            Err(error) => Err(Fault::refused(error)),
        }
    }
}

/// The beginning of an interval, since the first one's.
fn nth(interval: Duration, number: u64) -> Duration {
    let nanos = interval.as_nanos().saturating_mul(u128::from(number));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
