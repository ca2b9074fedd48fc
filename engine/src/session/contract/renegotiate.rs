//! What was agreed on is agreed on anew.

use std::time::Duration;

use super::call::{audio, exchange, opus, send, video, vp8};
use super::connect::is_up;
use super::data::{channel, messages};
use super::deal::{Deal, mid};
use super::wire::Wire;
use crate::event::Direction;
use crate::ids::Rid;
use crate::media::WriteError;
use crate::session::seam::Session;

pub(super) fn directions_change<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let mut deal = Deal::with([audio(&wire, "0")]);
    deal.strike(&mut wire);
    wire.connect();
    exchange(&mut wire, &[(mid("0"), opus(1))]);

    deal.lines[0].direction = Direction::SendOnly;
    deal.strike(&mut wire);
    send(&mut wire, false, mid("0"), None, &opus(2)).expect("it may be sent");
    let refused = send(&mut wire, true, mid("0"), None, &opus(2));
    assert_eq!(refused, Err(WriteError::NotSending));
    wire.run(Duration::from_millis(300));
    assert_eq!(wire.b.take_frames().len(), 1);

    deal.lines[0].direction = Direction::Inactive;
    deal.strike(&mut wire);
    for from_b in [false, true] {
        let refused = send(&mut wire, from_b, mid("0"), None, &opus(3));
        assert_eq!(refused, Err(WriteError::NotSending));
    }
    deal.lines[0].direction = Direction::SendRecv;
    deal.strike(&mut wire);
    exchange(&mut wire, &[(mid("0"), opus(4))]);
}

pub(super) fn a_line_is_added<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let mut deal = Deal::with([audio(&wire, "0")]);
    deal.data = false;
    deal.strike(&mut wire);
    wire.connect();
    deal.lines.push(video(&wire, "cam"));
    deal.strike(&mut wire);
    exchange(&mut wire, &[(mid("0"), opus(1)), (mid("cam"), vp8(1))]);
    deal.data = true;
    deal.strike(&mut wire);
    let chat = channel(&mut wire, "chat");
    messages(&mut wire, chat, "hello");
}

/// RFC 9429 section 5.2.2.
pub(super) fn a_place_is_used_again<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let mut deal = Deal::with([audio(&wire, "0"), video(&wire, "1")]);
    deal.strike(&mut wire);
    wire.connect();
    exchange(&mut wire, &[(mid("0"), opus(1)), (mid("1"), vp8(1))]);
    for round in 0..20 {
        deal.lines[1].stopped = true;
        deal.strike(&mut wire);
        let gone = deal.lines[1].mid;
        assert!(send(&mut wire, false, gone, None, &vp8(2)).is_err(), "it is stopped");
        deal.lines[1] = video(&wire, &format!("again{round}"));
        deal.strike(&mut wire);
    }
    let last = deal.lines[1].mid;
    exchange(&mut wire, &[(mid("0"), opus(2)), (last, vp8(3))]);
}

pub(super) fn a_restart_keeps_the_call<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let mut deal = Deal::with([audio(&wire, "0")]);
    deal.strike(&mut wire);
    wire.connect();
    let chat = channel(&mut wire, "chat");
    for number in 1..4 {
        let before = wire.a.session.local_transport().credentials;
        wire.a.events.clear();
        deal.restart(&mut wire);
        deal.strike(&mut wire);
        deal.restarted = None;
        let after = wire.a.session.local_transport().credentials;
        assert_ne!(after, before);
        wire.run_until("ICE is there again", |wire| is_up(wire.a.ice_states().last().copied()));
        exchange(&mut wire, &[(mid("0"), opus(number))]);
        messages(&mut wire, chat, "still here");
    }
    // An exchange without a restart leaves it as it is.
    let before = wire.a.session.local_transport().credentials;
    deal.strike(&mut wire);
    assert_eq!(wire.a.session.local_transport().credentials, before);
    exchange(&mut wire, &[(mid("0"), opus(9))]);
}

/// The answerer begins at once; its checks come before its answer does.
pub(super) fn early_checks_of_a_restart_are_heard<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let mut deal = Deal::with([audio(&wire, "0")]);
    deal.strike(&mut wire);
    wire.connect();
    deal.restart(&mut wire);
    let (to_a, to_b) = (deal.for_side(&wire, false), deal.for_side(&wire, true));
    wire.a.session.expect_checks(&to_a.local, true);
    wire.a.drain();
    let told = wire.a.session.local_transport().credentials;
    assert_ne!(told, to_a.local, "it is not agreed on yet");
    wire.b.session.agree(&to_b).expect("it can be taken");
    wire.b.session.add_remote_candidate(&super::wire::host(wire.a.address)).expect("a candidate");
    wire.b.drain();
    wire.run(Duration::from_millis(200));
    let refused = wire.a.refused.len();
    wire.a.session.agree(&to_a).expect("it can be taken");
    wire.a.drain();
    // Nothing more is signalled: `b` is found by the checks that came early.
    wire.delay = Duration::ZERO;
    wire.run(Duration::from_millis(100));
    assert_eq!(refused, 0, "early checks are kept");
    let state = wire.b.ice_states().last().copied();
    assert!(is_up(state), "{state:?}");
    exchange(&mut wire, &[(mid("0"), opus(1))]);
}

pub(super) fn a_restart_that_is_taken_back_changes_nothing<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let deal = Deal::with([audio(&wire, "0")]);
    deal.strike(&mut wire);
    wire.connect();
    let drawn = wire.a.session.draw_credentials();
    wire.a.session.expect_checks(&drawn, true);
    wire.a.session.forget_checks();
    wire.a.drain();
    wire.run(Duration::from_secs(40));
    assert_eq!(wire.a.ice_states().last(), wire.b.ice_states().last());
    exchange(&mut wire, &[(mid("0"), opus(1))]);
    deal.strike(&mut wire);
    exchange(&mut wire, &[(mid("0"), opus(2))]);
}

/// No codec that both sides know: it carries nothing, the rest lives.
pub(super) fn a_line_without_codecs_carries_nothing<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let mut deal = Deal::with([audio(&wire, "0"), video(&wire, "1")]);
    let codecs = std::mem::take(&mut deal.lines[1].codecs);
    deal.lines[1].direction = Direction::Inactive;
    deal.strike(&mut wire);
    wire.connect();
    exchange(&mut wire, &[(mid("0"), opus(1))]);
    assert_eq!(send(&mut wire, false, mid("1"), None, &vp8(1)), Err(WriteError::UnknownMid));

    deal.lines[1].codecs.clone_from(&codecs);
    deal.lines[1].direction = Direction::SendRecv;
    deal.strike(&mut wire);
    exchange(&mut wire, &[(mid("0"), opus(2)), (mid("1"), vp8(2))]);

    deal.lines[1].codecs.clear();
    deal.lines[1].direction = Direction::Inactive;
    deal.strike(&mut wire);
    assert!(send(&mut wire, false, mid("1"), None, &vp8(3)).is_err());
    exchange(&mut wire, &[(mid("0"), opus(3))]);

    deal.lines[1].codecs = codecs;
    deal.lines[1].direction = Direction::SendRecv;
    deal.strike(&mut wire);
    exchange(&mut wire, &[(mid("0"), opus(4)), (mid("1"), vp8(4))]);
}

/// Layers come, are more and go, and the m-line stays what it was.
pub(super) fn layers_change<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let plain = video(&wire, "0");
    let mut deal = Deal::with([plain.clone().directed(Direction::RecvOnly)]);
    deal.lines[0].streams[0].clear();
    deal.strike(&mut wire);
    wire.connect();
    let mut number = 0;
    for rids in [&["lo"][..], &["lo", "hi"], &["hi"], &["hi", "top"]] {
        deal.lines[0] = plain.clone().layered(rids);
        deal.strike(&mut wire);
        for rid in rids {
            number += 1;
            let written = send(&mut wire, false, mid("0"), Rid::new(rid), &vp8(number));
            assert_eq!(written, Ok(()), "{rid} of {rids:?}");
            wire.run(Duration::from_millis(300));
            let got = wire.b.take_frames();
            let told: Vec<_> = got.iter().map(|it| (it.rid, it.frame.data[20])).collect();
            assert_eq!(told, [(Rid::new(rid), number)], "{rids:?}");
        }
        let gone = Rid::new(if rids.contains(&"lo") { "top" } else { "lo" });
        assert!(send(&mut wire, false, mid("0"), gone, &vp8(99)).is_err(), "{rids:?}");
        exchange_back(&mut wire, number);
    }
}

/// `b` sends without layers.
fn exchange_back<S: Session>(wire: &mut Wire<S>, number: u8) {
    send(wire, true, mid("0"), None, &vp8(number)).expect("it may be sent");
    wire.run(Duration::from_millis(300));
    let got = wire.a.take_frames();
    assert_eq!(got.iter().map(|it| it.frame.data[20]).collect::<Vec<_>>(), [number]);
}
