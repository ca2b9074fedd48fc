//! Feedback of both kinds between a receiver and a sender, in virtual time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::agenda::{Agenda, Link, MS};
use crate::bitrate::Bitrate;
use crate::datagram::Ecn;
use crate::feedback::{
    Arrival, FeedbackKind, PacketClass, PacketResult, SentPacket, TransportFeedback,
};
use crate::ids::Ssrc;
use crate::rtcp::ntp::NtpClock;
use crate::rtcp::packet::{Compound, Packet};
use crate::rtcp::transport_feedback::{
    CcfbRecorder, ReportedLosses, SentHistory, TransportCcRecorder,
};

const BYTES_MAX: usize = 1_200;

enum Recorder {
    TransportWide(TransportCcRecorder),
    Ccfb(CcfbRecorder),
}

impl Recorder {
    fn new(kind: FeedbackKind, now: Instant) -> Self {
        match kind {
            FeedbackKind::TransportWide => Recorder::TransportWide(TransportCcRecorder::new(now)),
            FeedbackKind::Ccfb => {
                let clock = NtpClock::new(now, Duration::from_secs(1_780_000_000));
                Recorder::Ccfb(CcfbRecorder::new(clock))
            }
        }
    }

    fn on_packet(&mut self, sent: &SentPacket, marker: bool, at: Instant) {
        match self {
            Recorder::TransportWide(recorder) => {
                recorder.on_packet(sent.number as u16, sent.ssrc, at);
            }
            Recorder::Ccfb(recorder) => {
                recorder.on_packet(sent.ssrc, sent.sequence, marker, sent.ecn, at);
            }
        }
    }

    fn next_due(&self) -> Option<Instant> {
        match self {
            Recorder::TransportWide(recorder) => recorder.next_due(),
            Recorder::Ccfb(recorder) => recorder.next_due(),
        }
    }

    fn poll(&mut self, now: Instant) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Recorder::TransportWide(recorder) => {
                recorder.poll(now, Ssrc(9), BYTES_MAX, &mut out);
            }
            Recorder::Ccfb(recorder) => {
                recorder.poll(now, Ssrc(9), BYTES_MAX, &mut out);
            }
        }
        out
    }
}

/// What the sender hears of the messages in a datagram.
fn hear(history: &mut SentHistory, bytes: &[u8], now: Instant) -> Vec<TransportFeedback> {
    let mut compound = Compound::parse(bytes).unwrap();
    let mut all = Vec::new();
    for packet in compound.by_ref() {
        let mut feedback = TransportFeedback::empty(now);
        let heard = match packet {
            Packet::TransportCc(told) => history.on_transport_cc(&told, now, &mut feedback),
            Packet::Ccfb(told) => history.on_ccfb(&told, now, &mut feedback),
            other => panic!("{other:?}"),
        };
        if heard {
            all.push(feedback);
        }
    }
    assert_eq!(compound.faults().count, 0);
    all
}

fn packet(number: u64, sent_at: Instant) -> SentPacket {
    SentPacket {
        number,
        ssrc: Ssrc((number % 3) as u32),
        sequence: (65_000 + number / 3) as u16,
        sent_at,
        size: 1_000,
        ecn: number.is_multiple_of(10).then_some(Ecn::Ce),
        class: PacketClass::Video,
        probe: None,
    }
}

enum Due {
    Send(u64),
    Packet(SentPacket),
    Message(Vec<u8>),
    Timer,
}

struct Outcome {
    results: Vec<PacketResult>,
    arrived: BTreeMap<u64, Duration>,
    messages: usize,
    history: SentHistory,
    in_flight_max: u64,
}

/// Sends packets, with feedback over a link back.
fn play(kind: FeedbackKind, packets: u64, first: u64, there: Link, back: Link) -> Outcome {
    let mut agenda = Agenda::new(5);
    let start = Agenda::<Due>::start();
    let mut recorder = Recorder::new(kind, start);
    let mut outcome = Outcome {
        results: Vec::new(),
        arrived: BTreeMap::new(),
        messages: 0,
        history: SentHistory::new(kind),
        in_flight_max: 0,
    };
    let mut timer_at = None;
    agenda.at(start, Due::Send(first));
    while let Some((now, due)) = agenda.next() {
        match due {
            Due::Send(number) => {
                let sent = packet(number, now);
                outcome.history.on_sent(sent);
                outcome.in_flight_max =
                    outcome.in_flight_max.max(outcome.history.bytes_in_flight());
                agenda.send(now, there, Due::Packet(sent));
                if number + 1 < first + packets {
                    agenda.at(now + MS, Due::Send(number + 1));
                }
            }
            Due::Packet(sent) => {
                outcome.arrived.insert(sent.number, now - start);
                recorder.on_packet(&sent, sent.number % 30 == 29, now);
            }
            Due::Message(bytes) => {
                for feedback in hear(&mut outcome.history, &bytes, now) {
                    let numbers = feedback.results.iter().map(|result| result.sent.number);
                    assert!(numbers.is_sorted(), "results come in the order of sending");
                    outcome.results.extend(feedback.results);
                }
            }
            Due::Timer => {}
        }
        let bytes = recorder.poll(now);
        if !bytes.is_empty() {
            outcome.messages += 1;
            agenda.send(now, back, Due::Message(bytes));
        }
        if let Some(due_at) = recorder.next_due().filter(|due_at| timer_at != Some(*due_at)) {
            timer_at = Some(due_at);
            agenda.at(due_at, Due::Timer);
        }
    }
    outcome
}

fn link(loss: f64, jitter: Duration) -> Link {
    Link { loss, delay: 50 * MS, jitter }
}

/// Each packet is told of, rightly, and arrival times differ as they did. `unit` is what a time is
/// rounded to.
fn check(outcome: &Outcome, first: u64, packets: u64, unit: Duration) {
    let mut fates = BTreeMap::new();
    for result in &outcome.results {
        fates.insert(result.sent.number, result.arrival);
    }
    let mut shift: Option<Duration> = None;
    let last = *outcome.arrived.keys().next_back().unwrap();
    let begin = *outcome.arrived.keys().next().unwrap();
    assert!(last < first + packets);
    for number in begin..=last {
        match (fates.get(&number), outcome.arrived.get(&number)) {
            (Some(Arrival::Received { at, .. }), Some(arrived)) => {
                let ours = *at - *arrived;
                let shift = *shift.get_or_insert(ours);
                let off = ours.abs_diff(shift);
                assert!(off <= unit, "{number} is off by {off:?}");
            }
            (Some(Arrival::Lost), None) => {}
            (told, truth) => panic!("{number}: told {told:?}, in truth {truth:?}"),
        }
    }
}

#[test]
fn transport_wide_feedback_tells_all_there_is() {
    // The 16 bits wrap within the first half second.
    let (first, packets) = (65_300, 5_000);
    let lossy = link(0.1, 3 * MS);
    let outcome =
        play(FeedbackKind::TransportWide, packets, first, lossy, link(0.0, Duration::ZERO));
    check(&outcome, first, packets, Duration::from_micros(250));
    assert!((45..60).contains(&outcome.messages), "each 100 ms: {}", outcome.messages);
    assert_eq!(outcome.history.counters().messages_lost, 0);
    assert!(outcome.in_flight_max <= 1_000 * 210, "{}", outcome.in_flight_max);
}

#[test]
fn ccfb_tells_all_there_is() {
    let (first, packets) = (0, 5_000);
    let lossy = link(0.1, 3 * MS);
    let outcome = play(FeedbackKind::Ccfb, packets, first, lossy, link(0.0, Duration::ZERO));
    check(&outcome, first, packets, Duration::from_millis(1));
    assert!((150..=201).contains(&outcome.messages), "25 ms or more: {}", outcome.messages);
    let marked = outcome.results.iter().filter(|result| result.is_marked()).count();
    let arrived = outcome.arrived.keys().filter(|number| number.is_multiple_of(10)).count();
    assert_eq!(marked, arrived);
    assert_eq!(outcome.history.counters().received_with_ce, arrived as u64);
    assert!(outcome.in_flight_max <= 1_000 * 140, "{}", outcome.in_flight_max);
}

#[test]
fn lost_messages_leave_packets_untold_and_are_counted() {
    let back = link(0.3, Duration::ZERO);
    let there = link(0.0, Duration::ZERO);
    let outcome = play(FeedbackKind::TransportWide, 20_000, 7, there, back);
    let counters = outcome.history.counters();
    let told = outcome.results.len() as u64;
    assert!(counters.messages_lost > 30, "{counters:?}");
    assert_eq!((counters.received, counters.lost), (told, 0));
    assert!((12_000..16_000).contains(&told), "{told}");
    // Those of the last ten seconds are still kept.
    assert!(counters.untold > 2_000, "{counters:?}");
    assert_eq!(outcome.history.bytes_in_flight() % 1_000, 0);
    assert!(outcome.history.bytes_in_flight() <= 300_000);
}

#[test]
fn silence_wakes_nobody() {
    for kind in [FeedbackKind::TransportWide, FeedbackKind::Ccfb] {
        let now = Agenda::<Due>::start();
        let mut recorder = Recorder::new(kind, now);
        assert_eq!(recorder.next_due(), None);
        recorder.on_packet(&packet(0, now), false, now);
        let due_at = recorder.next_due().unwrap();
        assert!(recorder.poll(due_at - MS).is_empty());
        assert!(!recorder.poll(due_at).is_empty());
        assert_eq!(recorder.next_due(), None);
        // A copy is nothing to tell of.
        recorder.on_packet(&packet(0, now), false, due_at);
        assert_eq!(recorder.next_due(), None);
    }
}

#[test]
fn gaps_of_any_length_are_told_or_left_out() {
    let ms_per_gap = 300;
    for kind in [FeedbackKind::TransportWide, FeedbackKind::Ccfb] {
        for gap in [1, 13, 14, 15, 8_190, 8_191, 8_192, 16_383, 16_384, 20_000, 32_766] {
            let start = Agenda::<Due>::start();
            let mut history = SentHistory::new(kind);
            let mut recorder = Recorder::new(kind, start);
            let later = start + ms_per_gap * MS;
            let one_stream = |number: u64| SentPacket {
                ssrc: Ssrc(7),
                sequence: (40_000 + number) as u16,
                ..packet(number, start)
            };
            // The whole gap is in the history, as far as that reaches.
            (0..=gap + 1).for_each(|number| history.on_sent(one_stream(number)));
            recorder.on_packet(&one_stream(0), false, start);
            recorder.on_packet(&one_stream(gap + 1), true, later);
            let mut results = Vec::new();
            while let Some(due_at) = recorder.next_due() {
                let bytes = recorder.poll(due_at.max(later));
                hear(&mut history, &bytes, later + 400 * MS)
                    .into_iter()
                    .for_each(|feedback| results.extend(feedback.results));
            }
            let received: Vec<_> = results
                .iter()
                .filter_map(|result| Some((result.sent.number, result.arrived_at()?)))
                .collect();
            let newest = received.last().unwrap();
            assert_eq!(newest.0, gap + 1, "{kind:?}, {gap}");
            // The place of the first is taken where a stream has 16,384 packets after it.
            if kind == FeedbackKind::TransportWide || gap + 1 < 16_384 {
                assert_eq!(received[0].0, 0, "{kind:?}, {gap}");
                let apart = (newest.1 - received[0].1).abs_diff(ms_per_gap * MS);
                assert!(apart <= MS, "{kind:?}, {gap}: off by {apart:?}");
            }
            let lost = results.len() - received.len();
            if kind == FeedbackKind::TransportWide || gap < 16_384 {
                assert_eq!(lost, gap as usize, "{kind:?}, {gap}");
            } else {
                // A block reaches no further, and neither does the sender's index.
                assert!(lost < 16_384, "{kind:?}, {gap}: {lost}");
            }
        }
    }
}

#[test]
fn a_late_packet_is_told_with_those_around_it() {
    for kind in [FeedbackKind::TransportWide, FeedbackKind::Ccfb] {
        let start = Agenda::<Due>::start();
        let mut history = SentHistory::new(kind);
        let mut recorder = Recorder::new(kind, start);
        let packets: Vec<_> = (0..6)
            .map(|number| SentPacket {
                ssrc: Ssrc(1),
                sequence: number as u16,
                ..packet(number, start)
            })
            .collect();
        packets.iter().for_each(|sent| history.on_sent(*sent));
        [0, 1, 3, 4]
            .into_iter()
            .for_each(|index| recorder.on_packet(&packets[index], false, start + 10 * MS));
        let due_at = recorder.next_due().unwrap();
        let first = hear(&mut history, &recorder.poll(due_at), due_at).remove(0);
        assert_eq!(first.losses(), (1, 5));
        assert_eq!(first.results[2].arrival, Arrival::Lost);
        recorder.on_packet(&packets[2], false, due_at + 5 * MS);
        recorder.on_packet(&packets[5], false, due_at + 6 * MS);
        let due_at = recorder.next_due().unwrap();
        let second = hear(&mut history, &recorder.poll(due_at), due_at).remove(0);
        let numbers: Vec<_> = second.results.iter().map(|result| result.sent.number).collect();
        assert_eq!(numbers, [2, 5], "the others are known");
        assert!(matches!(second.results[0].arrival, Arrival::Received { after_loss: true, .. }));
        assert_eq!(history.counters().received_after_loss, 1);
        assert_eq!(history.bytes_in_flight(), 0);
        // Long after, nothing is told of it any more.
        recorder.on_packet(&packets[5], false, due_at + 2_000 * MS);
        assert_eq!(recorder.next_due(), None);
    }
}

#[test]
fn what_was_told_to_be_lost_is_counted_once() {
    let start = Agenda::<Due>::start();
    let clock = NtpClock::new(start, Duration::from_secs(1_780_000_000));
    let mut recorder = CcfbRecorder::new(clock);
    let mut now = start;
    let mut tell = |recorder: &mut CcfbRecorder, sequences: &[u16]| {
        now += 100 * MS;
        for sequence in sequences {
            recorder.on_packet(Ssrc(1), *sequence, true, None, now);
        }
        assert_eq!(recorder.poll(now, Ssrc(9), BYTES_MAX, &mut Vec::new()), 1);
        let ReportedLosses { lost, recovered } = recorder.losses(Ssrc(1));
        (lost, recovered)
    };
    assert_eq!(tell(&mut recorder, &[10, 12, 14]), (2, 0));
    assert_eq!(tell(&mut recorder, &[13, 15]), (2, 1), "11 is missing as before");
    // What is before the first was never told of.
    assert_eq!(tell(&mut recorder, &[9, 17]), (3, 1));
    assert_eq!(tell(&mut recorder, &[11, 16]), (3, 3));
    assert_eq!(tell(&mut recorder, &[11, 18]), (3, 3), "a copy is no packet");
    assert_eq!(recorder.losses(Ssrc(2)), ReportedLosses::default());
}

#[test]
fn messages_keep_their_share_of_the_rate() {
    let start = Agenda::<Due>::start();
    let mut recorder = TransportCcRecorder::new(start);
    for (bitrate, interval) in [(50, 217), (10_000, 50), (10, 250), (100, 108)] {
        recorder.set_send_bitrate(Bitrate::kbps(bitrate));
        recorder.on_packet(bitrate as u16, Ssrc(1), start);
        let due_at = recorder.next_due().unwrap();
        assert_eq!((due_at - start).as_millis(), interval, "{bitrate} kbit/s");
        recorder.poll(due_at, Ssrc(1), BYTES_MAX, &mut Vec::new());
    }

    let clock = NtpClock::new(start, Duration::from_secs(1_780_000_000));
    let mut recorder = CcfbRecorder::new(clock);
    recorder.on_packet(Ssrc(1), 0, false, None, start);
    assert_eq!(recorder.next_due(), Some(start + 25 * MS), "no frame ended");
    recorder.on_packet(Ssrc(1), 1, true, None, start + 5 * MS);
    assert_eq!(recorder.next_due(), Some(start), "one did");
    let mut out = Vec::new();
    recorder.poll(start + 5 * MS, Ssrc(1), BYTES_MAX, &mut out);
    recorder.on_packet(Ssrc(1), 2, true, None, start + 6 * MS);
    assert_eq!(recorder.next_due(), Some(start + 30 * MS), "25 ms after the last");
    // 3,000 lost packets cost 6 kB and more: at 500 kbit/s that is 0.1 s.
    recorder.on_packet(Ssrc(1), 3_000, true, None, start + 6 * MS);
    recorder.poll(start + 30 * MS, Ssrc(1), BYTES_MAX, &mut out);
    recorder.on_packet(Ssrc(1), 3_001, true, None, start + 40 * MS);
    let distance = recorder.next_due().unwrap() - (start + 30 * MS);
    assert!(distance > 95 * MS && distance < 110 * MS, "{distance:?}");
}
