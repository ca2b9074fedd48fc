//! Calls over one link: source, pacer, controller and the receiver's feedback, by the millisecond.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::link::{Link, LinkSpec, Random};
use super::tcp::Tcp;
use super::video::Video;
use crate::bitrate::Bitrate;
use crate::congestion::{
    CongestionController, GoogCc, GoogCcConfig, Item, Limits, Pacer, PacerConfig, Release,
};
use crate::datagram::Ecn;
use crate::feedback::{Arrival, PacketClass, PacketResult, SentPacket, TransportFeedback};
use crate::ids::Ssrc;
use crate::test_time::origin;

const STEP: Duration = Duration::from_millis(1);

/// What became of one flow.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Received: at which second, bytes.
    pub(super) received: Vec<(f64, f64)>,
    /// Media that entered the link: at which second, milliseconds in its queue.
    pub(super) waits: Vec<(f64, f64)>,
    /// At which second, the target in bits per second.
    pub(super) targets: Vec<(f64, f64)>,
    /// Clusters: at which second, the rate in bits per second.
    pub(super) probes: Vec<(f64, f64)>,
    pub(super) sent: u32,
    pub(super) lost: u32,
    pub(super) padding_bytes: u64,
    pub(super) wakeups: Vec<f64>,
    pub(super) longest_paced_ms: u64,
}

impl Log {
    /// Received bits per second between two seconds.
    pub(super) fn bps(&self, from: f64, to: f64) -> f64 {
        let within = self.received.iter().filter(|one| one.0 >= from && one.0 < to);
        within.map(|one| one.1).sum::<f64>() * 8.0 / (to - from)
    }

    /// A percentile of the milliseconds in the queue between two seconds.
    pub(super) fn wait(&self, percent: usize, from: f64, to: f64) -> f64 {
        let within = self.waits.iter().filter(|one| one.0 >= from && one.0 < to);
        let mut waits: Vec<_> = within.map(|one| one.1).collect();
        waits.sort_by(f64::total_cmp);
        waits.get((waits.len() * percent / 100).min(waits.len().max(1) - 1)).copied().unwrap_or(0.0)
    }

    /// The target at a second.
    pub(super) fn target(&self, at: f64) -> f64 {
        self.targets.iter().take_while(|one| one.0 <= at).last().map_or(0.0, |one| one.1)
    }

    /// The first second from `from` on at which the target is so much.
    pub(super) fn reaches(&self, bps: f64, from: f64) -> Option<f64> {
        self.targets.iter().find(|one| one.0 >= from && one.1 >= bps).map(|one| one.0)
    }

    /// The mean target between two seconds.
    pub(super) fn mean_target(&self, from: f64, to: f64) -> f64 {
        let steps = 200;
        let at = |step: i32| from + (to - from) * f64::from(step) / f64::from(steps);
        (0..steps).map(|step| self.target(at(step))).sum::<f64>() / f64::from(steps)
    }

    pub(super) fn loss(&self) -> f64 {
        f64::from(self.lost) / f64::from(self.sent.max(1))
    }
}

/// One sender and its receiver.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) controller: Box<dyn CongestionController>,
    pacer: Pacer<()>,
    pub(super) video: Video,
    /// Seconds in which there is video.
    pub(super) active: Vec<(f64, f64)>,
    /// Seconds in which there is feedback, and the share of it that is lost.
    pub(super) heard: (f64, f64),
    pub(super) feedback_loss: f64,
    pub(super) feedback_every: Duration,
    pub(super) ecn: Option<Ecn>,
    pub(super) desired: Option<Bitrate>,
    pub(super) log: Log,
    random: Random,
    number: u64,
    last_told: u64,
    sizes: VecDeque<(u64, u32)>,
    on_the_way: VecDeque<PacketResult>,
    coming: VecDeque<(Duration, TransportFeedback)>,
    next_feedback: Duration,
}

impl Flow {
    pub(super) fn new(seed: u64, max_bps: f64) -> Self {
        let controller = Box::new(GoogCc::new(GoogCcConfig::default(), origin()));
        Flow::with(controller, seed, max_bps)
    }

    pub(super) fn with(controller: Box<dyn CongestionController>, seed: u64, max_bps: f64) -> Self {
        let mut random = Random(seed);
        let offset = Duration::from_millis((random.unit() * 50.0) as u64);
        Flow {
            controller,
            pacer: Pacer::new(PacerConfig::default(), origin()),
            video: Video::new(max_bps, seed ^ 0x55),
            active: vec![(0.0, f64::INFINITY)],
            heard: (0.0, f64::INFINITY),
            feedback_loss: 0.0,
            feedback_every: Duration::from_millis(50),
            ecn: None,
            desired: Some(Bitrate::bps(max_bps as u64)),
            log: Log::default(),
            random,
            number: 0,
            last_told: 0,
            sizes: VecDeque::new(),
            on_the_way: VecDeque::new(),
            coming: VecDeque::new(),
            next_feedback: offset,
        }
    }

    fn step(&mut self, link: &mut Link, now: Duration) {
        let at = now.as_secs_f64();
        if self.active.iter().any(|span| span.0 <= at && at < span.1) {
            for size in self.video.frame(now) {
                let item = Item { size, class: PacketClass::Video, key: () };
                let _full = self.pacer.enqueue(item, origin() + now);
            }
        } else {
            self.video.frame(now);
        }
        self.hear(link, now);
        self.send(link, now);
        self.tell(link, now);
    }

    /// Takes feedback that has come, and decides.
    fn hear(&mut self, link: &Link, now: Duration) {
        let instant = origin() + now;
        while self.coming.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, mut feedback)) = self.coming.pop_front() else { break };
            feedback.received_at = instant;
            self.last_told =
                feedback.results.last().map_or(self.last_told, |result| result.sent.number);
            while self.sizes.front().is_some_and(|(number, _)| *number <= self.last_told) {
                self.sizes.pop_front();
            }
            feedback.bytes_in_flight = self.sizes.iter().map(|(_, size)| u64::from(*size)).sum();
            self.pacer.set_in_flight(feedback.bytes_in_flight);
            self.controller.on_feedback(&feedback);
        }
        let desired = self.desired;
        self.controller.set_limits(Limits { desired, ..Limits::default() }, instant);
        if self.controller.next_wakeup().is_some_and(|at| at <= instant) {
            self.log.wakeups.push(now.as_secs_f64());
        }
        let target = self.controller.update(instant);
        self.pacer.set_target(&target, instant);
        let bps = target.rate.as_bps() as f64;
        let at = now.as_secs_f64();
        self.video.set_target(bps, now);
        if self.log.targets.last().is_none_or(|last| (last.1 - bps).abs() > 1.0) {
            self.log.targets.push((at, bps));
        }
        for probe in target.probes.iter().flatten() {
            self.log.probes.push((at, probe.rate.as_bps() as f64));
        }
        assert!(link.bps_at(at) >= 0.0);
    }

    fn send(&mut self, link: &mut Link, now: Duration) {
        let instant = origin() + now;
        while let Some(release) = self.pacer.poll(instant) {
            let (size, class, probe) = match release {
                Release::Packet(released) => {
                    let waited = released.waited.as_millis() as u64;
                    self.log.longest_paced_ms = self.log.longest_paced_ms.max(waited);
                    (released.item.size, released.item.class, released.probe)
                }
                Release::Padding { bytes, probe } => {
                    self.pacer.on_padding(bytes, instant);
                    self.log.padding_bytes += u64::from(bytes);
                    (bytes, PacketClass::Padding, probe)
                }
            };
            self.number += 1;
            let sent = SentPacket {
                number: self.number,
                ssrc: Ssrc(1),
                sequence: self.number as u16,
                sent_at: instant,
                size,
                ecn: self.ecn,
                class,
                probe,
            };
            self.controller.on_sent(&sent);
            self.sizes.push_back((sent.number, size));
            self.log.sent += 1;
            let passage = link.enter(size, now);
            if let Some(passage) = passage {
                let waits = passage.waits.as_secs_f64() * 1e3;
                self.log.waits.push((now.as_secs_f64(), waits));
                self.log.received.push((passage.arrives.as_secs_f64(), f64::from(size)));
            }
            let arrival = passage.map_or(Arrival::Lost, |passage| {
                let ecn = if passage.marked { Some(Ecn::Ce) } else { self.ecn };
                Arrival::Received { at: passage.arrives, ecn, after_loss: false }
            });
            self.log.lost += u32::from(arrival == Arrival::Lost);
            self.on_the_way.push_back(PacketResult { sent, arrival });
        }
        if let Some(at) = self.pacer.next_timeout() {
            assert!(at > instant, "what may leave has left");
        }
    }

    /// The receiver tells of all that was sent before the last packet that has arrived.
    fn tell(&mut self, link: &Link, now: Duration) {
        if now < self.next_feedback {
            return;
        }
        self.next_feedback += self.feedback_every;
        let arrived = |result: &PacketResult| result.arrived_at().is_some_and(|at| at <= now);
        let told = self.on_the_way.iter().rposition(arrived).map_or(0, |last| last + 1);
        if told == 0 {
            return;
        }
        let mut feedback = TransportFeedback::empty(origin());
        feedback.results = self.on_the_way.drain(..told).collect();
        let at = now.as_secs_f64();
        let heard = at >= self.heard.0 && at < self.heard.1;
        if heard && self.random.unit() >= self.feedback_loss {
            self.coming.push_back((now + link.spec.delay, feedback));
        }
    }
}

/// Runs flows over one link for some seconds.
pub(super) fn run(spec: LinkSpec, seed: u64, flows: Vec<Flow>, seconds: u64) -> Vec<Flow> {
    run_beside(spec, seed, flows, &mut [], seconds)
}

/// Runs flows over one link for some seconds, beside others that bring their own control.
pub(super) fn run_beside(
    spec: LinkSpec,
    seed: u64,
    mut flows: Vec<Flow>,
    cross: &mut [Tcp],
    seconds: u64,
) -> Vec<Flow> {
    let mut link = Link::new(spec, seed);
    let mut now = Duration::ZERO;
    while now < Duration::from_secs(seconds) {
        for tcp in &mut *cross {
            tcp.step(&mut link, now);
        }
        for flow in &mut flows {
            flow.step(&mut link, now);
        }
        now += STEP;
    }
    flows
}

/// Runs one flow.
pub(super) fn run_one(spec: LinkSpec, seed: u64, flow: Flow, seconds: u64) -> Log {
    run(spec, seed, vec![flow], seconds).remove(0).log
}

/// Prints figures of a run by the second, for who reads the output.
pub(super) fn print(name: &str, log: &Log, seconds: u64) {
    println!("{name}: loss {:.2} %, padding {} bytes", log.loss() * 1e2, log.padding_bytes);
    for second in (0..seconds).step_by((seconds as usize / 15).max(1)) {
        let from = second as f64;
        let to = from + (seconds as f64 / 15.0).max(1.0);
        println!(
            "  {second:3} s: target {:5.0} received {:5.0} kbit/s, queue p50 {:4.0} p95 {:4.0} ms",
            log.target(to) / 1e3,
            log.bps(from, to) / 1e3,
            log.wait(50, from, to),
            log.wait(95, from, to),
        );
    }
}

/// A moment of a run.
pub(super) fn instant(seconds: f64) -> Instant {
    origin() + Duration::from_secs_f64(seconds)
}
