//! All channels of one end of a flow.
//!
//! 1. The end that sends media asks for all channels; at the other one they open by their labels.
//! 2. Who begins a channel's traffic writes when it is time, or when less waits than before.
//! 3. What arrives is measured, or answered.

use lapwing_engine::{ChannelId, Event, Rtc};

use super::line::Line;
use crate::scenario::{ChannelDirection, ChannelKind, ChannelTraffic};
use crate::time::Time;

/// The channels of one end.
#[derive(Debug, Default)]
pub(crate) struct ChannelEnd {
    lines: Vec<Line>,
    side: Side,
}

/// Who asks for channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    /// This end, and it did not yet.
    ToAsk,
    /// This end.
    Asked,
    /// The other one.
    #[default]
    Hears,
}

impl ChannelEnd {
    /// The channels of a flow that lives between these times.
    pub(crate) fn new<'t>(
        traffic: impl Iterator<Item = &'t ChannelTraffic> + Clone,
        is_sender: bool,
        times: (Time, Time),
    ) -> Self {
        let begins = |traffic: &&ChannelTraffic| {
            is_sender == (traffic.direction == ChannelDirection::WithFlow)
                && matches!(traffic.kind, ChannelKind::Bulk { .. })
        };
        let bulks: u64 = traffic.clone().filter(begins).map(|traffic| traffic.count).sum();
        let lines = traffic.flat_map(|traffic| {
            let line = move |number| Line::new(traffic, number, is_sender, bulks as usize, times);
            (0..traffic.count).map(line)
        });
        let side = if is_sender { Side::ToAsk } else { Side::Hears };
        ChannelEnd { lines: lines.collect(), side }
    }

    /// Its channels, in the order of the scenario.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// There are channels that the engine was not asked for yet.
    pub(crate) fn are_to_be_asked_for(&self) -> bool {
        self.side == Side::ToAsk && !self.lines.is_empty()
    }

    /// Asks for all channels.
    pub(crate) fn ask(&mut self, rtc: &mut Rtc) {
        self.side = Side::Asked;
        for line in &mut self.lines {
            line.id = rtc.create_channel(line.config()).ok();
        }
    }

    /// When there is something to do.
    pub(crate) fn due(&self) -> Option<Time> {
        self.lines.iter().filter_map(|line| line.next).min()
    }

    /// Does what is due.
    pub(crate) fn proceed(&mut self, rtc: &mut Rtc, now: Time) {
        for line in self.lines.iter_mut().filter(|line| line.next.is_some_and(|at| at <= now)) {
            line.proceed(rtc, now);
        }
    }

    /// The engine said something.
    pub(crate) fn event(&mut self, event: &Event, rtc: &mut Rtc, now: Time) {
        match event {
            Event::ChannelOpened(opened) => {
                if let Some(line) = self.lines.iter_mut().find(|line| line.label == opened.label) {
                    line.opened(opened.id, rtc, now);
                }
            }
            Event::ChannelMessage(message) => {
                if let Some(line) = self.line(message.id) {
                    line.arrived(&message.data, now);
                }
            }
            Event::ChannelBufferedAmountLow(id) => {
                if let Some(line) = self.line(*id) {
                    line.is_low(now);
                }
            }
            Event::ChannelClosed(id) => {
                if let Some(line) = self.line(*id) {
                    line.closed();
                }
            }
            Event::Closed(_) => self.lines.iter_mut().for_each(Line::closed),
            _ => {}
        }
    }

    fn line(&mut self, id: ChannelId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.id == Some(id))
    }
}
