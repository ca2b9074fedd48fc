//! The pictures of a track.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_media::files::FileError;
use lapwing_media::sources::VideoSource;
use lapwing_media::{Picture, Polled, Source};

use crate::constraints::ResizeMode;
use crate::error::EndReason;
use crate::fit::{black, crop_and_scale};
use crate::hub::Hub;
use crate::member::Member;
use crate::possible::Mode;

/// Reads the pictures of a track, as `MediaStreamTrackProcessor` does in a browser: in the size and
/// at the pace of the track's settings, black while it is disabled or muted. It ends with the
/// track.
///
/// It keeps the device open: where nobody has the track itself any more, drop this to close it.
pub struct VideoTrackSource {
    member: Arc<Member>,
    hub: Arc<Hub<Picture>>,
    tap: u64,
    /// Media time of the next picture to be given.
    next: Duration,
    fault: Option<FileError>,
}

impl VideoTrackSource {
    pub(crate) fn new(member: Arc<Member>, hub: Arc<Hub<Picture>>) -> Self {
        let tap = hub.tap();
        VideoTrackSource { member, hub, tap, next: Duration::ZERO, fault: None }
    }

    /// Pictures that were dropped because nobody took them in time.
    pub fn dropped(&self) -> u64 {
        self.hub.dropped(self.tap)
    }

    /// Whether the track's pace lets a picture pass.
    fn is_due(&mut self, shown: Duration, rate: f64) -> bool {
        let is_slower = match self.hub.mode() {
            Some(Mode::Video(mode)) => rate < mode.rate() * 0.99,
            _ => false,
        };
        let Ok(interval) = Duration::try_from_secs_f64(1.0 / rate) else { return true };
        // Some tolerance, as devices round their times.
        if is_slower && shown.saturating_add(interval / 4) < self.next {
            return false;
        }
        // In step on average, and without catching up after a pause.
        self.next = self.next.saturating_add(interval).max(shown.saturating_add(interval / 2));
        true
    }

    fn dress(&self, picture: Arc<Picture>, size: (u32, u32), is_scaled: bool) -> Picture {
        let is_other = is_scaled && picture.size() != size;
        let fitted = if is_other { crop_and_scale(&picture, size.0, size.1).ok() } else { None };
        // A single reader takes it without a copy.
        let fitted = fitted.unwrap_or_else(|| Arc::unwrap_or_clone(picture));
        let is_shown = self.member.is_enabled() && !self.hub.is_muted();
        if is_shown { fitted } else { black(&fitted) }
    }

    fn end(&mut self) -> Polled<Picture> {
        self.fault = self.member.ended().filter(is_fault).map(|reason| reason.to_fault());
        Polled::Empty
    }
}

/// Whether a source that ended so ended before its time.
pub(crate) fn is_fault(reason: &EndReason) -> bool {
    !matches!(reason, EndReason::Stopped | EndReason::Finished)
}

impl Source for VideoTrackSource {
    type Output = Picture;

    fn poll(&mut self, now: Instant) -> Polled<Picture> {
        loop {
            if self.member.ended() == Some(EndReason::Stopped) {
                return self.end();
            }
            match self.hub.pull(self.tap, now) {
                Polled::Item(picture) => {
                    let settings = self.member.settings();
                    let rate = settings.frame_rate.unwrap_or(0.0);
                    if self.is_due(picture.time().as_duration(), rate) {
                        let size = settings.width.zip(settings.height).unwrap_or(picture.size());
                        let is_scaled = settings.resize_mode == Some(ResizeMode::CropAndScale);
                        return Polled::Item(self.dress(picture, size, is_scaled));
                    }
                }
                Polled::Wait(at) => return Polled::Wait(at),
                Polled::Empty => return self.end(),
            }
        }
    }
}

impl VideoSource for VideoTrackSource {
    fn size(&self) -> (u32, u32) {
        let settings = self.member.settings();
        settings.width.zip(settings.height).unwrap_or((1, 1))
    }

    fn frame_rate(&self) -> (u32, u32) {
        // Thousandths are enough for rates such as 29.97.
        let rate = self.member.settings().frame_rate.unwrap_or(1.0);
        if rate.fract() == 0.0 { (rate as u32, 1) } else { ((rate * 1_000.0) as u32, 1_000) }
    }

    fn fault(&self) -> Option<&FileError> {
        self.fault.as_ref()
    }
}

impl Drop for VideoTrackSource {
    fn drop(&mut self) {
        self.hub.remove_tap(self.tap);
    }
}

impl fmt::Debug for VideoTrackSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoTrackSource").field("track", &self.member.id).finish_non_exhaustive()
    }
}
