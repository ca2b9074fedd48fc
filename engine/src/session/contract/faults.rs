//! Whole kinds of faults that a session shall not have.

use std::sync::Arc;
use std::time::Duration;

use super::call::{audio, opus, video, vp8};
use super::data::channel;
use super::deal::{Deal, mid};
use super::errors::Errors;
use super::wire::Wire;
use crate::bitrate::Bitrate;
use crate::codec::Codec;
use crate::config::Config;
use crate::demux::PacketKind;
use crate::event::KeyframeRequestKind;
use crate::frame::EncodedFrame;
use crate::media::{KeyframeError, WriteError, WriteOptions};
use crate::session::agreed::AgreeError;
use crate::session::output::{SessionChannel, SessionEvent, SessionOutput};
use crate::session::seam::Session;

/// How two sessions part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parting {
    /// One says goodbye, the other hears of it and closes as well.
    InTurn,
    /// Both at the same time.
    AtOnce,
    /// With messages under way.
    InHaste,
    /// Where nothing passes any more.
    Unheard,
}

pub(super) fn a_goodbye_is_no_error<S: Session>() {
    let errors = Errors::counted();
    let partings = [Parting::InTurn, Parting::AtOnce, Parting::InHaste, Parting::Unheard];
    for (with_channel, parting) in partings.map(|it| [(true, it), (false, it)]).concat() {
        let mut wire = Wire::<S>::seeded();
        Deal::with([audio(&wire, "0")]).strike(&mut wire);
        wire.connect();
        let chat = with_channel.then(|| channel(&mut wire, "chat"));
        part(&mut wire, parting, chat);
        assert_eq!(errors.count(), 0, "{parting:?}, with a channel: {with_channel}");
    }
    // Before anything came about.
    let mut wire = Wire::<S>::seeded();
    Deal::data().strike(&mut wire);
    let now = wire.now;
    wire.a.session.close(now);
    wire.run(Duration::from_secs(5));
    assert_eq!(errors.count(), 0, "errors are for what is broken");
}

fn part<S: Session>(wire: &mut Wire<S>, parting: Parting, chat: Option<[SessionChannel; 2]>) {
    wire.cut = parting == Parting::Unheard;
    if let (Parting::InHaste | Parting::Unheard, Some(chat)) = (parting, chat) {
        for (side, channel) in wire.sides().into_iter().zip(chat) {
            for _ in 0..20 {
                side.session.write_channel(channel, true, &[7; 4_000]).expect("it is open");
                side.drain();
            }
        }
    }
    let now = wire.now;
    wire.a.session.close(now);
    wire.a.drain();
    if parting == Parting::AtOnce {
        wire.b.session.close(now);
        wire.b.drain();
    } else if parting != Parting::Unheard {
        wire.run_until("the peer hears of it", |wire| wire.b.has_closed());
        let now = wire.now;
        wire.b.session.close(now);
        wire.b.drain();
    }
    wire.run(Duration::from_secs(90));
}

/// What can be told of a datagram: its kind, and the number of an RTP packet.
fn what(contents: &[u8]) -> String {
    match PacketKind::of(contents) {
        Some(PacketKind::Rtp) => format!("RTP {:?}", &contents[2..4]),
        kind => format!("{kind:?} of {} bytes", contents.len()),
    }
}

pub(super) fn outputs_keep_their_order<S: Session>() {
    // The same commands, polled after each, and polled only at the end.
    let told = |polls: bool| {
        let mut wire = Wire::<S>::seeded();
        Deal::with([audio(&wire, "0")]).strike(&mut wire);
        wire.connect();
        let [a, _] = channel(&mut wire, "chat");
        wire.run(Duration::from_secs(1));
        let now = wire.now;
        let mut outputs = Vec::new();
        let mut poll = |wire: &mut Wire<S>| {
            loop {
                match wire.a.session.poll() {
                    SessionOutput::Transmit(transmit) => outputs.push(what(&transmit.contents)),
                    SessionOutput::Event(event) => outputs.push(format!("{event:?}")),
                    SessionOutput::Timeout(..) => return,
                }
            }
        };
        for number in 0..8 {
            let text = [number; 20];
            wire.a.session.write_channel(a, true, &text).expect("it is open");
            if polls {
                poll(&mut wire);
            }
            let options = WriteOptions::default();
            wire.a.session.write_frame(mid("0"), &opus(number), options, now).expect("it sends");
            if polls {
                poll(&mut wire);
            }
            wire.a.session.timeout(now);
            if polls {
                poll(&mut wire);
            }
        }
        let lost = super::wire::host(wire.a.address);
        wire.a.session.remove_local_candidate(&lost);
        poll(&mut wire);
        outputs
    };
    let (after_each, at_the_end) = (told(true), told(false));
    assert!(after_each.len() > 8, "{}", after_each.len());
    assert_eq!(after_each, at_the_end);
}

pub(super) fn undrained_writes_are_refused<S: Session>() {
    let mut config = Config::seeded(1);
    config.initial_bitrate = None;
    let mut wire = Wire::<S>::new(&config, &Config::seeded(2));
    let deal = Deal::with([audio(&wire, "0")]);
    deal.strike(&mut wire);
    wire.connect();
    wire.run(Duration::from_secs(1));
    let now = wire.now;
    let frame = EncodedFrame { codec: Codec::Opus, data: Arc::from([0x78; 1100]), ..opus(1) };
    let mut room = 20_000;
    loop {
        let options = WriteOptions::default();
        wire.a.session.write_frame(mid("0"), &frame, options, now).expect("there is room");
        let asked = wire.a.session.request_keyframe(mid("0"), None, KeyframeRequestKind::Pli);
        if asked == Err(KeyframeError::NotDrained) {
            break;
        }
        room -= 1;
        assert!(room > 0, "memory has a limit");
        wire.a.session.timeout(now);
    }
    let refused = wire.a.session.write_frame(mid("0"), &frame, WriteOptions::default(), now);
    assert_eq!(refused, Err(WriteError::NotDrained));
    let again = deal.for_side(&wire, false);
    assert_eq!(wire.a.session.agree(&again), Err(AgreeError::NotDrained));
    wire.a.drain();
    wire.run(Duration::from_secs(1));
    assert!(!wire.a.has_closed(), "it goes on");
    let options = WriteOptions::default();
    let now = wire.now;
    assert_eq!(wire.a.session.write_frame(mid("0"), &opus(2), options, now), Ok(()));
    wire.a.drain();
    wire.run(Duration::from_millis(500));
    let got = wire.b.take_frames();
    assert!(got.iter().any(|it| it.frame.data == opus(2).data), "what is sent after it arrives");
}

/// A path without delay, an estimator that has a goal, a little media.
pub(super) fn the_estimator_lets_the_engine_sleep<S: Session>() {
    for delay in [Duration::ZERO, Duration::from_micros(50), Duration::from_millis(20)] {
        let mut wire = Wire::<S>::seeded();
        wire.delay = delay;
        Deal::with([video(&wire, "0")]).strike(&mut wire);
        wire.connect();
        let (low, high) = (Bitrate::kbps(300), Bitrate::kbps(5_000));
        wire.a.session.set_desired_bitrate(low, high);
        let before = wire.a.wakes;
        let seconds: u32 = 10;
        for number in 0..seconds * 10 {
            let options = WriteOptions::default();
            let frame = vp8(number as u8);
            let now = wire.now;
            let written = wire.a.session.write_frame(mid("0"), &frame, options, now);
            assert_eq!(written, Ok(()), "frame {number}");
            wire.a.drain();
            wire.run(Duration::from_millis(100));
        }
        let wakes = wire.a.wakes - before;
        assert!(wakes <= u64::from(seconds) * 400, "{wakes} wake-ups in {seconds} s at {delay:?}");
        assert!(!wire.b.take_frames().is_empty());
        let told = wire.a.take(|event| match event {
            SessionEvent::Bandwidth(rate) => Some(*rate),
            _ => None,
        });
        assert!(!told.is_empty(), "there is an estimate");
    }
}
