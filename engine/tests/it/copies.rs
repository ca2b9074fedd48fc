//! Redundant sound between two connections of our own session: copies that are asked for, and those
//! that losses ask for.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use lapwing_engine::{AudioRedundancy, CopyDistances, Delivery, Event, MediaKind};

use crate::media::{mid_of, opus};
use crate::pair::Pair;
use crate::recovery::{Link, call, config};

fn sounds(pair: &mut Pair, count: u8) -> Vec<(u64, u8, bool)> {
    let frames = |event: &Event| match event {
        Event::Frame(frame) => {
            Some((frame.frame.time.ticks() / 960, frame.frame.data[1], frame.contiguous))
        }
        _ => None,
    };
    let mut received = Vec::new();
    for number in 0..count {
        pair.on_a(|rtc, now| {
            let mid = mid_of(rtc, MediaKind::Audio);
            rtc.media(mid).expect("it is negotiated").write(&opus(number), now).expect("room");
        });
        pair.run(Duration::from_millis(20));
        received.extend(pair.b.take(frames));
    }
    pair.run(Duration::from_secs(1));
    received.extend(pair.b.take(frames));
    received
}

#[test]
fn redundant_sound_fills_losses_in_sequence_and_once() {
    let sender = |distance| {
        let mut config = config(1);
        config.redundancy.audio = AudioRedundancy::Send { distance };
        config
    };
    let (mut pair, link) = call([sender(1), config(2)], MediaKind::Audio, vec![], 0);
    let offer = pair.on_a(|rtc, _| rtc.negotiation().local_description().expect("it offered"));
    for line in ["a=rtpmap:63 red/48000/2\r\n", "a=fmtp:63 111/111\r\n"] {
        assert!(offer.sdp.contains(line), "{line} in {}", offer.sdp);
    }
    let passed = Rc::clone(&link);
    pair.rewrite = Some(Box::new(move |to_b, transmit| {
        let mut link = passed.borrow_mut();
        let before = link.sent.len();
        link.pass(to_b, transmit);
        // Every third is lost, but not the first and the last.
        let count = link.sent.len();
        if count > before && count % 3 == 2 && count < 90 {
            transmit.contents.clear();
        }
    }));
    let received = sounds(&mut pair, 90);
    assert!(link.borrow().sent.iter().all(|((payload_type, ..), _)| *payload_type == 63));
    let numbers: Vec<u8> = received.iter().map(|(_, number, _)| *number).collect();
    assert_eq!(numbers, (0..90).collect::<Vec<u8>>());
    assert!(received.iter().all(|(.., contiguous)| *contiguous), "{received:?}");
    let start = received[0].0;
    for (time, number, _) in received {
        assert_eq!(time - start, u64::from(number), "each at its time");
    }
}

#[test]
fn redundant_sound_is_taken_and_not_sent_unless_it_is_asked_for() {
    let (mut pair, link) = call([config(1), config(2)], MediaKind::Audio, vec![], 0);
    assert_eq!(sounds(&mut pair, 5).len(), 5);
    assert!(link.borrow().sent.iter().all(|((payload_type, ..), _)| *payload_type == 111));
    let mut off = config(2);
    off.redundancy.audio = AudioRedundancy::Off;
    let mut asked = config(1);
    asked.redundancy.audio = AudioRedundancy::Send { distance: 1 };
    let (mut pair, link) = call([asked, off], MediaKind::Audio, vec![], 0);
    assert_eq!(sounds(&mut pair, 5).len(), 5);
    assert!(link.borrow().sent.iter().all(|((payload_type, ..), _)| *payload_type == 111));
}

/// Packets are handed over as the sound that is in them.
#[test]
fn packets_of_redundant_sound_are_packets_of_sound() {
    let mut asked = config(1);
    asked.redundancy.audio = AudioRedundancy::Send { distance: 2 };
    let b = config(2).with_delivery(Delivery::Packets);
    let (mut pair, link) = call([asked, b], MediaKind::Audio, vec![], 0);
    let passed = Rc::clone(&link);
    pair.rewrite = Some(Box::new(move |to_b, transmit| {
        let mut link = passed.borrow_mut();
        let before = link.sent.len();
        link.pass(to_b, transmit);
        // Two of four are lost.
        if link.sent.len() > before && matches!(link.sent.len() % 4, 2 | 3) {
            transmit.contents.clear();
        }
    }));
    assert!(sounds(&mut pair, 41).is_empty(), "there are no frames");
    let packets = pair.b.take(|event| match event {
        Event::Packet(packet) => Some(packet.clone()),
        _ => None,
    });
    assert!(packets.iter().all(|packet| packet.payload_type.0 == 111));
    let told: Vec<(u64, u8)> =
        packets.iter().map(|it| (it.sequence_number, it.payload[1])).collect();
    let first = told[0].0;
    let expected: Vec<(u64, u8)> = (0..41).map(|at| (first + u64::from(at), at)).collect();
    assert_eq!(told, expected);
}

/// Loses sound on its way from `a` to `b`, as `lost` says of the packets by their place.
fn lose(pair: &mut Pair, link: &Rc<RefCell<Link>>, lost: impl Fn(usize) -> bool + 'static) {
    let passed = Rc::clone(link);
    pair.rewrite = Some(Box::new(move |to_b, transmit| {
        let mut link = passed.borrow_mut();
        let before = link.sent.len();
        link.pass(to_b, transmit);
        if link.sent.len() > before && lost(before) {
            transmit.contents.clear();
        }
    }));
}

#[test]
fn copies_with_frames_between_fill_bursts() {
    let mut sender = config(1);
    let copies = CopyDistances::new(&[2, 4]).expect("two of four, none beyond eight");
    sender.redundancy.audio = AudioRedundancy::Spread(copies);
    let (mut pair, link) = call([sender, config(2)], MediaKind::Audio, vec![], 0);
    // Two in a row, and no others for as long as the copies take.
    lose(&mut pair, &link, |place| place % 10 > 7 && place < 80);
    let received = sounds(&mut pair, 90);
    let mut numbers: Vec<u8> = received.iter().map(|(_, number, _)| *number).collect();
    assert_eq!(numbers.len(), 90, "each once");
    numbers.sort_unstable();
    assert_eq!(numbers, (0..90).collect::<Vec<u8>>());
    let start = received[0].0;
    assert!(received.iter().all(|(time, number, _)| time - start == u64::from(*number)));
}

/// Payload types of what was sent from a place on.
fn payload_types(link: &Rc<RefCell<Link>>, from: usize) -> Vec<u8> {
    link.borrow().sent[from..].iter().map(|((payload_type, ..), _)| *payload_type).collect()
}

#[test]
fn copies_follow_the_losses_that_the_peer_reports() {
    let mut sender = config(1);
    sender.redundancy.audio = AudioRedundancy::Adaptive;
    let (mut pair, link) = call([sender, config(2)], MediaKind::Audio, vec![], 0);
    assert_eq!(sounds(&mut pair, 100).len(), 100);
    assert!(payload_types(&link, 0).iter().all(|it| *it == 111), "nothing is lost");
    // Bursts of three.
    lose(&mut pair, &link, |place| place % 30 < 3 && place < 400);
    sounds(&mut pair, 250);
    let types = payload_types(&link, 150);
    assert!(types.iter().all(|it| *it == 63), "copies since the first burst: {types:?}");
    // The last losses are at place 392; eleven seconds later there are no copies any more.
    sounds(&mut pair, 250);
    sounds(&mut pair, 250);
    sounds(&mut pair, 250);
    let types = payload_types(&link, 1_050);
    assert!(!types.is_empty() && types.iter().all(|it| *it == 111), "{types:?}");
}
