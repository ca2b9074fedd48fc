//! How channels close (RFC 8831 section 6.7):
//!
//! 1. Whoever closes one delivers what it has, then resets its stream.
//! 2. The other hears of it, delivers what it has, and resets its own.
//! 3. When both are reset the stream is free. Each side resets it once in a life of the stream.

use super::Association;
use super::table::Phase;
use crate::sctp::event::{ChannelNumber, Event};
use crate::sctp::streams::{Incoming, NextLife, Outgoing, User};

impl Association {
    pub(super) fn close_channel(&mut self, number: ChannelNumber) {
        let Some(channel) = self.channels.get_mut(number) else { return };
        match channel.phase {
            Phase::Waiting => {
                self.drop_channel(number);
                return;
            }
            Phase::Closing => return,
            Phase::Announced | Phase::Open => channel.phase = Phase::Closing,
        }
        let stream = number.stream();
        self.leave(stream);
        self.reset_when_drained(stream);
    }

    /// A stream is to be reset when the peer has all of it.
    pub(super) fn reset_when_drained(&mut self, stream: u16) {
        if let Some(slot) = self.streams.get_mut(stream)
            && slot.outgoing == Outgoing::Open
        {
            slot.outgoing = Outgoing::Draining;
            self.draining.insert(stream);
            self.await_drained(stream);
            self.is_urgent = true;
        }
    }

    /// A stream of which nothing waits any more is looked at when its last number is acknowledged.
    pub(super) fn await_drained(&mut self, stream: u16) {
        let Some(transfer) = &self.transfer else { return };
        if let Some(last) = transfer.outgoing().last_of(stream)
            && self.draining.remove(&stream)
        {
            self.drained.insert((last, stream));
        }
    }

    /// A channel that the peer never heard of goes.
    pub(super) fn drop_channel(&mut self, number: ChannelNumber) {
        if self.channels.remove(number) {
            self.streams.remove(number.stream());
            self.tell(Event::Closed(number));
        }
    }

    /// Queues the reset of a stream when the peer has all of it.
    pub(super) fn drain(&mut self, stream: u16) {
        let (Some(transfer), Some(slot)) = (&mut self.transfer, self.streams.get_mut(stream))
        else {
            return;
        };
        // Else it was of the stream's life before.
        let is_over = transfer.outgoing().is_stream_acknowledged(stream);
        if slot.outgoing != Outgoing::Draining || !is_over {
            return;
        }
        if transfer.peer().resets {
            slot.outgoing = Outgoing::Queued;
            self.resets.queue(stream);
        } else {
            slot.outgoing = Outgoing::Unknown;
            self.vacate(stream);
        }
    }

    /// Requests to reset these streams went out.
    pub(super) fn on_requested(&mut self, streams: &[u16]) {
        for stream in streams {
            if let Some(slot) = self.streams.get_mut(*stream)
                && slot.outgoing == Outgoing::Queued
            {
                slot.outgoing = Outgoing::Requested;
            }
        }
    }

    /// The peer begins these streams of ours anew.
    pub(super) fn on_reset(&mut self, streams: &[u16]) {
        for stream in streams {
            let Some(slot) = self.streams.get_mut(*stream) else { continue };
            // Else it is of the stream's next life.
            if slot.outgoing == Outgoing::Requested {
                slot.outgoing = Outgoing::Reset;
                if slot.incoming == Incoming::Reset {
                    self.release(*stream);
                }
            }
        }
    }

    /// The peer did not reset these streams of ours: nobody can use them again.
    pub(super) fn on_reset_refused(&mut self, streams: &[u16]) {
        for stream in streams {
            let Some(slot) = self.streams.get_mut(*stream) else { continue };
            if slot.outgoing == Outgoing::Requested {
                slot.outgoing = Outgoing::Unknown;
                self.vacate(*stream);
            }
        }
    }

    /// The peer reset its side of a stream, and all that it sent before was delivered. What we have
    /// not begun to send it would not hear; the rest is delivered before our side is reset as well,
    /// unless it was.
    pub(super) fn on_finished(&mut self, stream: u16) {
        let Some(slot) = self.streams.get_mut(stream) else { return };
        if slot.incoming == Incoming::Reset {
            slot.after = NextLife::Reset;
            return;
        }
        slot.incoming = Incoming::Reset;
        let (outgoing, number) = (slot.outgoing, slot.channel());
        match number.and_then(|number| self.channels.get_mut(number)) {
            Some(channel) => channel.phase = Phase::Closing,
            None => self.streams.abandon(stream),
        }
        if let Some(transfer) = &mut self.transfer {
            transfer.sender().give_up_open(stream, self.now);
            transfer.sender().discard(stream);
        }
        match outgoing {
            Outgoing::Open => self.reset_when_drained(stream),
            Outgoing::Reset => self.release(stream),
            _ => {}
        }
    }

    /// Whether what comes on this stream is of its next life. When the peer has begun that with our
    /// reset still unanswered, then the answer was lost, and this life is over.
    pub(super) fn is_of_the_next_life(&mut self, stream: u16) -> bool {
        let Some(slot) = self.streams.get(stream) else { return false };
        if slot.incoming == Incoming::Reset && slot.outgoing == Outgoing::Requested {
            self.release(stream);
        }
        self.streams.get(stream).is_some_and(|slot| slot.incoming != Incoming::Open)
    }

    /// Both sides have reset the stream: its channel is closed, and it is free.
    fn release(&mut self, stream: u16) {
        self.vacate(stream);
        let Some(slot) = self.streams.remove(stream) else { return };
        if let Some(transfer) = &mut self.transfer {
            transfer.sender().forget(stream);
        }
        self.draining.remove(&stream);
        slot.next.into_iter().for_each(|message| self.deliver(message));
        match slot.after {
            NextLife::Open => {}
            NextLife::Refused => {
                self.streams.note(stream);
                self.refuse(stream);
            }
            NextLife::Reset => self.on_finished(stream),
        }
    }

    /// The channel of a stream is closed.
    fn vacate(&mut self, stream: u16) {
        let Some(number) = self.streams.get(stream).and_then(|slot| slot.channel()) else { return };
        if let Some(slot) = self.streams.get_mut(stream) {
            slot.user = User::Nobody;
        }
        if self.channels.remove(number) {
            self.tell(Event::Closed(number));
        }
    }
}
