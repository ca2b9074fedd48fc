//! A stream over a link that loses packets, requests and retransmissions alike.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::agenda::{Agenda, Link, MS};
use crate::bitrate::Bitrate;
use crate::ids::Ssrc;
use crate::rtcp::packet::{Compound, Packet, write_nack};
use crate::rtcp::{
    HistoryConfig, NackConfig, NackList, PacketPlace, RtxPayload, SendHistory, write_rtx_payload,
};

/// The first number: sequence numbers wrap early.
const FIRST: u64 = 65_000;

enum Due {
    Send,
    Packet(u64),
    Retransmission(Vec<u8>),
    Requests(Vec<u8>),
    Timer,
}

struct Case {
    packets_per_second: u32,
    seconds: u32,
    link: Link,
    budget: Option<Bitrate>,
}

struct Stream {
    agenda: Agenda<Due>,
    case: Case,
    sent: u64,
    history: SendHistory<Vec<u8>>,
    nack: NackList,
    newest: u64,
    lost: BTreeSet<u64>,
    /// How long each recovered packet was missing.
    waits: Vec<Duration>,
    missed_at: BTreeMap<u64, Instant>,
    /// The first timer in the agenda.
    timer_at: Option<Instant>,
}

fn payload(number: u64) -> Vec<u8> {
    let mut payload = vec![0; 1_200];
    payload[..8].copy_from_slice(&number.to_be_bytes());
    payload
}

impl Stream {
    fn play(case: Case, seed: u8) -> Self {
        let start = Agenda::<Due>::start();
        let round_trip = 2 * case.link.delay + case.link.jitter;
        let mut stream = Stream {
            agenda: Agenda::new(seed),
            sent: 0,
            history: SendHistory::new(HistoryConfig::default()),
            nack: NackList::new(NackConfig::default()),
            newest: FIRST,
            lost: (FIRST + 1..FIRST + packets(&case)).collect(),
            waits: Vec::new(),
            missed_at: BTreeMap::new(),
            timer_at: None,
            case,
        };
        stream.history.set_round_trip(round_trip);
        stream.nack.set_round_trip(round_trip);
        stream.history.set_budget(stream.case.budget, start);
        // The first arrives: what comes before it is not known to be missing.
        stream.nack.on_packet(FIRST, start);
        stream.history.insert(FIRST, 1_200, payload(FIRST), start);
        stream.sent = 1;
        stream.agenda.at(start, Due::Send);
        while let Some((now, due)) = stream.agenda.next() {
            stream.step(now, due);
        }
        stream
    }

    fn step(&mut self, now: Instant, due: Due) {
        match due {
            Due::Send => {
                let number = FIRST + self.sent;
                self.history.insert(number, 1_200, payload(number), now);
                self.agenda.send(now, self.case.link, Due::Packet(number));
                self.sent += 1;
                if self.sent < packets(&self.case) {
                    let gap = Duration::from_secs(1) / self.case.packets_per_second;
                    self.agenda.at(now + gap, Due::Send);
                }
            }
            Due::Packet(number) => self.receive(number, now),
            Due::Retransmission(bytes) => {
                let rtx = RtxPayload::view(&bytes).unwrap();
                let number = rtx.original_number(self.newest);
                assert_eq!(rtx.payload, payload(number), "it is the packet that was asked for");
                self.receive(number, now);
            }
            Due::Requests(bytes) => self.answer(&bytes, now),
            Due::Timer => self.timer_at = None,
        }
        self.ask(now);
    }

    fn receive(&mut self, number: u64, now: Instant) {
        for missed in self.newest + 1..number {
            self.missed_at.insert(missed, now);
        }
        self.newest = self.newest.max(number);
        let place = self.nack.on_packet(number, now);
        self.lost.remove(&number);
        if place == PacketPlace::Recovered {
            self.waits.push(now - self.missed_at[&number]);
        }
    }

    fn ask(&mut self, now: Instant) {
        let mut wanted = Vec::new();
        self.nack.poll(now, &mut wanted);
        if !wanted.is_empty() {
            let mut bytes = Vec::new();
            let written = write_nack(&mut bytes, Ssrc(1), Ssrc(2), &wanted, 1_200);
            assert_eq!(written, wanted.len(), "a burst fits in a datagram");
            self.agenda.send(now, self.case.link, Due::Requests(bytes));
        }
        if let Some(due_at) = self.nack.next_due() {
            assert!(due_at > now, "what was due is done");
            if self.timer_at.is_none_or(|timer_at| due_at < timer_at) {
                self.timer_at = Some(due_at);
                self.agenda.at(due_at, Due::Timer);
            }
        }
    }

    fn answer(&mut self, bytes: &[u8], now: Instant) {
        let mut packets = Compound::parse(bytes).unwrap();
        let Some(Packet::Nack(nack)) = packets.next() else { panic!("it is a NACK") };
        for sequence in nack.sequences() {
            if let Ok((number, packet)) = self.history.request(sequence, now) {
                let mut bytes = Vec::new();
                write_rtx_payload(&mut bytes, number as u16, packet);
                self.agenda.send(now, self.case.link, Due::Retransmission(bytes));
            }
        }
    }

    /// Share of lost packets that came after all.
    fn recovered(&self) -> f64 {
        let counters = self.nack.counters();
        // Those at the very end have nothing after them that tells they are missing.
        let lost = self.lost.iter().filter(|number| **number < self.newest).count() as f64;
        1.0 - lost / counters.missed as f64
    }

    fn wait(&mut self, quantile: f64) -> Duration {
        self.waits.sort_unstable();
        self.waits[(self.waits.len() as f64 * quantile) as usize]
    }
}

fn packets(case: &Case) -> u64 {
    u64::from(case.packets_per_second) * u64::from(case.seconds)
}

fn link(loss: f64, jitter: Duration) -> Link {
    Link { loss, delay: 50 * MS, jitter }
}

#[test]
fn a_thousand_packets_a_second_are_recovered() {
    let case = Case {
        packets_per_second: 1_000,
        seconds: 80,
        link: link(0.02, Duration::ZERO),
        budget: None,
    };
    let mut stream = Stream::play(case, 1);
    let counters = stream.nack.counters();
    assert!((1_400..1_800).contains(&counters.missed), "{counters:?}");
    assert!(stream.recovered() >= 0.999, "{} of {counters:?}", stream.recovered());
    assert!(counters.recovered + counters.abandoned == counters.missed, "{counters:?}");
    // The first answer takes a round trip, and up to 5 ms until the message may go.
    assert!(stream.wait(0.9) <= 105 * MS, "{:?}", stream.wait(0.9));
    assert!(stream.wait(0.99) <= 220 * MS, "{:?}", stream.wait(0.99));
    assert!((counters.requests as f64) < counters.missed as f64 * 1.1, "{counters:?}");
}

#[test]
fn four_thousand_packets_a_second_are_recovered() {
    let case = Case {
        packets_per_second: 4_000,
        seconds: 30,
        link: link(0.02, Duration::ZERO),
        budget: Some(Bitrate::mbps(4)),
    };
    let mut stream = Stream::play(case, 2);
    let counters = stream.nack.counters();
    assert!(counters.missed > 2_000, "{counters:?}");
    assert!(stream.recovered() >= 0.99, "{} of {counters:?}", stream.recovered());
    assert!(stream.wait(0.9) <= 105 * MS, "{:?}", stream.wait(0.9));
}

#[test]
fn reordering_is_not_taken_for_loss() {
    let case =
        Case { packets_per_second: 1_000, seconds: 20, link: link(0.02, 8 * MS), budget: None };
    let stream = Stream::play(case, 3);
    let counters = stream.nack.counters();
    assert!(counters.missed > 5_000, "most packets come after a later one: {counters:?}");
    assert!(stream.recovered() >= 0.999, "{} of {counters:?}", stream.recovered());
    let lost = 20_000.0 * 0.02;
    assert!((counters.requested as f64) < 1.3 * lost, "{counters:?}");
    assert!(counters.late > counters.recovered, "{counters:?}");
}

#[test]
fn an_outage_does_not_flood_the_way_back() {
    let case = Case {
        packets_per_second: 1_000,
        seconds: 10,
        link: link(0.3, Duration::ZERO),
        budget: Some(Bitrate::mbps(2)),
    };
    let stream = Stream::play(case, 4);
    // Packets are kept for a second after the last, and the budget was saved up for a second.
    let resent = stream.history.counters();
    assert!(resent.resent_bytes <= 250_000 * 12, "{resent:?}");
    assert!(resent.over_budget > 0, "{resent:?}");
    assert!(stream.nack.missing() <= 1_000);
}
