//! What is sent again may be lost too, and a receiver learns of that a round trip later: too late
//! for most of what is seen. So a retransmission leaves a second time, a little later, for losses
//! come together. That costs as many packets as are lost.
//!
//! It waits for a gap between all others, and is left out where the path is so slow that the next
//! picture would be late for it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::paced::Queued;
use super::repeats::waiting;
use super::resent::Repeated;
use super::session::OwnSession;
use super::stream_out::SentPayload;
use crate::feedback::PacketClass;
use crate::ids::Ssrc;

/// How long after the first.
const APART: Duration = Duration::from_millis(10);

/// Where a round trip is shorter, the receiver asks again as soon.
const ROUND_TRIP_MIN: Duration = Duration::from_millis(40);

/// How long it may hold up the path.
const SENDING_MAX: Duration = Duration::from_millis(20);

/// Packets that wait; beyond it none is sent a second time. An outage of a second is repaired by
/// more, and where so much is lost it is not for want of a second packet.
const WAITING_MAX: usize = 64;

/// Packets that were sent again, in the order of their second time.
#[derive(Debug, Default)]
pub(super) struct OnceMore(VecDeque<Waiting>);

#[derive(Debug)]
struct Waiting {
    at: Instant,
    ssrc: Ssrc,
    number: u64,
}

impl OnceMore {
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.front().map(|first| first.at)
    }

    fn take_due(&mut self, now: Instant) -> Option<Waiting> {
        self.0.pop_front_if(|first| first.at <= now)
    }
}

impl OwnSession {
    /// A packet of so many bytes was granted to who asked for it.
    pub(super) fn plan_once_more(&mut self, ssrc: Ssrc, number: u64, bytes: usize) {
        let is_far = self.round_trip().is_some_and(|round_trip| round_trip >= ROUND_TRIP_MIN);
        let is_fast =
            self.path_rate().is_none_or(|rate| rate.bytes_in(SENDING_MAX) >= bytes as u64);
        if is_far && is_fast && self.once_more.0.len() < WAITING_MAX {
            self.once_more.0.push_back(Waiting { at: self.now + APART, ssrc, number });
        }
    }

    /// Sends what is due a second time.
    pub(super) fn send_once_more(&mut self) {
        let now = self.now;
        while let Some(Waiting { ssrc, number, .. }) = self.once_more.take_due(now) {
            let Some(stream) = self.streams_out.by_source(ssrc) else { continue };
            let (Some(rtx), Some(sent)) = (stream.rtx, stream.history.once_more(number, now))
            else {
                continue;
            };
            let Repeated { payload_type, marker, timestamp, payload, beside } =
                Repeated::of(number, sent);
            let sent = SentPayload { payload_type, marker, timestamp, payload, beside };
            let waits = waiting(rtx, number, sent, now);
            self.queue(Queued { class: PacketClass::Padding, ..waits });
        }
    }
}
