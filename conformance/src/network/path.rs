//! The way of packets during a case: from a side through the line of its direction to the other,
//! and onto the tape.

use super::captured::Captured;
use super::lateness::Lateness;
use super::tape::Tape;
use super::too_big::too_big;
use crate::wall::Side;
use lapwing_simnet::nodes::{DropReason, PacketTooBig};
use lapwing_simnet::{Crossing, Fate, Line, LinkSpec, Packet, Seed, Time};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Both directions of a case.
#[derive(Debug)]
pub(super) struct Paths {
    begun: Instant,
    lines: [Line; 2],
    /// Nothing between cases.
    tape: Option<Tape>,
    lateness: Lateness,
    packets: u64,
    /// What a node has to say about the packet that is dropped next.
    report: Option<PacketTooBig>,
}

impl Paths {
    /// A perfect wire without a capture.
    pub(super) fn idle() -> Self {
        Self::new([LinkSpec::new(), LinkSpec::new()], 0, None)
    }

    /// The beginning of a case.
    pub(super) fn begin(links: [LinkSpec; 2], seed: u64) -> Self {
        let origin = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::new(links, seed, Some(Tape::new(origin)))
    }

    fn new([out, back]: [LinkSpec; 2], seed: u64, tape: Option<Tape>) -> Self {
        let line = |spec: &LinkSpec, from: Side| {
            Line::new(spec, Seed(seed), &format!("{from}>{}", from.other()))
        };
        Self {
            begun: Instant::now(),
            lines: [line(&out, Side::Subject), line(&back, Side::Peer)],
            tape,
            lateness: Lateness::default(),
            packets: 0,
            report: None,
        }
    }

    /// Other links from now on. What is on its way stays there.
    pub(super) fn link(&mut self, links: &[LinkSpec; 2]) {
        for (line, spec) in self.lines.iter_mut().zip(links) {
            line.set(spec);
        }
    }

    /// A side has sent a packet.
    pub(super) fn enter(&mut self, from: Side, bytes: &[u8]) {
        if is_kernels_own(bytes) {
            return;
        }
        let now = self.now();
        let Some(packet) = Packet::from_wire(self.packets, now, bytes) else { return };
        self.packets += 1;
        if let Some(tape) = &mut self.tape {
            tape.packet(from.index(), now, bytes);
        }
        self.lines[from.index()].push(packet, now);
    }

    /// Hands out what is due: to which side, and what.
    pub(super) fn release(&mut self, mut deliver: impl FnMut(Side, &[u8])) {
        let now = self.now();
        for from in Side::BOTH {
            self.lines[from.index()].advance(now);
            while let Some(crossing) = self.lines[from.index()].pop() {
                self.settle(from, crossing, &mut deliver);
            }
        }
    }

    /// How long nothing is due; `None` when nothing is on its way.
    pub(super) fn wait(&self) -> Option<Duration> {
        let next = self.lines.iter().filter_map(Line::next_at).min()?;
        Some(next.since(self.now()))
    }

    /// Ends the case. Packets on their way are lost.
    pub(super) fn finish(mut self, key_logs: &[String]) -> Captured {
        let (cut, left_out) = self.tape.as_ref().map_or((0, 0), |tape| (tape.cut, tape.left_out));
        Captured {
            pcapng: self.tape.as_mut().map(|tape| tape.finish(key_logs)).unwrap_or_default(),
            links: self.lines.map(|line| line.stats().clone()),
            lateness: self.lateness,
            overruns: [0; 2],
            cut,
            left_out,
        }
    }

    fn now(&self) -> Time {
        Time::ZERO + self.begun.elapsed()
    }

    fn settle(&mut self, from: Side, crossing: Crossing, deliver: &mut impl FnMut(Side, &[u8])) {
        let Crossing { at, packet, fate } = crossing;
        match fate {
            Fate::Arrived => {
                let bytes = packet.to_wire();
                deliver(from.other(), &bytes);
                let now = self.now();
                self.lateness.add(now.since(at));
                if let Some(tape) = &mut self.tape {
                    tape.packet(from.other().index(), now, &bytes);
                }
            }
            Fate::Returned => self.report = PacketTooBig::parse(&packet),
            Fate::Dropped(reason) => {
                let bytes = packet.to_wire();
                if let Some(tape) = &mut self.tape {
                    tape.drop(reason, from, at, &bytes, self.lines[from.index()].stats());
                }
                let report = self.report.take().filter(|_| reason == DropReason::TooBig);
                if let Some(report) = report.and_then(|report| too_big(report.mtu, &bytes)) {
                    deliver(from, &report);
                    let now = self.now();
                    if let Some(tape) = &mut self.tape {
                        tape.packet(from.index(), now, &report);
                    }
                }
            }
        }
    }
}

/// What the kernels say by themselves to groups that are not there: memberships (IGMP, MLD) and
/// searches for routers. They would take numbers and luck of the link away from packets that
/// matter.
fn is_kernels_own(bytes: &[u8]) -> bool {
    const IGMP: u8 = 2;
    const HOP_BY_HOP: u8 = 0;
    const ICMPV6: u8 = 58;
    match bytes.first().map(|first| first >> 4) {
        Some(4) => bytes.get(9) == Some(&IGMP),
        Some(6) => {
            let group = bytes.get(24) == Some(&0xff);
            group && bytes.get(6).is_some_and(|next| [HOP_BY_HOP, ICMPV6].contains(next))
        }
        _ => false,
    }
}
