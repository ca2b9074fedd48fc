//! The round trip of a data channel: a number goes out and comes back.

use std::time::{Duration, Instant};

/// How often it is measured.
const EVERY: Duration = Duration::from_secs(1);

/// What is not back by then is given up.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Measures one channel, one message at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct EchoMeter {
    number: u64,
    sent: Option<Instant>,
    next: Option<Instant>,
}

impl EchoMeter {
    /// The channel opened.
    pub(super) fn start(&mut self, now: Instant) {
        *self = EchoMeter { number: self.number, sent: None, next: Some(now) };
    }

    /// The channel closed.
    pub(super) fn stop(&mut self) {
        (self.sent, self.next) = (None, None);
    }

    /// When [`Self::message`] has something to say.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// What is to be sent now, if anything.
    pub(super) fn message(&mut self, now: Instant) -> Option<String> {
        let due = self.next.is_some_and(|next| next <= now);
        let busy = self.sent.is_some_and(|sent| now < sent + TIME_MAX);
        if !due {
            return None;
        }
        self.next = Some(now + EVERY);
        if busy {
            return None;
        }
        self.number += 1;
        self.sent = Some(now);
        Some(self.number.to_string())
    }

    /// A message came back: the time it took, if it is the one that is under way.
    pub(super) fn on_message(&mut self, text: &[u8], now: Instant) -> Option<Duration> {
        if text != self.number.to_string().as_bytes() {
            return None;
        }
        Some(now.saturating_duration_since(self.sent.take()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_every_second() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let mut meter = EchoMeter::default();
        assert_eq!(meter.message(start), None);
        meter.start(start);
        assert_eq!(meter.message(start).as_deref(), Some("1"));
        assert_eq!(meter.message(start), None);
        assert_eq!(meter.on_message(b"2", start + ms(5)), None);
        assert_eq!(meter.on_message(b"1", start + ms(5)), Some(ms(5)));
        assert_eq!(meter.on_message(b"1", start + ms(6)), None);
        assert_eq!(meter.message(start + ms(1000)).as_deref(), Some("2"));
        assert_eq!(meter.message(start + ms(2000)), None, "the second is under way");
        assert_eq!(meter.message(start + ms(11_500)).as_deref(), Some("3"), "and given up");
        meter.stop();
        assert_eq!(meter.next(), None);
    }
}
