//! The thread that hears.

use std::thread;
use std::time::{Duration, Instant};

use alsa::Direction;
use lapwing_engine::MediaTime;
use lapwing_media::Samples;

use super::pcm::{Opened, end_reason, is_interruption, open};
use crate::device::AudioMode;
use crate::error::{DeviceError, EndReason};
use crate::worker::Outbox;

/// Pieces a second: 10 ms each, what is processed at once.
const PIECES_PER_SECOND: u32 = 100;
/// How long to wait for sound before looking whether to stop.
const PATIENCE_MS: u32 = 100;
/// A device that is so much ahead of the clock has none: one of ALSA's that are files. It is held
/// back, as everybody behind it counts on the pace of a device.
const AHEAD_MAX: Duration = Duration::from_millis(200);

pub(super) struct Capture {
    opened: Opened,
}

impl Capture {
    pub(super) fn open(name: &str, mode: AudioMode) -> Result<Self, DeviceError> {
        let opened = open(name, Direction::Capture, (mode.rate, mode.channels))?;
        Ok(Capture { opened })
    }

    /// Hears until it is stopped, or the device is gone.
    pub(super) fn run(self, outbox: &Outbox<Samples>) -> EndReason {
        let Opened { pcm, rate, channels } = &self.opened;
        let channels_count = usize::from(*channels);
        let io = match pcm.io_i16() {
            Ok(io) => io,
            Err(error) => return end_reason(error),
        };
        let start = Instant::now();
        // Samples per channel so far, those that were lost too: the clock of what is heard.
        let mut heard = 0_u64;
        let mut piece = vec![0_i16; (rate / PIECES_PER_SECOND) as usize * channels_count];
        if let Err(error) = pcm.start() {
            return end_reason(error);
        }
        while !outbox.is_stopped() {
            let read = match pcm.wait(Some(PATIENCE_MS)) {
                Ok(false) => continue,
                Ok(true) => io.readi(&mut piece),
                Err(error) => Err(error),
            };
            match read {
                Ok(0) => return EndReason::Finished,
                Ok(frames) => {
                    let time = MediaTime::new(heard, *rate);
                    let data = &piece[..frames * channels_count];
                    let Ok(samples) = Samples::from_i16(data, *rate, *channels, time) else {
                        let what = format!("sound of {rate} Hz on {channels} channels");
                        return EndReason::Failed(DeviceError::Unsupported(what));
                    };
                    outbox.push(samples);
                    heard += frames as u64;
                }
                Err(error) if is_interruption(error) => {
                    outbox.count_dropped(1);
                    if let Err(error) = pcm.prepare().and_then(|()| pcm.start()) {
                        return end_reason(error);
                    }
                    // What was lost took its time.
                    heard = heard.max(MediaTime::from_duration(start.elapsed(), *rate).ticks());
                }
                Err(error) => return end_reason(error),
            }
            let ahead = MediaTime::new(heard, *rate).as_duration().saturating_sub(start.elapsed());
            thread::sleep(ahead.saturating_sub(AHEAD_MAX));
        }
        EndReason::Stopped
    }
}
