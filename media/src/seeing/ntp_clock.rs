//! A sender's media clock against its wall clock, from pairs of both.

use lapwing_engine::MediaTime;
use lapwing_engine::rtcp::NtpTime;

use super::settings::micros;

/// What is known of one stream's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SenderClock {
    /// A moment on both, media time first, in microseconds.
    pair: Option<(i64, i64)>,
    /// What was played last: timestamps of reports are near it.
    near: Option<MediaTime>,
    /// A report that came before anything was played.
    early: Option<(NtpTime, u32, u32)>,
}

impl SenderClock {
    /// A sender report (RFC 3550 section 6.4.1), whose timestamp is on a clock of this rate.
    pub(super) fn report(&mut self, ntp: NtpTime, timestamp: u32, rate: u32) {
        match self.near {
            Some(near) => self.pair(extend(timestamp, near.rebase(rate.max(1))), ntp),
            None => self.early = Some((ntp, timestamp, rate)),
        }
    }

    /// A moment on both clocks.
    pub(super) fn pair(&mut self, time: MediaTime, ntp: NtpTime) {
        self.pair = Some((micros(time.as_duration()), micros(ntp.as_unix())));
    }

    /// Something of this media time is played.
    pub(super) fn near(&mut self, time: MediaTime) {
        self.near = Some(time);
        if let Some((ntp, timestamp, rate)) = self.early.take() {
            self.report(ntp, timestamp, rate);
        }
    }

    /// When media of this time were captured, on the sender's wall clock in microseconds.
    pub(super) fn captured(&self, time: MediaTime) -> Option<i64> {
        let (media, ntp) = self.pair?;
        Some(ntp + (micros(time.as_duration()) - media))
    }
}

/// The moment with these 32 bits that is nearest to another.
fn extend(timestamp: u32, near: MediaTime) -> MediaTime {
    let ahead = timestamp.wrapping_sub(near.ticks() as u32).cast_signed();
    let ticks = near.ticks().checked_add_signed(i64::from(ahead));
    MediaTime::new(ticks.unwrap_or(u64::from(timestamp)), near.rate())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_report_is_near_what_is_played_also_across_a_wrap() {
        let rate = MediaTime::VIDEO_RATE;
        let near = MediaTime::new((1 << 32) + 90, rate);
        assert_eq!(extend(180, near).ticks(), (1 << 32) + 180);
        assert_eq!(extend(u32::MAX, near).ticks(), u64::from(u32::MAX));
        let mut clock = SenderClock::default();
        let noon = NtpTime::from_unix(Duration::from_secs(1_700_000_000));
        clock.report(noon, u32::MAX, rate);
        assert_eq!(clock.captured(near), None);
        clock.near(near);
        let captured = clock.captured(MediaTime::new(u64::from(u32::MAX) + 90_000, rate)).unwrap();
        assert!((captured - 1_700_000_001_000_000).abs() <= 1, "{captured}");
    }
}
