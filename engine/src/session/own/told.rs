//! What packets and reports of a stream tell of its frames beside their bytes.
//!
//! 1. `abs-capture-time` comes with some frames: others are as far from the last of them as their
//!    RTP timestamps are.
//! 2. Where it did not come for five seconds of media, the latest sender report says it.
//! 3. `playout-delay` holds until it is told anew.

use crate::frame::{CaptureSource, CaptureTime};
use crate::rtcp::NtpTime;
use crate::rtcp::packet::SenderInfo;
use crate::rtp::RtpPacket;
use crate::rtp::extension::{AbsCaptureTime, ExtensionMap, PlayoutDelay};

/// For so many seconds of media the header extension is gone on from.
const HEADER_HOLDS: u32 = 5;

/// A moment on the stream's RTP clock and on a wall clock.
#[derive(Clone, Copy, Debug)]
struct Moment {
    timestamp: u32,
    captured: CaptureTime,
}

/// What was told of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    header: Option<Moment>,
    report: Option<Moment>,
    pub(super) playout_delay: Option<PlayoutDelay>,
}

impl Told {
    /// A packet of the stream came.
    pub(super) fn on_packet(&mut self, packet: &RtpPacket<'_>, extensions: &ExtensionMap) {
        if let Some(told) = extensions.read::<AbsCaptureTime>(packet.elements()) {
            let captured = match told.clock_offset {
                Some(offset) => CaptureTime {
                    at: NtpTime::from_bits(told.timestamp.wrapping_sub(offset as u64)),
                    source: CaptureSource::HeaderExtension,
                },
                None => CaptureTime {
                    at: NtpTime::from_bits(told.timestamp),
                    source: CaptureSource::Capturer,
                },
            };
            self.header = Some(Moment { timestamp: packet.timestamp(), captured });
        }
        if let Some(told) = extensions.read(packet.elements()) {
            self.playout_delay = Some(told);
        }
    }

    /// A sender report of the stream came.
    pub(super) fn on_sender_report(&mut self, info: &SenderInfo) {
        // Senders without a clock say zero (RFC 3550 section 6.4.1).
        if info.ntp.bits() != 0 {
            let captured = CaptureTime { at: info.ntp, source: CaptureSource::SenderReport };
            self.report = Some(Moment { timestamp: info.rtp_timestamp, captured });
        }
    }

    /// When a frame of this timestamp was captured, on a clock of `rate` ticks per second.
    pub(super) fn captured(&self, time: u64, rate: u32) -> Option<CaptureTime> {
        let timestamp = time as u32;
        let holds = |moment: &Moment| {
            let distance = timestamp.wrapping_sub(moment.timestamp).cast_signed();
            distance.unsigned_abs() / HEADER_HOLDS <= rate
        };
        let moment = self.header.filter(holds).or(self.report)?;
        let ahead = timestamp.wrapping_sub(moment.timestamp).cast_signed();
        let span = (i128::from(ahead) << 32) / i128::from(rate.max(1));
        let at = moment.captured.at.bits().wrapping_add_signed(span as i64);
        Some(CaptureTime { at: NtpTime::from_bits(at), ..moment.captured })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn report(unix_ms: u64, rtp_timestamp: u32) -> SenderInfo {
        let ntp = NtpTime::from_unix(Duration::from_millis(unix_ms));
        SenderInfo { ntp, rtp_timestamp, packet_count: 0, octet_count: 0 }
    }

    fn told_ms(told: &Told, time: u64) -> Option<u128> {
        // Half a microsecond, as fractions are rounded down.
        let half = Duration::from_nanos(500);
        told.captured(time, 90_000).map(|it| (it.at.as_unix() + half).as_millis())
    }

    #[test]
    fn a_report_says_it_for_frames_before_and_after_also_across_a_wrap() {
        let mut told = Told::default();
        assert_eq!(told.captured(0, 90_000), None);
        told.on_sender_report(&report(0, 7));
        assert_eq!(told_ms(&told, 7), Some(0), "a sender at the begin of 1970 has a clock");
        told.on_sender_report(&report(1_700_000_000_000, 45_000));
        assert_eq!(told_ms(&told, 90_000), Some(1_700_000_000_500));
        assert_eq!(told_ms(&told, (1 << 32) - 45_000), Some(1_699_999_999_000));
        let without = SenderInfo { ntp: NtpTime::from_bits(0), ..report(0, 99) };
        told.on_sender_report(&without);
        assert_eq!(told_ms(&told, 90_000), Some(1_700_000_000_500));
    }

    #[test]
    fn whatever_clock_is_told_no_time_overflows() {
        let mut told = Told::default();
        let last = SenderInfo { ntp: NtpTime::from_bits(u64::MAX), ..report(0, 0) };
        told.on_sender_report(&last);
        for (time, rate) in [(0, 0), (u64::MAX, 1), (1 << 31, 1), (u64::from(u32::MAX), 0)] {
            assert!(told.captured(time, rate).is_some());
        }
    }
}
