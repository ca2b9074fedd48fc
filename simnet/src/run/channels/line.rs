//! One channel at one end of a flow.

use std::collections::VecDeque;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, ChannelId, Rtc};

use super::meter::Meter;
use super::writing::{Written, message, write};
use crate::run::Stamp;
use crate::scenario::{ChannelDirection, ChannelKind, ChannelTraffic};
use crate::time::Time;

/// What all bulk transfers of an end keep waiting in the engine together: enough for a burst of a
/// fast path, and half of what the engine takes, so that others find room.
const WATER: usize = 512 << 10;
/// No transfer keeps more than this.
const WATER_ONE: usize = 256 << 10;
/// After the engine had no room.
const AGAIN_AFTER: Duration = Duration::from_millis(10);
/// Answers that wait to be written: whoever asks has one open question.
const ANSWERS_MAX: usize = 16;

/// One channel at one end.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) traffic: ChannelTraffic,
    pub(super) id: Option<ChannelId>,
    /// When its traffic begins and ends, by the flow's times too.
    start: Time,
    pub(crate) end: Time,
    part: Part,
    /// When there is something to do; `None` until something happens.
    pub(super) next: Option<Time>,
    /// Messages that the engine took.
    pub(crate) written: u64,
    /// Messages that it had no room for, and that were given up.
    pub(crate) refused: u64,
    pub(crate) meter: Meter,
}

/// What an end does with a channel.
#[derive(Debug)]
enum Part {
    /// Keeps so many bytes waiting.
    Bulk { water: usize, left: Option<u64> },
    /// Writes at times.
    Ticks,
    /// Asks, and waits for the answer.
    Asks,
    /// Answers these.
    Answers(VecDeque<Stamp>),
    /// Measures what arrives.
    Takes,
}

impl Line {
    /// The `number`th channel of some traffic at the end that sends the flow's media, or at the
    /// other one. `bulks` bulk transfers share that end.
    pub(super) fn new(
        traffic: &ChannelTraffic,
        number: u64,
        is_sender: bool,
        bulks: usize,
        (start, end): (Time, Time),
    ) -> Self {
        let begins = is_sender == (traffic.direction == ChannelDirection::WithFlow);
        let part = match (traffic.kind, begins) {
            (ChannelKind::Bulk { file_bytes, .. }, true) => {
                let water = (WATER / bulks.max(1)).clamp(1, WATER_ONE);
                Part::Bulk { water, left: file_bytes }
            }
            (ChannelKind::GameState { .. }, true) => Part::Ticks,
            (ChannelKind::RequestResponse { .. }, true) => Part::Asks,
            (ChannelKind::RequestResponse { .. }, false) => Part::Answers(VecDeque::new()),
            (ChannelKind::Bulk { .. } | ChannelKind::GameState { .. }, false) => Part::Takes,
        };
        Line {
            label: format!("{}/{number}", traffic.name),
            traffic: traffic.clone(),
            id: None,
            start: start.max(Time::ZERO + traffic.start),
            end: end.min(Time::ZERO + traffic.end),
            part,
            next: None,
            written: 0,
            refused: 0,
            meter: Meter::default(),
        }
    }

    /// How the engine is to make the channel.
    pub(super) fn config(&self) -> ChannelConfig {
        let ChannelTraffic { ordered, reliability, priority, .. } = self.traffic;
        ChannelConfig { ordered, reliability, priority, ..ChannelConfig::new(self.label.clone()) }
    }

    /// It measures what arrives.
    pub(crate) fn measures(&self) -> bool {
        matches!(self.part, Part::Takes | Part::Asks)
    }

    /// It writes what the traffic consists of.
    pub(crate) fn begins(&self) -> bool {
        matches!(self.part, Part::Bulk { .. } | Part::Ticks | Part::Asks)
    }

    pub(super) fn opened(&mut self, id: ChannelId, rtc: &mut Rtc, now: Time) {
        self.id = Some(id);
        match self.part {
            Part::Bulk { water, .. } => {
                if let Some(mut channel) = rtc.channel(id) {
                    channel.set_buffered_amount_low_threshold(water / 2);
                }
                self.do_at(self.start.max(now));
            }
            Part::Ticks | Part::Asks => self.do_at(self.start.max(now)),
            Part::Answers(_) | Part::Takes => {}
        }
    }

    /// Less waits than before.
    pub(super) fn is_low(&mut self, now: Time) {
        if matches!(self.part, Part::Bulk { .. }) && self.next.is_none() {
            self.do_at(self.start.max(now));
        }
    }

    pub(super) fn closed(&mut self) {
        self.id = None;
        self.next = None;
    }

    pub(super) fn arrived(&mut self, data: &[u8], now: Time) {
        let Some(stamp) = Stamp::read(data) else { return };
        let arrived = (stamp, data.len());
        match (&mut self.part, self.traffic.kind) {
            (Part::Answers(open), _) => {
                if open.len() < ANSWERS_MAX {
                    open.push_back(stamp);
                }
                self.next = Some(now);
            }
            (Part::Asks, ChannelKind::RequestResponse { think, .. }) => {
                self.meter.arrived(arrived, None, self.end, now);
                self.do_at(now + think);
            }
            (_, ChannelKind::Bulk { file_bytes, .. }) => {
                self.meter.arrived(arrived, file_bytes, self.end, now);
            }
            (_, _) => self.meter.arrived(arrived, None, self.end, now),
        }
    }

    /// Something is to be done then, unless it is over by then.
    fn do_at(&mut self, at: Time) {
        self.next = Some(at).filter(|at| *at < self.end);
    }

    /// Does what is due.
    pub(super) fn proceed(&mut self, rtc: &mut Rtc, now: Time) {
        let Some(id) = self.id else { return };
        self.next = None;
        match (&self.part, self.traffic.kind) {
            (Part::Bulk { .. }, ChannelKind::Bulk { message_bytes, .. }) => {
                self.fill(rtc, id, message_bytes, now);
            }
            (Part::Ticks, ChannelKind::GameState { message_bytes, interval }) => {
                match self.write_next(rtc, id, message_bytes, now) {
                    Written::Taken => {}
                    Written::Full => self.refused += 1,
                    Written::Closed => return self.closed(),
                }
                self.do_at(now + interval);
            }
            (Part::Asks, ChannelKind::RequestResponse { request_bytes, .. }) => {
                match self.write_next(rtc, id, request_bytes, now) {
                    Written::Taken => {}
                    Written::Full => self.do_at(now + AGAIN_AFTER),
                    Written::Closed => self.closed(),
                }
            }
            (Part::Answers(_), ChannelKind::RequestResponse { response_bytes, .. }) => {
                self.answer(rtc, id, response_bytes, now);
            }
            _ => {}
        }
    }

    fn write_next(&mut self, rtc: &mut Rtc, id: ChannelId, bytes: usize, now: Time) -> Written {
        let stamp = Stamp { number: self.written, written: now };
        let written = write(rtc, id, &message(stamp, bytes));
        self.written += u64::from(written == Written::Taken);
        written
    }

    /// Writes until enough waits, or all is written.
    fn fill(&mut self, rtc: &mut Rtc, id: ChannelId, message_bytes: usize, now: Time) {
        loop {
            let Part::Bulk { water, left } = self.part else { return };
            let waiting = rtc.channel(id).map_or(0, |mut channel| channel.buffered_amount());
            // The last message is as short as a stamp lets it be.
            let bytes = left.map_or(message_bytes, |left| left.min(message_bytes as u64) as usize);
            if bytes == 0 || waiting >= water {
                return;
            }
            match self.write_next(rtc, id, bytes, now) {
                Written::Taken => {
                    let left = left.map(|left| left - bytes as u64);
                    self.part = Part::Bulk { water, left };
                }
                Written::Full => return self.do_at(now + AGAIN_AFTER),
                Written::Closed => return self.closed(),
            }
        }
    }

    fn answer(&mut self, rtc: &mut Rtc, id: ChannelId, bytes: usize, now: Time) {
        let Part::Answers(open) = &mut self.part else { return };
        while let Some(stamp) = open.front() {
            match write(rtc, id, &message(*stamp, bytes)) {
                Written::Taken => {
                    open.pop_front();
                    self.written += 1;
                }
                Written::Full => return self.do_at(now + AGAIN_AFTER),
                Written::Closed => return self.closed(),
            }
        }
    }
}
