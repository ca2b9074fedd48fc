//! Makes the sound that was decided on.

use lapwing_engine::EncodedFrame;

use super::comfort::ComfortNoise;
use super::counts::Counts;
use super::decide::Told;
use super::decoders::{Decoders, Undecodable};
use super::expand::Expander;
use super::join::{Shift, join};
use super::noise::{Floor, Loudness, rms};
use super::play::Play;
use super::settings::PULL;
use super::stretch::{self, Leave};
use super::tones::Tones;

/// Made-up sound quieter than this (-60 dBFS) counts as silent.
const SILENT: f32 = 1e-3;

/// What was put last behind what is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// Nothing was sent yet.
    Nothing,
    /// Sound that was sent.
    Sent,
    /// Sent, and says that silence follows: a packet of DTX.
    Silence,
    /// As the decoder has it for what is lost.
    Decoder,
    /// Periods.
    Periods,
    /// Comfort noise by RFC 3389.
    Noise,
    /// A telephone event.
    Tone,
}

/// Sound on its way from decoders to the playout.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) play: Play,
    pub(super) counts: Counts,
    pub(super) tones: Tones,
    decoders: Decoders,
    expander: Expander,
    comfort: ComfortNoise,
    floor: Floor,
    loudness: Loudness,
    last: Last,
    /// Samples made up since the last that was sent.
    made: usize,
    /// Whether what is made up stands for silence that the sender told of.
    silence: Silence,
    decoded: Vec<f32>,
    continued: Vec<f32>,
}

/// What the sender does while nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    Unknown,
    Told,
}

/// How a decoded packet is put behind what was played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// So much of its beginning is left out.
    pub(super) without: usize,
    /// What was made up ends just where this begins.
    pub(super) follows: bool,
    pub(super) shift: Shift,
}

impl Voice {
    pub(super) fn new(channels: u8, deep_concealment: bool) -> Self {
        let count = usize::from(channels);
        Voice {
            play: Play::new(count),
            counts: Counts::default(),
            tones: Tones::new(),
            decoders: Decoders::new(channels, deep_concealment),
            expander: Expander::new(count),
            comfort: ComfortNoise::new(),
            floor: Floor::new(),
            loudness: Loudness::new(),
            last: Last::Nothing,
            made: 0,
            silence: Silence::Unknown,
            decoded: Vec::new(),
            continued: Vec::new(),
        }
    }

    /// Samples made up since the last that was sent.
    pub(super) fn made(&self) -> usize {
        self.made
    }

    /// Whether the sender told that it is silent.
    pub(super) fn is_silent(&self) -> bool {
        self.silence == Silence::Told
    }

    /// What a packet brings back of what was lost before it, where a packet is so long.
    pub(super) fn told(&mut self, frame: &EncodedFrame, length: i64) -> Told {
        let copy = if self.decoders.carries_copy(frame) { length } else { 0 };
        Told { copy, reach: self.decoders.reaches_back(frame) }
    }

    /// Decodes a packet and says how long it is and how much of it is played.
    pub(super) fn decode(
        &mut self,
        frame: &EncodedFrame,
        entry: Entry,
    ) -> Result<(usize, usize), Undecodable> {
        self.decoded.clear();
        self.decoders.decode(frame, &mut self.decoded)?;
        let is_silence = frame.codec == lapwing_engine::Codec::Opus && frame.data.len() <= 2;
        let played = self.enter(entry);
        self.silence = if is_silence { Silence::Told } else { Silence::Unknown };
        self.last = if is_silence { Last::Silence } else { Last::Sent };
        Ok((self.decoded.len() / self.play.channels(), played))
    }

    /// Decodes the copy in `next` and says how much of it is played; `None` when there is none.
    pub(super) fn repair(
        &mut self,
        next: &EncodedFrame,
        length: usize,
        entry: Entry,
    ) -> Option<usize> {
        self.decoded.clear();
        if !self.decoders.recover(next, length, &mut self.decoded) {
            return None;
        }
        let played = self.enter(entry);
        self.last = Last::Sent;
        self.counts.stats.repaired_frames += 1;
        Some(played)
    }

    /// Decodes what `later` tells of the sound before it, and says how much there is of it and how
    /// much is played; `None` when it tells of nothing.
    pub(super) fn recall(
        &mut self,
        later: &EncodedFrame,
        before: usize,
        length: usize,
        entry: Entry,
    ) -> Option<(usize, usize)> {
        self.decoded.clear();
        if !self.decoders.recall(later, before, length, &mut self.decoded) {
            return None;
        }
        let length = self.decoded.len() / self.play.channels();
        let played = self.enter(entry);
        self.last = Last::Sent;
        self.counts.stats.recalled_samples += played as u64;
        Some((length, played))
    }

    /// A description of comfort noise is due.
    pub(super) fn describe(&mut self, payload: &[u8]) {
        self.comfort.describe(payload);
        self.counts.concealment_ended();
        self.silence = Silence::Told;
        self.last = Last::Noise;
        self.made = 0;
    }

    /// Makes up so many samples, or as many as come at once.
    pub(super) fn make_up(&mut self, count: usize) {
        self.decoded.clear();
        match self.last {
            Last::Nothing => self.decoded.resize(count * self.play.channels(), 0.0),
            Last::Noise => self.comfort.make(self.play.channels(), &mut self.decoded),
            _ => self.conceal(count),
        }
        let count = self.decoded.len() / self.play.channels();
        match (self.last, self.silence) {
            (Last::Nothing | Last::Noise, _) | (_, Silence::Told) => {}
            _ => self.counts.concealed(count, rms(&self.decoded) < SILENT),
        }
        self.play.push(&self.decoded);
        self.made += count;
    }

    /// Sounds the event of this time for 10 ms.
    pub(super) fn tone(&mut self, time: i64) {
        self.decoded.clear();
        self.tones.make(time, PULL, self.play.channels(), &mut self.decoded);
        self.counts.concealment_ended();
        self.play.push(&self.decoded);
        self.made += PULL;
        self.last = Last::Tone;
    }

    /// A stream begins, and nothing of it was made up yet.
    pub(super) fn begin(&mut self) {
        self.made = 0;
    }

    /// The stream begins anew: what was told of the old one holds no more.
    pub(super) fn restart(&mut self) {
        self.tones.clear();
        self.silence = Silence::Unknown;
        if self.last == Last::Noise {
            self.last = Last::Sent;
        }
    }

    /// Mean power of what is quiet beside what was heard of late.
    pub(super) fn quiet(&self) -> f32 {
        self.loudness.quiet()
    }

    /// Plays a period less, and says how long it was.
    pub(super) fn shorten(&mut self, leave: Leave) -> Option<usize> {
        let count = stretch::shorten(&mut self.play, leave)?;
        self.counts.stats.removed_samples_for_acceleration += count as u64;
        Some(count)
    }

    /// Plays a period twice, and says how long it was.
    pub(super) fn lengthen(&mut self, leave: Leave) -> Option<usize> {
        let count = stretch::lengthen(&mut self.play, leave)?;
        self.counts.stats.inserted_samples_for_deceleration += count as u64;
        Some(count)
    }

    /// Plays 10 ms.
    pub(super) fn take(&mut self, into: &mut [f32]) {
        self.play.take(into);
        if matches!(self.last, Last::Sent | Last::Silence) {
            self.floor.hear(into);
            self.loudness.hear(into);
        }
        if self.last != Last::Nothing {
            self.counts.pulled();
        }
    }

    fn conceal(&mut self, count: usize) {
        let floor = self.floor.rms();
        if self.last != Last::Periods && self.decoders.conceal(count, &mut self.decoded) {
            self.expander.fade(&mut self.decoded, self.made, floor);
            self.last = Last::Decoder;
            return;
        }
        if self.last != Last::Periods {
            self.expander.start(&self.play, self.made);
            self.last = Last::Periods;
        }
        self.expander.make(count, floor, &mut self.decoded);
    }

    /// Puts what was decoded behind what is played, and says how much of it that was.
    fn enter(&mut self, entry: Entry) -> usize {
        let channels = self.play.channels();
        let without = entry.without * channels;
        let sent = self.decoded.get(without..).unwrap_or(&[]);
        let mut played = sent.len() / channels;
        let smooth = match self.last {
            // A decoder goes on from what it decoded and made up itself.
            Last::Nothing | Last::Sent | Last::Silence | Last::Decoder => entry.follows,
            Last::Periods | Last::Noise | Last::Tone => false,
        };
        if smooth || sent.is_empty() {
            self.play.push(sent);
        } else {
            if self.last != Last::Periods {
                self.expander.start(&self.play, 0);
            }
            let floor = self.floor.rms();
            let behind = join(
                &mut self.play,
                &mut self.expander,
                floor,
                sent,
                entry.shift,
                &mut self.continued,
            );
            match usize::try_from(behind) {
                Ok(later) => self.counts.stats.concealed_samples += later as u64,
                Err(_) => played -= behind.unsigned_abs() as usize,
            }
        }
        self.counts.concealment_ended();
        self.made = 0;
        played
    }
}
