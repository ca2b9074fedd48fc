//! What the network tells about frames.

use std::time::Duration;

use super::call::{audio, opus, send, video, vp8};
use super::deal::{Deal, DealLine, mid};
use super::wire::Wire;
use crate::codec::MediaKind;
use crate::config::{Config, SessionKind};
use crate::frame::{CaptureSource, FrameFacts, ReceivedFrame};
use crate::rtcp::NtpTime;
use crate::rtp::extension::{AbsCaptureTime, ExtensionKind, HeaderExtension, PlayoutDelay};
use crate::session::agreed::Capabilities;
use crate::session::either::Transport;
use crate::session::own::{OwnSession, Unprotected};
use crate::session::seam::Session;
use crate::time::MediaTime;

/// When a frame was captured, in ms since 1 January 1970 on the sender's clock.
fn captured_ms(received: &ReceivedFrame) -> Option<(f64, CaptureSource)> {
    let captured = received.facts.captured?;
    Some((captured.at.as_unix().as_secs_f64() * 1e3, captured.source))
}

/// A frame of sound and a picture of the same moment, every 40 ms.
pub(super) fn reports_say_when_frames_were_captured<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    Deal::with([audio(&wire, "0"), video(&wire, "1")]).strike(&mut wire);
    wire.connect();
    for number in 0..200_u8 {
        let mut sound = opus(number);
        sound.time = MediaTime::new(u64::from(number) * 1_920, 48_000);
        let mut picture = vp8(number);
        picture.time = MediaTime::new(u64::from(number) * 3_600, 90_000);
        let now = wire.now;
        wire.a.session.write_frame(mid("0"), &sound, Default::default(), now).expect("taken");
        wire.a.drain();
        send(&mut wire, false, mid("1"), None, &picture).expect("it may be sent");
    }
    let frames = wire.b.take_frames();
    let of =
        |kind: MediaKind| frames.iter().filter(move |received| received.frame.codec.kind() == kind);
    let first = of(MediaKind::Video).next().expect("pictures came");
    assert_eq!(first.facts.captured, None, "no report came yet");
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let known: Vec<_> = of(kind).filter_map(captured_ms).collect();
        assert!(known.len() > 25, "{kind}: {} of {}", known.len(), of(kind).count());
        assert!(known.iter().all(|(_, source)| *source == CaptureSource::SenderReport));
        let steps = known.windows(2).map(|two| two[1].0 - two[0].0);
        steps.for_each(|step| assert!((step - 40.0).abs() < 2.0, "{kind}: {step}"));
    }
    let last = |kind| of(kind).filter_map(captured_ms).next_back().expect("some are known").0;
    let apart = last(MediaKind::Audio) - last(MediaKind::Video);
    assert!(apart.abs() < 2.0, "captured together, told {apart} ms apart");
}

/// Puts an element of the one-byte form behind the others of a packet (RFC 8285 section 4.2).
fn add_element(packet: &mut Vec<u8>, id: u8, value: &impl HeaderExtension) {
    assert_eq!(packet[12..14], [0xbe, 0xde], "our packets have elements of this form");
    let mut element = vec![0];
    value.write(&mut element);
    element[0] = id << 4 | (element.len() - 2) as u8;
    element.resize(element.len().next_multiple_of(4), 0);
    let words = u16::from_be_bytes([packet[14], packet[15]]);
    let end = 16 + 4 * usize::from(words);
    let more = (element.len() / 4) as u16;
    packet[14..16].copy_from_slice(&(words + more).to_be_bytes());
    packet.splice(end..end, element);
}

fn id_of(capabilities: &Capabilities, kind: ExtensionKind) -> u8 {
    let known = capabilities.extensions.iter().find(|known| known.uri == kind.uri());
    known.expect("it is offered").id
}

/// Sends pictures of which one carries this element; what was told of all.
fn told<T: HeaderExtension + Send + 'static>(marked: u8, value: T, count: u8) -> Vec<FrameFacts> {
    let mut wire = Wire::<OwnSession>::seeded();
    Deal::with([video(&wire, "0")]).strike(&mut wire);
    wire.connect();
    let id = id_of(&wire.a.session.capabilities(), T::KIND);
    wire.a.session.meddle(Box::new(move |kind, packet| {
        // The last byte of a picture is its number.
        if kind == Unprotected::Rtp && packet[packet.len() - 1] == marked {
            add_element(packet, id, &value);
        }
    }));
    for number in 0..count {
        send(&mut wire, false, mid("0"), None, &vp8(number)).expect("it may be sent");
    }
    wire.run(Duration::from_millis(300));
    let frames = wire.b.take_frames();
    assert_eq!(frames.len(), usize::from(count));
    frames.iter().map(|received| received.facts).collect()
}

#[test]
fn the_time_of_capture_in_packets_goes_before_reports_and_is_gone_on_from() {
    let noon = NtpTime::from_unix(Duration::from_secs(1_900_000_000));
    let hour = 3_600_i64 << 32;
    let time = AbsCaptureTime { timestamp: noon.bits(), clock_offset: Some(hour) };
    // A report comes within the first seconds, and has another wall clock.
    let facts = told(120, time, 250);
    let captured = |number: usize| facts[number].captured.expect("it is known");
    assert_eq!(facts[0].captured, None);
    assert_eq!(captured(119).source, CaptureSource::SenderReport);
    for (number, seconds) in [(120, 0.0), (150, 1.0)] {
        assert_eq!(captured(number).source, CaptureSource::HeaderExtension);
        assert!(captured(number).is_senders());
        let unix = captured(number).at.as_unix().as_secs_f64();
        assert!((unix - (1_900_000_000.0 - 3_600.0) - seconds).abs() < 1e-3, "{number}: {unix}");
    }
    let without = AbsCaptureTime { clock_offset: None, ..time };
    let facts = told(2, without, 250);
    let captured = facts[2].captured.expect("it is known");
    assert_eq!((captured.at, captured.source), (noon, CaptureSource::Capturer));
    assert!(!captured.is_senders());
    let late = facts[249].captured.expect("it is known");
    assert_eq!(late.source, CaptureSource::SenderReport, "after five seconds it is forgotten");
}

#[test]
fn bounds_of_the_delay_hold_until_others_are_told() {
    let ms = Duration::from_millis;
    let bounds = PlayoutDelay::new(ms(100), ms(400)).expect("in order");
    let facts = told(3, bounds, 6);
    let told: Vec<_> = facts.iter().map(|facts| facts.playout_delay).collect();
    assert_eq!(told, [None, None, None, Some(bounds), Some(bounds), Some(bounds)]);
}

/// Sound among which some packets are padding alone, as congestion control sends it: what became
/// frames.
fn heard_among_padding(kind: SessionKind) -> Vec<ReceivedFrame> {
    let config = |seed, session| Config { session, ..Config::seeded(seed) };
    let mut wire = Wire::<Transport>::new(&config(1, SessionKind::Own), &config(2, kind));
    let line = DealLine::new("0", MediaKind::Audio, &["opus"], &wire.b.session.capabilities());
    Deal::with([line]).strike(&mut wire);
    wire.connect();
    let Transport::Own(sender) = &mut wire.a.session else { unreachable!("it was asked for") };
    sender.meddle(Box::new(|kind, packet| {
        let [.., number, 3] = packet[..] else { return };
        if kind == Unprotected::Rtp && number % 3 == 1 {
            let payload = packet.len() - 3;
            packet.truncate(payload);
            packet.resize(payload + 199, 0);
            packet.push(200);
            packet[0] |= crate::rtp::PADDING_BIT;
        }
    }));
    for number in 0..30 {
        send(&mut wire, false, mid("0"), None, &opus(number)).expect("it may be sent");
    }
    wire.run(Duration::from_millis(500));
    wire.b.take_frames()
}

#[test]
fn packets_of_padding_alone_are_no_frames() {
    for kind in [SessionKind::Own, SessionKind::Str0m] {
        let frames = heard_among_padding(kind);
        let numbers: Vec<u8> = frames.iter().map(|received| received.frame.data[1]).collect();
        let sent: Vec<u8> = (0..30).filter(|number| number % 3 != 1).collect();
        assert_eq!(numbers, sent, "{kind:?}");
        assert!(frames.iter().all(|received| received.frame.data.len() == 3), "{kind:?}");
        // Their numbers were used: nothing is missing there.
        if kind == SessionKind::Own {
            let lost = frames.iter().filter_map(|it| it.packets?.lost_before).sum::<u64>();
            assert_eq!((lost, frames.iter().all(|it| it.contiguous)), (0, true));
        }
    }
}
