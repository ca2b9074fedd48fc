//! A token bucket that drops what comes too fast.

use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::nodes::{DropReason, Node, NodeCx};
use crate::packet::Packet;
use crate::time::Time;

/// Lets packets pass while there are tokens for their bytes; others are dropped, none waits.
#[derive(Debug)]
pub struct Policer {
    rate: Bitrate,
    burst: u64,
    /// When the bucket will be full again, were nothing to come any more.
    full_at: Time,
}

impl Policer {
    /// A full bucket that holds `burst` bytes and fills at `rate`.
    pub fn new(rate: Bitrate, burst: u64) -> Self {
        Policer { rate, burst, full_at: Time::ZERO }
    }
}

impl Node for Policer {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        let refill = |bytes| self.rate.time_for(bytes).unwrap_or(Duration::MAX);
        let full_at = self.full_at.max(cx.now()) + refill(packet.wire_bytes());
        if full_at.since(cx.now()) <= refill(self.burst) && full_at != Time::NEVER {
            self.full_at = full_at;
            cx.pass(packet);
        } else {
            cx.drop(packet, DropReason::Policed);
        }
    }
}
