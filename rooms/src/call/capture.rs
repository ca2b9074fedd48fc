//! Sound on its way from a microphone: what was played meanwhile is taken out of it, then noise,
//! and the voice brought to one level.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use lapwing_media::Samples;
use lapwing_media::processing::{Processor, ProcessorSettings, ProcessorStats};

/// Blocks of 10 ms on their way to the microphone. Beyond it nobody captures, and they are dropped.
const PLAYED_MAX: usize = 50;

/// Where what is played is told, for those who capture.
#[derive(Clone, Debug)]
pub(super) struct PlayedOut(SyncSender<Samples>);

/// Where what is played is heard of.
#[derive(Debug)]
pub(super) struct PlayedIn(Receiver<Samples>);

/// The way of what is played to where echo is taken out.
pub(super) fn played() -> (PlayedOut, PlayedIn) {
    let (sender, receiver) = sync_channel(PLAYED_MAX);
    (PlayedOut(sender), PlayedIn(receiver))
}

impl PlayedOut {
    /// The next 10 ms that are played.
    pub(super) fn tell(&self, sound: &Samples) {
        // Without a microphone nobody listens, and with a full queue nobody captures.
        let _ = self.0.try_send(sound.clone());
    }
}

/// Sound of unknown kind that is louder, in dBov, is taken for a voice.
const LOUD_DBOV: i8 = -50;

/// What is said of sound beside its samples (RFC 6464).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    /// Level in dBov, 0 (loudest) to -127 (silence).
    pub(super) level: i8,
    /// There is a voice.
    pub(super) voice: bool,
}

impl Spoken {
    /// Where nobody listens for a voice, all that is loud is one.
    pub(super) const fn by_level(level: i8) -> Self {
        Spoken { level, voice: level > LOUD_DBOV }
    }
}

/// The processor of one microphone.
#[derive(Debug)]
pub(super) struct Capture {
    processor: Processor,
    played: Option<PlayedIn>,
}

impl Capture {
    /// Of what comes out of it, in Hz.
    pub(super) const RATE: u32 = 48_000;

    /// A processor that does what is asked for; `played` is what goes to the loudspeaker.
    pub(super) fn new(settings: ProcessorSettings, played: Option<PlayedIn>) -> Self {
        Capture { processor: Processor::new(settings), played }
    }

    /// What of captured sound is to be encoded: at 48 kHz, in whole blocks of 10 ms.
    pub(super) fn process(&mut self, sound: &Samples) -> Result<Samples, String> {
        let played = self.played.iter().flat_map(|played| played.0.try_iter());
        for block in played {
            self.processor.render(&block).map_err(|error| error.to_string())?;
        }
        self.processor.capture(sound).map_err(|error| error.to_string())
    }

    /// There was a voice in the last of it.
    pub(super) fn has_voice(&self) -> bool {
        self.processor.voice().is_active
    }

    /// What is known of its work.
    pub(super) fn stats(&self) -> ProcessorStats {
        self.processor.stats()
    }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;

    fn noise(seed: u64, count: usize) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    fn block(data: &[f32], number: usize) -> Samples {
        let time = MediaTime::new(number as u64 * 480, 48_000);
        Samples::new(data.to_vec(), 48_000, 1, time).expect("a format")
    }

    fn power(data: &[f32]) -> f32 {
        data.iter().map(|sample| sample * sample).sum::<f32>() / data.len() as f32
    }

    #[test]
    fn what_is_played_is_not_sent_back() {
        let settings = ProcessorSettings { echo_cancellation: true, ..ProcessorSettings::NONE };
        let (out, played) = played();
        let mut capture = Capture::new(settings, Some(played));
        let far = noise(7, 480 * 600);
        let (mut heard, mut left) = (Vec::new(), Vec::new());
        for (number, data) in far.chunks(480).enumerate() {
            out.tell(&block(data, number));
            // The room gives back half of it, 30 ms later.
            let echo: Vec<f32> = (0..480)
                .map(|i| (number * 480 + i).checked_sub(1_440).map_or(0.0, |at| far[at] * 0.5))
                .collect();
            let sent = capture.process(&block(&echo, number)).expect("it is a format");
            if number >= 500 {
                heard.extend(echo);
                left.extend_from_slice(sent.data());
            }
        }
        let gone = 10.0 * (power(&heard) / power(&left).max(1e-12)).log10();
        assert!(gone > 25.0, "{gone:.1} dB");
        assert!(capture.stats().rendered_blocks >= 590, "{:?}", capture.stats());
    }

    #[test]
    fn whoever_does_not_capture_stops_nobody_from_playing() {
        let (out, played) = played();
        for number in 0..10 * PLAYED_MAX {
            out.tell(&block(&[0.0; 480], number));
        }
        assert_eq!(played.0.try_iter().count(), PLAYED_MAX);
        drop(played);
        out.tell(&block(&[0.0; 480], 0));
    }
}
