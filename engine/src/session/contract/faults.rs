//! Whole kinds of faults that a session shall not have.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::call::{audio, opus, video, vp8};
use super::data::channel;
use super::deal::{Deal, mid};
use super::wire::Wire;
use crate::bitrate::Bitrate;
use crate::codec::Codec;
use crate::config::Config;
use crate::demux::PacketKind;
use crate::frame::EncodedFrame;
use crate::media::{WriteError, WriteOptions};
use crate::session::output::{SessionEvent, SessionOutput};
use crate::session::seam::Session;

/// Counts what is logged as an error.
struct Errors(Arc<AtomicUsize>);

impl tracing::Subscriber for Errors {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::ERROR
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Told(String);
        impl tracing::field::Visit for Told {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!(" {}={value:?}", field.name());
            }
        }
        let mut told = Told(event.metadata().target().to_owned());
        event.record(&mut told);
        eprintln!("error logged: {}", told.0);
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

pub(super) fn a_goodbye_is_no_error<S: Session>() {
    let errors = Arc::new(AtomicUsize::new(0));
    tracing::subscriber::with_default(Errors(Arc::clone(&errors)), || {
        for with_channel in [true, false] {
            let mut wire = Wire::<S>::seeded();
            Deal::with([audio(&wire, "0")]).strike(&mut wire);
            wire.connect();
            if with_channel {
                let _ = channel(&mut wire, "chat");
            }
            let now = wire.now;
            wire.a.session.close(now);
            wire.a.drain();
            wire.run_until("the peer hears of it", |wire| wire.b.has_closed());
            wire.run(Duration::from_secs(5));
        }
        // Before anything came about.
        let mut wire = Wire::<S>::seeded();
        Deal::data().strike(&mut wire);
        let now = wire.now;
        wire.a.session.close(now);
        wire.run(Duration::from_secs(5));
    });
    assert_eq!(errors.load(Ordering::Relaxed), 0, "errors are for what is broken");
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
    Deal::with([audio(&wire, "0")]).strike(&mut wire);
    wire.connect();
    wire.run(Duration::from_secs(1));
    let now = wire.now;
    let frame = EncodedFrame { codec: Codec::Opus, data: Arc::from([0x78; 1100]), ..opus(1) };
    let mut refused = None;
    for _ in 0..20_000 {
        let options = WriteOptions::default();
        match wire.a.session.write_frame(mid("0"), &frame, options, now) {
            Ok(()) => {}
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    assert_eq!(refused, Some(WriteError::NotDrained), "memory has a limit");
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
        eprintln!("delay {delay:?}: {wakes} wake-ups in {seconds} s");
        assert!(
            wakes <= u64::from(seconds) * 1_500,
            "{wakes} wake-ups in {seconds} s at {delay:?}"
        );
        assert!(!wire.b.take_frames().is_empty());
        let told = wire.a.take(|event| match event {
            SessionEvent::Bandwidth(rate) => Some(*rate),
            _ => None,
        });
        assert!(!told.is_empty(), "there is an estimate");
    }
}
