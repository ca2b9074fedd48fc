//! What is told of packets on their way, and what congestion control makes of it: kinds of
//! feedback, marks of ECN, estimates of receivers, controllers of one's own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use lapwing_engine::congestion::{CongestionController, ControllerFactory, Limits, Target};
use lapwing_engine::{
    Bitrate, Config, Ecn, Event, Exactness, MediaKind, RecordOptions, ReplayError, Replayer,
    SentPacket, SessionDescription, SessionKind, TransceiverInit, Transmit, TransportFeedback,
};

use crate::media::{mid_of, opus, vp8};
use crate::pair::Pair;

const FRAME: Duration = Duration::from_millis(33);

/// Which message an RTCP packet of reduced size is, by its first bytes, which are in the clear:
/// type and format.
type Kind = (u8, u8);
const TRANSPORT_WIDE: Kind = (205, 15);
const CCFB: Kind = (205, 11);
const ESTIMATE: Kind = (206, 15);

fn own(number: u64) -> Config {
    Config { session: SessionKind::Own, ccfb: true, ..Config::seeded(number) }
}

/// What passed a link.
#[derive(Debug, Default)]
struct Seen {
    /// Messages of RTCP that `b` sent.
    told: Vec<Kind>,
    /// Marks of packets of media that `a` sent.
    marks: Vec<Option<Ecn>>,
    /// Marks of all else.
    other_marks: Vec<Option<Ecn>>,
}

struct Call {
    pair: Pair,
    seen: Rc<RefCell<Seen>>,
    number: u8,
}

impl Call {
    /// Sound and pictures that `a` offers, over descriptions that lines with `without` were taken
    /// out of, and a link that marks packets on their way.
    fn new(
        a: Config,
        b: Config,
        without: &[&str],
        mut link: impl FnMut(&mut Transmit) + 'static,
    ) -> Call {
        let mut pair = Pair::new(a, b);
        let seen = Rc::new(RefCell::new(Seen::default()));
        let noted = Rc::clone(&seen);
        pair.rewrite = Some(Box::new(move |to_b, transmit| {
            let mut noted = noted.borrow_mut();
            let [first, second, ..] = transmit.contents[..] else { return };
            match (first >> 6 == 2, second) {
                (true, 192..=223) if !to_b => noted.told.push((second, first & 31)),
                (true, 192..=223) | (false, _) => noted.other_marks.push(transmit.ecn),
                (true, _) if to_b => noted.marks.push(transmit.ecn),
                (true, _) => {}
            }
            link(transmit);
        }));
        pair.on_a(|rtc, _| {
            for kind in [MediaKind::Audio, MediaKind::Video] {
                rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
            }
        });
        pair.exchange_altered(true, |description| strip(description, without));
        pair.trickle();
        pair.connect();
        Call { pair, seen, number: 0 }
    }

    /// Both kinds of media for so long, pictures of so many bytes.
    fn talk(&mut self, seconds: u64, bytes: usize) {
        let begun = self.pair.now;
        for frame in 1..=seconds as u32 * 30 {
            let number = self.number;
            self.number = self.number.wrapping_add(1);
            self.pair.on_a(|rtc, now| {
                for frame in [opus(number), vp8(number, number.is_multiple_of(64), bytes)] {
                    let mid = mid_of(rtc, frame.codec.kind());
                    // Refused while the pacer is full, as it may be.
                    let _ = rtc.media(mid).expect("negotiated").write(&frame, now);
                }
            });
            // Time goes on to what happens next, which may be later: the next frame waits less.
            self.pair.run_until(begun + frame * FRAME, |_| false);
        }
    }

    fn count(&self, kind: Kind) -> usize {
        self.seen.borrow().told.iter().filter(|told| **told == kind).count()
    }

    /// The rates that `a` was told.
    fn rates(&mut self) -> Vec<Bitrate> {
        self.pair.a.take(|event| match event {
            Event::BandwidthEstimated(rate) => Some(*rate),
            _ => None,
        })
    }

    fn last_rate(&mut self) -> Bitrate {
        *self.rates().last().expect("there is an estimate")
    }
}

fn strip(description: &mut SessionDescription, without: &[&str]) {
    let kept = |line: &&str| !without.iter().any(|text| line.contains(text));
    let lines: Vec<&str> = description.sdp.split_inclusive('\n').filter(kept).collect();
    description.sdp = lines.concat();
}

#[test]
fn rfc_8888_is_offered_for_all_packets_and_answered() {
    let offer = |config: Config| {
        let mut pair = Pair::new(config, own(2));
        pair.on_a(|rtc, _| {
            rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default())
        });
        let texts = Rc::new(RefCell::new(Vec::new()));
        pair.exchange_altered(true, |it| texts.borrow_mut().push(it.sdp.clone()));
        texts.take()
    };
    for text in offer(own(1)) {
        assert_eq!(text.matches("a=rtcp-fb:* ack ccfb\r\n").count(), 1, "{text}");
        assert_eq!(text.matches("ccfb").count(), 1, "{text}");
        assert!(text.contains(" transport-cc\r\n"), "it is offered beside: {text}");
    }
    for text in offer(Config { ccfb: false, ..own(1) }) {
        assert!(!text.contains("ccfb"), "{text}");
    }
}

#[test]
fn one_kind_of_feedback_is_used() {
    let kinds = |a: Config, b: Config, without: &[&str]| {
        let mut call = Call::new(a, b, without, |_| {});
        let begun = call.pair.now;
        call.talk(4, 2_000);
        assert!(call.last_rate() > Bitrate::kbps(600), "it tells of packets");
        let seconds = (call.pair.now - begun).as_secs_f64();
        [CCFB, TRANSPORT_WIDE].map(|kind| (call.count(kind) as f64 / seconds) as usize)
    };
    let [ccfb, wide] = kinds(own(1), own(2), &[]);
    assert_eq!(wide, 0);
    assert!((10..=40).contains(&ccfb), "every 25 to 100 ms: {ccfb} in a second");
    for (a, b) in [(false, true), (true, false)] {
        let [ccfb, wide] = kinds(Config { ccfb: a, ..own(1) }, Config { ccfb: b, ..own(2) }, &[]);
        assert_eq!(ccfb, 0);
        assert!((4..=20).contains(&wide), "every 50 to 250 ms: {wide} in a second");
    }
    let [ccfb, wide] = kinds(own(1), own(2), &["transport-cc"]);
    assert!(ccfb > 10 && wide == 0);
}

#[test]
fn feedback_of_little_media_is_less_frequent() {
    let mut call = Call::new(own(1), own(2), &[], |_| {});
    call.talk(2, 100);
    let (begun, before) = (call.pair.now, call.count(CCFB));
    call.talk(10, 100);
    let seconds = (call.pair.now - begun).as_secs_f64();
    let each = (call.count(CCFB) - before) as f64 / seconds;
    assert!((7.0..=10.0).contains(&each), "every 100 ms, or at the next frame: {each}");
}

#[test]
fn marks_are_made_where_they_are_asked_for_and_told() {
    let marks = |a: Config, b: Config| {
        let mut call = Call::new(a, b, &[], |_| {});
        call.talk(3, 2_000);
        let seen = call.seen.take();
        assert!(seen.marks.len() > 100);
        assert!(seen.other_marks.iter().all(Option::is_none), "media alone is marked");
        let first = seen.marks[0];
        assert!(seen.marks.iter().all(|mark| *mark == first));
        first
    };
    let asked = |number| Config { ecn: true, ..own(number) };
    assert_eq!(marks(own(1), own(2)), None);
    assert_eq!(marks(asked(1), own(2)), Some(Ecn::Ect1));
    assert_eq!(marks(own(1), asked(2)), None, "each end decides for itself");
    assert_eq!(marks(asked(1), Config { ccfb: false, ..own(2) }), None, "nobody would tell");
}

#[test]
fn congestion_that_is_marked_takes_the_rate_down() {
    let rate = |marks: bool| {
        let link = move |transmit: &mut Transmit| {
            transmit.ecn = transmit.ecn.map(|ecn| if marks { Ecn::Ce } else { ecn });
        };
        let mut call = Call::new(Config { ecn: true, ..own(1) }, own(2), &[], link);
        call.talk(5, 2_500);
        call.last_rate()
    };
    let (without, with) = (rate(false), rate(true));
    assert!(without > Bitrate::kbps(800), "{without}");
    assert!(with < Bitrate::kbps(100), "every packet is marked: {with}");
}

#[test]
fn marks_that_the_path_clears_are_given_up() {
    let link = |transmit: &mut Transmit| transmit.ecn = None;
    let mut call = Call::new(Config { ecn: true, ..own(1) }, own(2), &[], link);
    call.talk(5, 2_000);
    let seen = call.seen.take();
    assert_eq!(seen.marks[0], Some(Ecn::Ect1));
    let marked = seen.marks.iter().filter(|mark| mark.is_some()).count();
    assert!((50..150).contains(&marked), "{marked} of {}", seen.marks.len());
    assert!(call.last_rate() > Bitrate::kbps(600), "the call goes on");
}

#[test]
fn statistics_have_what_feedback_told() {
    let sent = Cell::new(0);
    let link = move |transmit: &mut Transmit| {
        if transmit.ecn.is_some() {
            sent.set(sent.get() + 1);
            transmit.ecn = match sent.get() % 10 {
                3 => Some(Ecn::Ce),
                7 => None,
                _ => transmit.ecn,
            };
        }
    };
    let mut call = Call::new(Config { ecn: true, ..own(1) }, own(2), &[], link);
    call.pair.lose_every = Some(20);
    call.talk(5, 2_000);
    let [a, b] = [&call.pair.a, &call.pair.b].map(|peer| peer.rtc.stats());
    let (sent, told) = (&a.outbound_rtp[0], &a.remote_inbound_rtp[0]);
    let came = b.inbound_rtp.iter().find(|stream| stream.ssrc == sent.ssrc).expect("it arrives");
    assert_eq!(told.ssrc, sent.ssrc);
    assert_eq!(sent.packets_sent_with_ect1, Some(sent.packets_sent), "all were marked");
    let counts = [
        told.packets_received_with_ect1,
        told.packets_received_with_ce,
        told.packets_with_bleached_ect1_marking,
        told.packets_reported_as_lost,
    ];
    let [ect1, ce, bleached, lost] = counts.map(|count| count.expect("RFC 8888 is in use"));
    assert!(ce > 5 && bleached > 5 && ect1 > 5 * ce, "{told:?}");
    assert!(lost > 5, "{told:?}");
    // What is on its way when the call ends is told to nobody.
    assert!(came.packets_received_with_ce.is_some_and(|it| ce <= it && it < ce + 10), "{came:?}");
    assert!(came.packets_reported_as_lost.is_some_and(|it| lost <= it && it < lost + 10));
    assert_eq!(told.packets_reported_as_lost_but_recovered, Some(0), "what was lost stays lost");
    assert_eq!(came.packets_reported_as_lost_but_recovered, Some(0));
    let messages = (b.transport.ccfb_messages_sent, a.transport.ccfb_messages_received);
    assert!(messages.0 >= messages.1 && messages.1 > Some(50), "{messages:?}");
    let wide = Call::new(own(1), Config { ccfb: false, ..own(2) }, &[], |_| {});
    assert_eq!(wide.pair.a.rtc.stats().transport.ccfb_messages_sent, None);
}

/// A peer that has neither kind of feedback, but takes an estimate.
#[test]
fn an_estimate_of_the_receiver_is_told_and_obeyed() {
    let mut call = Call::new(own(1), own(2), &["ccfb", "transport-cc"], |_| {});
    call.talk(10, 4_000);
    assert_eq!([CCFB, TRANSPORT_WIDE].map(|kind| call.count(kind)), [0, 0]);
    assert!((8..=12).contains(&call.count(ESTIMATE)), "{:?}", call.count(ESTIMATE));
    let grown = call.last_rate();
    assert!(grown > Bitrate::kbps(900), "600 and 8 % a second: {grown}");
    call.pair.lose_every = Some(4);
    call.talk(10, 4_000);
    let fallen = call.last_rate();
    assert!(fallen < Bitrate::bps(grown.as_bps() * 2 / 3), "a quarter is lost: {fallen}");
}

/// Sends at one rate, and counts.
#[derive(Debug)]
struct Fixed {
    rate: Bitrate,
}

impl CongestionController for Fixed {
    fn on_sent(&mut self, _: &SentPacket) {}

    fn on_feedback(&mut self, feedback: &TransportFeedback) {
        self.rate = Bitrate::bps(self.rate.as_bps() + 10_000 * feedback.results.len() as u64);
    }

    fn set_limits(&mut self, _: Limits, _: Instant) {}

    fn update(&mut self, _: Instant) -> Target {
        Target::of_rate(self.rate)
    }

    fn next_wakeup(&self) -> Option<Instant> {
        None
    }
}

fn fixed() -> ControllerFactory {
    ControllerFactory::new("fixed", |_, _| Box::new(Fixed { rate: Bitrate::mbps(2) }))
}

#[test]
fn a_controller_of_ones_own_decides_and_replays_need_it() {
    let config = Config { controller: Some(fixed()), ..own(1) };
    let config = config.with_recording(RecordOptions::default());
    let mut call = Call::new(config, own(2), &[], |_| {});
    call.talk(1, 3_000);
    let rates = call.rates();
    assert_eq!(rates[0], Bitrate::mbps(2));
    assert!(*rates.last().unwrap() > Bitrate::mbps(2), "it heard of packets: {rates:?}");
    let recording = call.pair.a.rtc.finish_recording();
    let base = call.pair.now;
    let refused = |error: Option<ReplayError>| match error {
        Some(ReplayError::Controller(name)) => assert_eq!(name, "fixed"),
        other => panic!("{other:?}"),
    };
    refused(Replayer::new(&recording, base, Exactness::Bytes).err());
    let other = ControllerFactory::new("other", |_, _| Box::new(Fixed { rate: Bitrate::ZERO }));
    refused(Replayer::with_controller(&recording, base, Exactness::Bytes, other).err());
    let replayer = Replayer::with_controller(&recording, base, Exactness::Bytes, fixed());
    let mut replayer = replayer.expect("it has the controller");
    while let Some(step) = replayer.step() {
        assert_eq!(step.expect("the recording is whole").divergence, None);
    }
    assert!(replayer.outputs() > 100);
}
