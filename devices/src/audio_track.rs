//! The sound of a track.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use lapwing_media::files::FileError;
use lapwing_media::processing::{Processor, ProcessorSettings};
use lapwing_media::sources::AudioSource;
use lapwing_media::{Polled, Resampler, Samples, Source};

use crate::constraints::Settings;
use crate::echo::Ear;
use crate::error::EndReason;
use crate::hub::Hub;
use crate::member::Member;
use crate::video_track::is_fault;

/// Reads the sound of a track, as `MediaStreamTrackProcessor` does in a browser: processed as the
/// track's settings say, silent while it is disabled or muted. It ends with the track.
///
/// Rate and number of channels stay as they were when it was made; other settings take effect at
/// once. It keeps the device open, as a [`VideoTrackSource`](crate::VideoTrackSource) does.
pub struct AudioTrackSource {
    member: Arc<Member>,
    hub: Arc<Hub<Samples>>,
    tap: u64,
    rate: u32,
    channels: u8,
    processor: Option<Processor>,
    resampler: Option<(u32, Resampler)>,
    /// What is played meanwhile, while echo is taken out.
    ear: Option<Ear>,
    fault: Option<FileError>,
}

impl AudioTrackSource {
    pub(crate) fn new(member: Arc<Member>, hub: Arc<Hub<Samples>>) -> Self {
        let settings = member.settings();
        let channels = settings.channel_count.and_then(|count| u8::try_from(count).ok());
        AudioTrackSource {
            tap: hub.tap(),
            rate: settings.sample_rate.unwrap_or(48_000),
            channels: channels.unwrap_or(1),
            member,
            hub,
            processor: None,
            resampler: None,
            ear: None,
            fault: None,
        }
    }

    /// Pieces of sound that were dropped because nobody took them in time.
    pub fn dropped(&self) -> u64 {
        self.hub.dropped(self.tap)
    }

    /// Sound of the device, on its way to what the track gives. `None` where a library refuses a
    /// format, which is checked before a device opens.
    fn prepare(&mut self, heard: &Samples) -> Option<Samples> {
        let heard = self.process(heard)?;
        let heard = heard.to_channels(self.channels);
        let from = heard.rate();
        if from == self.rate {
            self.resampler = None;
            return Some(heard);
        }
        if self.resampler.as_ref().is_none_or(|(rate, _)| *rate != from) {
            self.resampler = Some((from, Resampler::new(from, self.rate, self.channels).ok()?));
        }
        let (_, resampler) = self.resampler.as_mut()?;
        resampler.push(&heard).ok()
    }

    fn process(&mut self, heard: &Samples) -> Option<Samples> {
        let wanted = processing(&self.member.settings());
        if wanted == ProcessorSettings::NONE {
            (self.processor, self.ear) = (None, None);
            return Some(heard.clone());
        }
        let processor = self.processor.get_or_insert_with(|| Processor::new(wanted));
        processor.set(wanted);
        if wanted.echo_cancellation {
            let ear = self.ear.get_or_insert_with(|| self.member.echo.listen());
            for played in ear.take() {
                processor.render(&played).ok()?;
            }
        } else {
            self.ear = None;
        }
        processor.capture(heard).ok()
    }

    fn end(&mut self) -> Polled<Samples> {
        self.fault = self.member.ended().filter(is_fault).map(|reason| reason.to_fault());
        Polled::Empty
    }
}

fn processing(settings: &Settings) -> ProcessorSettings {
    let is_on = |setting: Option<bool>| setting == Some(true);
    let wanted = ProcessorSettings {
        echo_cancellation: is_on(settings.echo_cancellation),
        noise_suppression: is_on(settings.noise_suppression),
        auto_gain_control: is_on(settings.auto_gain_control),
        high_pass: false,
    };
    // Hum is no speech: whoever wants anything done wants it gone.
    ProcessorSettings { high_pass: wanted != ProcessorSettings::NONE, ..wanted }
}

impl Source for AudioTrackSource {
    type Output = Samples;

    fn poll(&mut self, now: Instant) -> Polled<Samples> {
        loop {
            if self.member.ended() == Some(EndReason::Stopped) {
                return self.end();
            }
            match self.hub.pull(self.tap, now) {
                Polled::Item(heard) => {
                    let Some(mut sound) = self.prepare(&heard) else { continue };
                    if sound.frames() == 0 {
                        continue;
                    }
                    if !self.member.is_enabled() || self.hub.is_muted() {
                        sound.data_mut().fill(0.0);
                    }
                    return Polled::Item(sound);
                }
                Polled::Wait(at) => return Polled::Wait(at),
                Polled::Empty => return self.end(),
            }
        }
    }
}

impl AudioSource for AudioTrackSource {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn channels(&self) -> u8 {
        self.channels
    }

    fn fault(&self) -> Option<&FileError> {
        self.fault.as_ref()
    }
}

impl Drop for AudioTrackSource {
    fn drop(&mut self) {
        self.hub.remove_tap(self.tap);
    }
}

impl fmt::Debug for AudioTrackSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioTrackSource").field("track", &self.member.id).finish_non_exhaustive()
    }
}
