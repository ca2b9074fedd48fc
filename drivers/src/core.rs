//! What every driver of one connection does around its wait: feed, drain, send.

use std::io;
use std::time::Instant;

use lapwing_engine::{Input, ResolveId, SocketReply, SocketRequest};

use crate::counters::Counters;
use crate::events::Events;
use crate::interfaces::Watch;
use crate::machine::Machine;
use crate::network::Network;
use crate::outputs::Outputs;
use crate::resolver::Resolver;
use crate::sockets::{Read, Registrar};
use crate::waker::Waker;

/// Datagrams taken per turn before timers are looked after and events handed back. At 1,200 bytes
/// this is 5 Mbit: a turn stays below some milliseconds.
pub(crate) const DATAGRAMS_PER_TURN: usize = 512;

/// Receive calls per turn, also when they bring nothing: a bound on errors that do not end.
pub(crate) const READS_PER_TURN: usize = 256;

/// Rounds of socket requests per drain. The engine asks once for each address; a round answers all
/// that it asked, and what is left waits for the next turn.
pub(crate) const REQUEST_ROUNDS_MAX: usize = 16;

/// Datagrams that may gather before they are sent.
pub(crate) const OUTBOX_MAX: usize = 64;

/// The parts of a driver that know no runtime.
#[derive(Debug)]
pub(crate) struct Core<R: Registrar> {
    registrar: R,
    pub(crate) network: Network<R, ()>,
    pub(crate) watch: Watch,
    resolver: Resolver<ResolveId>,
    outputs: Outputs,
    wake_at: Instant,
    counters: Counters,
}

impl<R: Registrar> Core<R> {
    pub(crate) fn new(registrar: R, waker: Waker) -> Self {
        let now = Instant::now();
        Core {
            registrar,
            network: Network::new(),
            watch: Watch::new(now),
            resolver: Resolver::new(waker),
            outputs: Outputs::default(),
            wake_at: now,
            counters: Counters::default(),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// Before the wait: carries out what commands since the last turn brought about.
    pub(crate) fn begin(&mut self, rtc: &mut impl Machine, now: Instant) -> io::Result<()> {
        self.feed_interfaces(rtc, now)?;
        self.settle(rtc, now);
        self.flush();
        Ok(())
    }

    /// Until when there is nothing to do unless a socket, a name or a waker says otherwise.
    pub(crate) fn idle_until(&self, now: Instant) -> Instant {
        if !self.outputs.events.is_empty() || self.network.any_ready() {
            return now;
        }
        let others =
            [self.watch.next_poll(), self.resolver.next_deadline(), self.network.next_deadline()];
        others.into_iter().flatten().fold(self.wake_at, Instant::min)
    }

    /// After the wait: takes what came, then looks after timers, and hands back the events.
    pub(crate) fn finish(&mut self, rtc: &mut impl Machine, now: Instant) -> io::Result<Events> {
        self.feed_interfaces(rtc, now)?;
        while let Some((id, addresses)) = self.resolver.poll(now) {
            rtc.handle_input(Input::Resolved { id, addresses: &addresses }, now);
            self.settle(rtc, now);
        }
        let now = self.feed_datagrams(rtc, now);
        let Core { network, outputs, wake_at, .. } = self;
        network.expire(now, |arrival| {
            rtc.handle_input(arrival.input(), now);
            *wake_at = rtc.drain(outputs);
        });
        self.settle(rtc, now);
        if self.wake_at <= now {
            rtc.handle_input(Input::Timeout, now);
            self.settle(rtc, now);
        }
        self.flush();
        Ok(Events::new(std::mem::take(&mut self.outputs.events)))
    }

    fn feed_interfaces(&mut self, rtc: &mut impl Machine, now: Instant) -> io::Result<()> {
        if let Some(list) = self.watch.changed(now)? {
            rtc.handle_input(Input::Interfaces(&list), now);
            self.settle(rtc, now);
        }
        Ok(())
    }

    /// Reads sockets in turn, up to the budget. Gives the time after it.
    fn feed_datagrams(&mut self, rtc: &mut impl Machine, mut now: Instant) -> Instant {
        let mut budget = DATAGRAMS_PER_TURN;
        for _ in 0..READS_PER_TURN {
            let Core { registrar, network, counters, outputs, wake_at, .. } = self;
            let read = network.read(now, registrar, counters, |arrival| {
                rtc.handle_input(arrival.input(), now);
                *wake_at = rtc.drain(outputs);
            });
            match read {
                Read::Some(count) => budget = budget.saturating_sub(count),
                Read::Idle => break,
                Read::Broken(owner, kind) => {
                    if let Some(((), id)) = owner {
                        let failed = SocketReply::Failed { id, fault: kind.into() };
                        rtc.handle_input(Input::Socket(failed), now);
                    }
                }
            }
            self.settle(rtc, now);
            if self.outputs.transmits.len() >= OUTBOX_MAX {
                self.flush();
            }
            now = Instant::now();
            if budget == 0 {
                break;
            }
        }
        now
    }

    /// Drains, and answers what sockets and names are asked for.
    fn settle(&mut self, rtc: &mut impl Machine, now: Instant) {
        self.wake_at = rtc.drain(&mut self.outputs);
        for (id, name) in self.outputs.questions.drain(..) {
            self.resolver.ask(id, name, now);
        }
        for _ in 0..REQUEST_ROUNDS_MAX {
            if self.outputs.requests.is_empty() {
                return;
            }
            for request in std::mem::take(&mut self.outputs.requests) {
                if let Some(reply) = self.serve(request, now) {
                    rtc.handle_input(Input::Socket(reply), now);
                    self.wake_at = rtc.drain(&mut self.outputs);
                }
            }
        }
    }

    fn serve(&mut self, request: SocketRequest, now: Instant) -> Option<SocketReply> {
        if matches!(request, SocketRequest::Close { .. }) {
            // What was said before closing still leaves.
            self.flush();
        }
        self.network.serve((), request, now, &self.registrar)
    }

    fn flush(&mut self) {
        if !self.outputs.transmits.is_empty() {
            self.network.send(&self.outputs.transmits, &mut self.counters);
            self.outputs.on_sent();
        }
    }
}
