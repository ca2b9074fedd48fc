//! What is due: packets go out, and what they lead to is told.

use std::time::Instant;

use super::{Association, cause};
use crate::sctp::event::{ChannelNumber, EndReason, Event, Output};
use crate::sctp::library::News;
use crate::sctp::teardown::Step;
use crate::sctp::wire::chunk;

impl Association {
    /// Does all that can be done at this time. Called at the end of every call that carries one.
    pub(super) fn pump(&mut self, now: Instant) {
        if self.is_ended {
            return;
        }
        self.is_urgent = false;
        if let Some(reply) = self.handshake.on_timeout(now) {
            self.send(reply.tag, reply.kind, 0, &reply.value);
        }
        self.hear();
        while !self.is_ended && self.transmit(now) {
            self.hear();
        }
        self.settle();
        self.request_resets(now);
        self.tear_down(now);
    }

    /// What the data transfer has to say.
    pub(super) fn hear(&mut self) {
        while let Some(transfer) = &mut self.transfer {
            let news = transfer.news();
            if news.is_empty() {
                return;
            }
            for news in news {
                match news {
                    _ if self.is_ended => return,
                    News::Message(message) => {
                        if let Some(transfer) = &mut self.transfer {
                            transfer.received().delivered(message.stream, message.pieces);
                        }
                        self.deliver(message);
                    }
                    News::Finished(stream) => self.on_finished(stream),
                    News::Lost { no_room: true } => {
                        self.end_with(EndReason::MessageTooLarge, Some(cause::OUT_OF_RESOURCE));
                    }
                    News::Lost { no_room: false } => {
                        self.end_with(EndReason::Violation, Some(cause::PROTOCOL_VIOLATION));
                    }
                }
            }
        }
    }

    /// Sends what the data transfer has to send. True where there may be more.
    fn transmit(&mut self, now: Instant) -> bool {
        let Some(transfer) = &mut self.transfer else { return false };
        let (mut packets, mut withheld) = (Vec::new(), Vec::new());
        let more = transfer.packets(&mut packets, &mut withheld, now);
        self.outputs.extend(packets.into_iter().map(Output::Packet));
        for withheld in withheld {
            if let Some(transfer) = &mut self.transfer {
                transfer.answer(&withheld, now);
            }
            self.on_reciprocal(&withheld.streams);
        }
        more
    }

    /// Looks at what the peer has acknowledged.
    fn settle(&mut self) {
        if self.is_ended {
            return;
        }
        let busy: Vec<u16> = self.busy.iter().copied().collect();
        busy.into_iter().for_each(|stream| self.settle_stream(stream));
        let draining: Vec<u16> = self.draining.iter().copied().collect();
        draining.into_iter().for_each(|stream| self.drain(stream));
    }

    fn settle_stream(&mut self, stream: u16) {
        let Some(transfer) = &mut self.transfer else { return };
        let held = transfer.library().buffered_amount(stream).unwrap_or(0);
        if held == 0 {
            self.busy.remove(&stream);
        }
        let number = self.streams.get(stream).and_then(|slot| slot.channel());
        let Some((number, channel)) =
            number.and_then(|number| Some((number, self.channels.get_mut(&number)?)))
        else {
            return;
        };
        if held == 0 {
            channel.control_bytes = 0;
        }
        let amount = held.saturating_sub(channel.control_bytes);
        self.waiting = self.waiting.saturating_sub(channel.amount) + amount;
        channel.amount = amount;
        if channel.is_above && amount <= channel.low_threshold {
            channel.is_above = false;
            self.tell(Event::Low(ChannelNumber(number)));
        }
    }

    fn request_resets(&mut self, now: Instant) {
        if self.is_ended {
            return;
        }
        let Some(transfer) = &self.transfer else { return };
        let (tag, acknowledged) = (transfer.peer().tag, transfer.sent().acknowledged());
        let interval = transfer.retransmission_timeout();
        if let Some((request, streams)) = self.resets.poll(acknowledged, interval, now) {
            self.send(tag, chunk::RE_CONFIG, 0, &request);
            self.on_requested(&streams);
        }
    }

    fn tear_down(&mut self, now: Instant) {
        if self.is_ended || !self.teardown.has_begun() {
            return;
        }
        let Some(transfer) = &mut self.transfer else { return };
        let is_delivered = self.busy.is_empty() && transfer.sent().is_all_acknowledged();
        let (tag, interval) = (transfer.peer().tag, transfer.retransmission_timeout());
        let cumulative = transfer.received().cumulative().to_be_bytes();
        match self.teardown.poll(is_delivered, interval, now) {
            Some(Step::Send(chunk::SHUTDOWN)) => self.send(tag, chunk::SHUTDOWN, 0, &cumulative),
            Some(Step::Send(kind)) => self.send(tag, kind, 0, &[]),
            Some(Step::End(reason)) => self.end_with(reason, Some(cause::USER_INITIATED)),
            None => {}
        }
    }
}
