//! What is lost is asked for and sent again; each of both may be lost too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::call::{send, video, vp8};
use super::deal::{Deal, mid};
use super::wire::Wire;
use crate::config::Config;
use crate::rtcp::packet::{Compound, Packet};
use crate::rtp::RtpPacket;
use crate::session::own::{OwnSession, Unprotected};

const MS: Duration = Duration::from_millis(1);

/// What came of a picture that was lost.
struct Repair {
    requests: usize,
    retransmissions: usize,
    /// From its loss until it was handed over.
    took: Duration,
}

/// Loses the packet of a picture, and so many of the first retransmissions and requests.
fn repair(retransmissions_lost: usize, requests_lost: usize) -> Repair {
    // Without an estimate there are no probes, which are retransmissions too.
    let config = |seed| Config { initial_bitrate: None, ..Config::seeded(seed) };
    let mut wire = Wire::<OwnSession>::new(&config(1), &config(2));
    wire.delay = 50 * MS;
    Deal::with([video(&wire, "0")]).strike(&mut wire);
    wire.connect();
    for number in 0..3 {
        send(&mut wire, false, mid("0"), None, &vp8(number)).expect("it may be sent");
    }
    wire.run(200 * MS);
    assert_eq!(wire.b.take_frames().len(), 3);

    let [retransmissions, requests] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let (counted, mut media) = (Arc::clone(&retransmissions), None);
    wire.a.session.meddle(Box::new(move |kind, packet| {
        let Ok(parsed) = RtpPacket::parse(packet) else { return };
        let (ssrc, payload) = (parsed.ssrc(), packet.len() - parsed.payload().len());
        if kind == Unprotected::Rtp
            && *media.get_or_insert(ssrc) != ssrc
            && counted.fetch_add(1, Ordering::Relaxed) < retransmissions_lost
        {
            // Too short to say what it repeats.
            packet.truncate(payload + 1);
        }
    }));
    let counted = Arc::clone(&requests);
    wire.b.session.meddle(Box::new(move |kind, packet| {
        let is_request = |packet| matches!(packet, Packet::Nack(_));
        if kind == Unprotected::Rtcp
            && Compound::parse(packet).is_ok_and(|all| all.into_iter().any(is_request))
            && counted.fetch_add(1, Ordering::Relaxed) < requests_lost
        {
            // A report without blocks, and nothing behind it.
            packet.truncate(8);
            packet[..4].copy_from_slice(&[0x80, 201, 0, 1]);
        }
    }));
    wire.cut = true;
    send(&mut wire, false, mid("0"), None, &vp8(3)).expect("it may be sent");
    wire.cut = false;
    let lost_at = wire.now;
    send(&mut wire, false, mid("0"), None, &vp8(4)).expect("it may be sent");
    let mut frames = 0;
    wire.run_until("both pictures came", |wire| {
        frames += wire.b.take_frames().len();
        frames == 2
    });
    let took = wire.now - lost_at;
    wire.run(300 * MS);
    let [requests, retransmissions] =
        [requests, retransmissions].map(|counted| counted.load(Ordering::Relaxed));
    Repair { requests, retransmissions, took }
}

#[test]
fn a_picture_that_was_lost_is_there_after_a_round_trip() {
    let usual = repair(0, 0);
    assert_eq!((usual.requests, usual.retransmissions), (1, 1));
    assert!(usual.took < 155 * MS, "{:?}", usual.took);
}

#[test]
fn what_is_asked_for_or_sent_again_in_vain_is_asked_for_again() {
    let lost = repair(1, 0);
    assert_eq!(lost.retransmissions, 2);
    assert!(lost.requests > 1, "{}", lost.requests);
    let unheard = repair(0, 1);
    assert_eq!((unheard.requests, unheard.retransmissions), (2, 1));
}
