//! A sender with a rate, and the queue before it.

use crate::bitrate::RateSchedule;
use crate::nodes::{Node, NodeCx};
use crate::packet::Packet;
use crate::queues::{Queue, QueueCx};

/// Sends one packet after the other; each takes the time that its bits need at the rate of each
/// moment.
pub struct Rate {
    schedule: RateSchedule,
    queue: Box<dyn Queue>,
    sending: Option<Box<Packet>>,
}

impl Rate {
    /// An idle sender.
    pub fn new(schedule: impl Into<RateSchedule>, queue: impl Queue) -> Self {
        Rate::boxed(schedule.into(), Box::new(queue))
    }

    pub(crate) fn boxed(schedule: RateSchedule, queue: Box<dyn Queue>) -> Self {
        Rate { schedule, queue, sending: None }
    }

    /// Changes the rate from the next packet on; the one being sent keeps its time.
    pub fn set_schedule(&mut self, schedule: impl Into<RateSchedule>) {
        self.schedule = schedule.into();
    }

    /// The rate over time.
    pub fn schedule(&self) -> &RateSchedule {
        &self.schedule
    }

    /// The waiting packets.
    pub fn queue(&self) -> &dyn Queue {
        self.queue.as_ref()
    }

    fn send_next(&mut self, cx: &mut NodeCx<'_>) {
        let now = cx.now();
        let mut queue_cx = QueueCx { rate: self.schedule.current(now), node: cx };
        let Some(mut packet) = self.queue.pop(&mut queue_cx) else {
            return;
        };
        packet.end_to_wait(now);
        let done = self.schedule.finish(now, packet.wire_bytes());
        packet.set_sending(done.since(now));
        cx.wake_at(done);
        self.sending = Some(packet);
    }
}

impl Node for Rate {
    fn accept(&mut self, mut packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        packet.begin_to_wait(cx.now());
        let mut queue_cx = QueueCx { rate: self.schedule.current(cx.now()), node: cx };
        self.queue.push(packet, &mut queue_cx);
        if self.sending.is_none() {
            self.send_next(cx);
        }
    }

    fn wake(&mut self, cx: &mut NodeCx<'_>) {
        if let Some(packet) = self.sending.take() {
            cx.pass(packet);
        }
        self.send_next(cx);
    }

    fn backlog(&self) -> u64 {
        self.queue.bytes()
    }
}
