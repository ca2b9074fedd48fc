//! A participant's wall clock beside ours: tracks that are forwarded keep their distance in time,
//! however long each was on its way to us.

use std::time::{Duration, Instant};

use lapwing_engine::ReceivedFrame;
use lapwing_engine::rtcp::NtpTime;

/// What is further from its arrival was captured by another clock than before.
const APART_MAX: Duration = Duration::from_secs(5);

/// A moment on both clocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CaptureClock(Option<(NtpTime, Instant)>);

impl CaptureClock {
    /// When a frame was captured, but for the time that one of the first was on its way; when it
    /// arrived as long as its sender does not tell.
    pub(super) fn captured(&mut self, received: &ReceivedFrame) -> Instant {
        let arrived = received.received_at;
        let told = received.facts.captured.filter(|captured| captured.is_senders());
        let Some(at) = told.map(|captured| captured.at) else { return arrived };
        let (zero, here) = *self.0.get_or_insert((at, arrived));
        match after(here, at.bits().wrapping_sub(zero.bits()).cast_signed()) {
            Some(captured) if apart(captured, arrived) <= APART_MAX => captured,
            _ => {
                self.0 = Some((at, arrived));
                arrived
            }
        }
    }
}

/// So many 2^32nds of a second after a moment.
fn after(moment: Instant, units: i64) -> Option<Instant> {
    let nanos = (u128::from(units.unsigned_abs()) * 1_000_000_000) >> 32;
    let span = Duration::from_nanos(u64::try_from(nanos).ok()?);
    match units < 0 {
        true => moment.checked_sub(span),
        false => moment.checked_add(span),
    }
}

fn apart(a: Instant, b: Instant) -> Duration {
    a.saturating_duration_since(b).max(b.saturating_duration_since(a))
}

#[cfg(test)]
mod tests {
    use lapwing_engine::{
        CaptureSource, CaptureTime, Codec, EncodedFrame, FrameFacts, MediaTime, Mid, PayloadType,
    };

    use super::*;

    const NOON: Duration = Duration::from_secs(1_700_000_000);

    /// A frame that arrived then, and was captured so long after noon.
    fn frame(received_at: Instant, captured: Option<Duration>) -> ReceivedFrame {
        let at = |after| NtpTime::from_unix(NOON + after);
        let source = CaptureSource::SenderReport;
        let captured = captured.map(|after| CaptureTime { at: at(after), source });
        ReceivedFrame {
            mid: Mid::new("0").expect("a token"),
            rid: None,
            payload_type: PayloadType(96),
            frame: EncodedFrame {
                codec: Codec::Vp8,
                time: MediaTime::new(0, MediaTime::VIDEO_RATE),
                keyframe: true,
                data: [0].into(),
            },
            received_at,
            contiguous: true,
            audio_level: None,
            packets: None,
            facts: FrameFacts { captured, ..FrameFacts::default() },
            layers: Vec::new(),
        }
    }

    #[test]
    fn what_was_captured_together_stays_together() {
        let (mut clock, start, ms) =
            (CaptureClock::default(), Instant::now(), Duration::from_millis);
        assert_eq!(clock.captured(&frame(start, None)), start);
        let sound = clock.captured(&frame(start + ms(20), Some(ms(1_000))));
        assert_eq!(sound, start + ms(20));
        // A picture of the same moment comes 150 ms later, the next sound in between.
        let next = clock.captured(&frame(start + ms(45), Some(ms(1_020))));
        let picture = clock.captured(&frame(start + ms(170), Some(ms(1_000))));
        assert!(apart(next, sound + ms(20)) < ms(1), "{:?}", next - sound);
        assert_eq!(picture, sound);
    }

    #[test]
    fn a_clock_that_jumps_begins_anew() {
        let (mut clock, start) = (CaptureClock::default(), Instant::now());
        clock.captured(&frame(start, Some(Duration::from_secs(3_600))));
        for hours in [0, 2, 1_000_000] {
            let told = Some(Duration::from_secs(hours * 3_600));
            assert_eq!(clock.captured(&frame(start, told)), start);
        }
    }
}
