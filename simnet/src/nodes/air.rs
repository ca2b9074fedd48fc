//! A station of a shared medium, and the queue before it.

use crate::net::{MediumId, Station};
use crate::nodes::{DropReason, Node, NodeCx};
use crate::packet::Packet;
use crate::queues::{Queue, QueueCx};

/// Sends over a medium that other stations use, too.
pub struct Air {
    medium: MediumId,
    queue: Box<dyn Queue>,
    sending: Option<(Box<Packet>, bool)>,
    /// The medium knows that it has something to send.
    waits: bool,
}

impl Air {
    /// A station with nothing to send.
    pub fn new(medium: MediumId, queue: impl Queue) -> Self {
        Air::boxed(medium, Box::new(queue))
    }

    pub(crate) fn boxed(medium: MediumId, queue: Box<dyn Queue>) -> Self {
        Air { medium, queue, sending: None, waits: false }
    }

    /// The medium has chosen this station.
    fn transmit(&mut self, cx: &mut NodeCx<'_>) {
        let rate = cx.medium(self.medium).capacity();
        match self.queue.pop(&mut QueueCx { rate, node: cx }) {
            Some(mut packet) => {
                let now = cx.now();
                packet.end_to_wait(now);
                let airtime = cx.medium(self.medium).send(packet.wire_bytes(), now);
                packet.set_sending(airtime.until.since(now));
                cx.wake_at(airtime.until);
                self.sending = Some((packet, airtime.success));
            }
            // The queue dropped what it had.
            None => self.release(cx),
        }
    }

    fn release(&mut self, cx: &mut NodeCx<'_>) {
        let (station, now) = (Station { link: cx.link, stage: cx.stage }, cx.now());
        self.waits = self.queue.packets() > 0;
        let next = cx.medium(self.medium).done(station, self.waits, now);
        cx.wake_station(next);
    }
}

impl Node for Air {
    fn accept(&mut self, mut packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        packet.begin_to_wait(cx.now());
        let rate = cx.medium(self.medium).capacity();
        self.queue.push(packet, &mut QueueCx { rate, node: cx });
        if !self.waits && self.queue.packets() > 0 {
            self.waits = true;
            let (station, now) = (Station { link: cx.link, stage: cx.stage }, cx.now());
            let next = cx.medium(self.medium).join(station, now);
            cx.wake_station(next);
        }
    }

    fn wake(&mut self, cx: &mut NodeCx<'_>) {
        match self.sending.take() {
            None => self.transmit(cx),
            Some((packet, success)) => {
                if success {
                    cx.pass(packet);
                } else {
                    cx.drop(packet, DropReason::Loss);
                }
                self.release(cx);
            }
        }
    }

    fn backlog(&self) -> u64 {
        self.queue.bytes()
    }
}
