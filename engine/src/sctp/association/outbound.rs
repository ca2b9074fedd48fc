//! What is due: packets go out, and what they lead to is told.

use std::time::Instant;

use super::{Association, cause};
use crate::sctp::event::{Event, Output};
use crate::sctp::receive::News;
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
        self.answer_waiting();
        while let Some(packet) = self.transfer.as_mut().and_then(|transfer| transfer.poll(now)) {
            self.outputs.push_back(Output::Packet(packet));
        }
        self.settle();
        self.request_resets(now);
        self.tear_down(now);
    }

    /// What the data transfer has to say.
    pub(super) fn hear(&mut self, news: Vec<News>) {
        for news in news {
            match news {
                _ if self.is_ended => return,
                News::Message(message) => self.deliver(message),
                News::Readable(stream) => {
                    if let Some(number) = self.streams.get(stream).and_then(|slot| slot.channel()) {
                        self.tell(Event::Readable(number));
                    }
                }
                News::Finished(stream) => self.on_finished(stream),
            }
        }
    }

    /// A request of the peer's that waited for what was sent before it.
    fn answer_waiting(&mut self) {
        let Some(transfer) = &mut self.transfer else { return };
        let mut news = Vec::new();
        if let Some(answer) = transfer.receiver().due_answer(&mut news) {
            let tag = transfer.peer().tag;
            self.send(tag, chunk::RE_CONFIG, 0, &answer);
            self.hear(news);
        }
    }

    /// Looks at what went out, and at what the peer has acknowledged.
    fn settle(&mut self) {
        if self.is_ended {
            return;
        }
        let Some(transfer) = &mut self.transfer else { return };
        let mut fallen = std::mem::take(&mut self.fallen);
        transfer.sender().take_fallen(&mut fallen);
        for stream in fallen.iter().copied() {
            self.settle_stream(stream);
            self.await_drained(stream);
        }
        self.fallen = fallen;
        self.feed();
        while let Some(transfer) = &self.transfer
            && let Some((last, stream)) = self.drained.first().copied()
            && transfer.outgoing().has_acknowledged(last)
        {
            self.drained.pop_first();
            self.drain(stream);
        }
    }

    fn settle_stream(&mut self, stream: u16) {
        let Some(transfer) = &self.transfer else { return };
        let held = transfer.outgoing().buffered(stream);
        let Some(channel) = self.channels.on_stream(stream) else { return };
        if held == 0 {
            channel.control_bytes = 0;
        }
        channel.amount = held.saturating_sub(channel.control_bytes);
        if channel.is_above && channel.amount <= channel.low_threshold {
            channel.is_above = false;
            let number = channel.number;
            self.tell(Event::Low(number));
        }
    }

    fn request_resets(&mut self, now: Instant) {
        if self.is_ended {
            return;
        }
        let Some(transfer) = &self.transfer else { return };
        let (tag, acknowledged) = (transfer.peer().tag, transfer.outgoing().acknowledged());
        let interval = transfer.outgoing().retransmission_timeout();
        let done = transfer.last_request_done();
        if let Some((request, streams)) = self.resets.poll(done, acknowledged, interval, now) {
            self.send(tag, chunk::RE_CONFIG, 0, &request);
            self.on_requested(&streams);
        }
    }

    fn tear_down(&mut self, now: Instant) {
        if self.is_ended || !self.teardown.has_begun() {
            return;
        }
        let Some(transfer) = &self.transfer else { return };
        let is_delivered = transfer.outgoing().is_idle();
        let (tag, interval) = (transfer.peer().tag, transfer.outgoing().retransmission_timeout());
        let cumulative = transfer.cumulative().to_be_bytes();
        match self.teardown.poll(is_delivered, interval, now) {
            Some(Step::Send(chunk::SHUTDOWN)) => self.send(tag, chunk::SHUTDOWN, 0, &cumulative),
            Some(Step::Send(kind)) => self.send(tag, kind, 0, &[]),
            Some(Step::End(reason)) => self.end_with(reason, Some(cause::USER_INITIATED)),
            None => {}
        }
    }
}
