//! The last words of an engine, for whoever keeps them.

use std::collections::VecDeque;

use lapwing_engine::Event;

use crate::capture::EventLine;
use crate::time::Time;

/// Lines kept: many times what an engine says in a step of a run.
const LINES_MAX: usize = 256;

/// The last that an engine said; what came before is forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail {
    host: String,
    lines: VecDeque<EventLine>,
    count: u64,
}

impl Tail {
    /// Of the engine on this host.
    pub(crate) fn of(host: String) -> Self {
        Tail { host, ..Tail::default() }
    }

    /// The engine said something.
    pub(crate) fn note(&mut self, at: Time, event: &Event) {
        let Some(line) = EventLine::of_engine(at, &self.host, event) else {
            return;
        };
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
        self.count += 1;
    }

    /// Lines so far, forgotten ones included.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The lines from that number on, as far as they are kept.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = &EventLine> {
        let wanted = usize::try_from(self.count.saturating_sub(number)).unwrap_or(usize::MAX);
        self.lines.iter().skip(self.lines.len().saturating_sub(wanted))
    }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::Bitrate;

    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let mut tail = Tail::of("a".to_owned());
        for number in 0..300 {
            tail.note(Time::from_millis(number), &Event::BandwidthEstimated(Bitrate::bps(number)));
        }
        assert_eq!((tail.count(), tail.since(0).count()), (300, LINES_MAX));
        let last: Vec<&str> = tail.since(298).map(|line| line.detail.as_str()).collect();
        assert_eq!(last, ["298", "299"]);
        assert_eq!(tail.since(300).count() + tail.since(999).count(), 0);
    }
}
