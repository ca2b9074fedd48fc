//! The link between two ends, and the accounts of what each spends.

use std::time::{Duration, Instant};

use super::peer::{Load, Peer, Version};
use crate::measure::cpu;

/// Virtual time between two items: a thousand of 1,200 bytes in a second are 9.6 Mbit/s.
const SPACING: Duration = Duration::from_millis(1);

/// Virtual time on the way, in each direction.
const DELAY: Duration = Duration::from_millis(1);

/// Rounds in which a batch, or a set-up, must come to rest.
const ROUNDS_MAX: usize = 10_000;

/// What some items cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Processor time at the end that sends, what comes back included.
    pub sender: Duration,
    /// Processor time at the end that receives.
    pub receiver: Duration,
    /// Frames, packets or messages.
    pub items: u64,
    /// Datagrams from the sender to the receiver.
    pub datagrams: u64,
    /// Bytes of them.
    pub bytes: u64,
}

impl Cost {
    /// Nanoseconds per datagram at the sender.
    pub fn sender_ns(&self) -> f64 {
        self.sender.as_nanos() as f64 / self.datagrams.max(1) as f64
    }

    /// Nanoseconds per datagram at the receiver.
    pub fn receiver_ns(&self) -> f64 {
        self.receiver.as_nanos() as f64 / self.datagrams.max(1) as f64
    }
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        self.sender += other.sender;
        self.receiver += other.receiver;
        self.items += other.items;
        self.datagrams += other.datagrams;
        self.bytes += other.bytes;
    }
}

/// What a connection cost until it was ready.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Setup {
    /// Processor time of both ends.
    pub processor: Duration,
    /// Virtual time from the first datagram until the end that called is ready.
    pub elapsed: Duration,
    /// Datagrams in both directions until then.
    pub datagrams: u64,
}

/// Makes two ends and connects them over a path that takes `delay` each way. The processor time
/// includes their making and negotiating. Profilers can tell it by its name.
#[inline(never)]
pub fn setup<P: Peer>(load: Load, version: Version, delay: Duration) -> Setup {
    let (mut pair, made) = cpu(|| Pair::<P>::negotiated(load, version));
    let setup = pair.connect(delay);
    Setup { processor: made + setup.processor, ..setup }
}

/// Datagrams on their way, with the time of sending.
type Flight<P> = Vec<(Instant, <P as Peer>::Packet)>;

/// Two ends of a connection and the link between them.
pub struct Pair<P: Peer> {
    a: End<P>,
    b: End<P>,
    now: Instant,
    number: u64,
}

struct End<P: Peer> {
    peer: P,
    /// The latest moment that it was told. A clock gives no earlier one, whatever the peer asks
    /// for.
    now: Instant,
    wake: Instant,
    outbox: Vec<P::Packet>,
    sent: Flight<P>,
    /// Datagrams that arrived at the other end.
    arrived: Vec<P::Packet>,
}

impl<P: Peer> End<P> {
    fn new(peer: P, now: Instant) -> Self {
        let mut end =
            End { peer, now, wake: now, outbox: Vec::new(), sent: Vec::new(), arrived: Vec::new() };
        end.drain(now);
        end
    }

    fn drain(&mut self, now: Instant) {
        self.wake = self.peer.drain(&mut self.outbox);
        self.sent.extend(self.outbox.drain(..).map(|packet| (now, packet)));
    }

    fn receive(&mut self, packet: &P::Packet, now: Instant) {
        self.now = now;
        self.peer.receive(packet, now);
        self.drain(now);
    }

    /// Wakes it as often as it asks until `now`.
    fn catch_up(&mut self, now: Instant) {
        for _ in 0..ROUNDS_MAX {
            if self.wake > now {
                return;
            }
            let at = self.wake.max(self.now);
            self.now = at;
            self.peer.timeout(at);
            self.drain(at);
        }
        unreachable!("a wake-up comes again and again for the same moment");
    }

    /// Takes what the other end sent, each datagram `delay` after it was sent.
    fn take(&mut self, from: &mut Self, delay: Duration) {
        for (sent_at, packet) in from.sent.drain(..) {
            let at = sent_at + delay;
            self.catch_up(at);
            self.receive(&packet, at);
            from.arrived.push(packet);
        }
    }

    /// Is done with what it sent.
    fn clear_up(&mut self) {
        self.arrived.drain(..).for_each(|packet| self.peer.give_back(packet));
    }
}

impl<P: Peer> Pair<P> {
    /// Two ends that have negotiated and not yet sent anything.
    pub fn negotiated(load: Load, version: Version) -> Self {
        let now = Instant::now();
        let (a, b) = P::negotiate(load, version, now);
        Pair { a: End::new(a, now), b: End::new(b, now), now, number: 0 }
    }

    /// Two ends that are connected by DTLS 1.3 and ready for [`Self::batch`].
    pub fn connected(load: Load) -> Self {
        let mut pair = Self::negotiated(load, Version::V1_3);
        pair.connect(DELAY);
        pair
    }

    /// Lets virtual time pass until both ends are ready, datagrams taking `delay` each way.
    ///
    /// # Panics
    ///
    /// When they are not ready within a bounded number of steps.
    pub fn connect(&mut self, delay: Duration) -> Setup {
        let mut setup = Setup::default();
        let mut first = None;
        let ((), processor) = cpu(|| {
            for _ in 0..ROUNDS_MAX {
                if first.is_none() && !(self.a.sent.is_empty() && self.b.sent.is_empty()) {
                    first = Some(self.now);
                }
                if self.a.peer.ready() && setup.elapsed.is_zero() {
                    setup.elapsed = first.map(|first| self.now - first).unwrap_or_default();
                }
                if self.a.peer.ready() && self.b.peer.ready() {
                    return;
                }
                setup.datagrams += self.step(delay);
            }
            unreachable!("the ends do not connect");
        });
        Setup { processor, ..setup }
    }

    /// Goes to the next arrival or wake-up; gives the datagrams that arrived.
    fn step(&mut self, delay: Duration) -> u64 {
        let arrival = |end: &End<P>| end.sent.first().map(|(sent_at, _)| *sent_at + delay);
        let arrivals = [arrival(&self.a), arrival(&self.b)].into_iter().flatten().min();
        let wake = self.a.wake.min(self.b.wake);
        self.now = self.now.max(arrivals.map_or(wake, |arrival| arrival.min(wake)));
        let now = self.now;
        let mut arrived = 0;
        for to_b in [true, false] {
            let Pair { a, b, .. } = self;
            let (from, to) = if to_b { (a, b) } else { (b, a) };
            while from.sent.first().is_some_and(|(sent_at, _)| *sent_at + delay <= now) {
                let (_, packet) = from.sent.remove(0);
                to.receive(&packet, now);
                arrived += 1;
            }
            to.catch_up(now);
        }
        arrived
    }

    /// Sends `items` items, and works until all of it has arrived.
    ///
    /// # Panics
    ///
    /// When something does not arrive.
    pub fn batch(&mut self, items: u64) -> Cost {
        let goal = self.b.peer.delivered() + items;
        let mut cost = Cost { items, ..Cost::default() };
        let mut left = items;
        for _ in 0..ROUNDS_MAX {
            let (taken, time) = cpu(|| self.send(left));
            left -= taken;
            cost.sender += time;
            cost.datagrams += self.a.sent.len() as u64;
            cost.bytes += self.a.sent.iter().map(|(_, packet)| P::size(packet) as u64).sum::<u64>();
            let ((), time) = cpu(|| self.deliver());
            cost.receiver += time;
            let ((), time) = cpu(|| self.feed_back());
            cost.sender += time;
            let quiet = self.a.sent.is_empty() && self.b.sent.is_empty();
            if left == 0 && quiet && self.b.peer.delivered() >= goal {
                return cost;
            }
            if quiet {
                self.now = self.now.max(self.a.wake.min(self.b.wake));
            }
        }
        unreachable!("{} of {goal} items have arrived", self.b.peer.delivered());
    }

    /// The sender writes up to `items` items, one each millisecond; gives how many were taken.
    /// A function of its own, so that profilers can tell it.
    #[inline(never)]
    fn send(&mut self, items: u64) -> u64 {
        self.a.clear_up();
        self.a.catch_up(self.now);
        for taken in 0..items {
            if !self.a.peer.write(self.number, self.now) {
                return taken;
            }
            self.number += 1;
            self.a.now = self.now;
            self.a.drain(self.now);
            self.now += SPACING;
            self.a.catch_up(self.now);
        }
        items
    }

    /// The receiver takes what was sent.
    #[inline(never)]
    fn deliver(&mut self) {
        let Pair { a, b, now, .. } = self;
        b.clear_up();
        b.take(a, DELAY);
        *now += DELAY;
        b.catch_up(*now);
    }

    /// The sender takes what the receiver says to it.
    #[inline(never)]
    fn feed_back(&mut self) {
        let Pair { a, b, now, .. } = self;
        a.take(b, DELAY);
        *now += DELAY;
        a.catch_up(*now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Kind, Lapwing};

    #[test]
    fn every_load_arrives() {
        for (name, load) in Load::COMPARED {
            let cost = Pair::<Lapwing>::connected(load).batch(50);
            let packets = if load.bytes > 2_000 { 10 } else { 1 };
            assert!(cost.datagrams >= 50 * packets, "{name}: {cost:?}");
            let size = cost.bytes / cost.datagrams;
            // A few are short: what a channel and a call have to say besides.
            assert!((950..=1_200).contains(&size), "{name}: {size} bytes");
        }
    }

    #[test]
    fn setting_up_takes_some_round_trips() {
        let delay = Duration::from_millis(50);
        for version in [Version::V1_2, Version::V1_3] {
            let found = setup::<Lapwing>(Load::new(Kind::Messages, 10), version, delay);
            let trips = found.elapsed.as_secs_f64() / (2.0 * delay.as_secs_f64());
            assert!((3.0..9.0).contains(&trips), "{version:?}: {trips} round trips");
            assert!(found.processor > Duration::ZERO && found.datagrams > 10);
        }
    }
}
