//! What a sender tells of its frames, end to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::call::{audio, opus};
use super::deal::{Deal, DealLine, mid};
use super::wire::Wire;
use crate::codec::{Codec, MediaKind};
use crate::frame::{CaptureSource, EncodedFrame, ReceivedFrame};
use crate::media::WriteOptions;
use crate::rtp::RtpPacket;
use crate::rtp::extension::{ExtensionKind, PlayoutDelay};
use crate::rtp::format::FrameInfo;
use crate::session::own::{OwnSession, Unprotected};
use crate::session::seam::Session;
use crate::time::MediaTime;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A picture of two packets that ends with its number: an OBU of AV1, a unit of H.264.
fn picture(codec: Codec, number: u8, keyframe: bool) -> EncodedFrame {
    let head: &[u8] = match (codec, keyframe) {
        (Codec::Av1, _) => &[0x32, 0xd0, 0x0f],
        (_, true) => &[0, 0, 0, 1, 0x65],
        (_, false) => &[0, 0, 0, 1, 0x41],
    };
    let data = [head, &[number | 0x80; 2_000]].concat().into();
    let time = MediaTime::new(u64::from(number) * 3_600, MediaTime::VIDEO_RATE);
    EncodedFrame { codec, time, keyframe, data }
}

/// Three temporal layers: the first picture of each upper one begins it.
fn layer(number: u8) -> FrameInfo {
    let temporal = [0, 2, 1, 2][usize::from(number) % 4];
    FrameInfo {
        keyframe: number == 0,
        temporal,
        layer_sync: number % 4 == 2,
        discardable: temporal == 2,
        references: if number == 0 {
            [0; 3]
        } else {
            [[4, 1, 2, 1][usize::from(number) % 4], 0, 0]
        },
        ..FrameInfo::default()
    }
}

fn line(wire: &Wire<OwnSession>, codec: Codec) -> DealLine {
    DealLine::new("0", MediaKind::Video, &[codec.name()], &wire.a.session.capabilities())
}

/// Writes a frame, and gives it time to be sent.
fn write(wire: &mut Wire<OwnSession>, frame: &EncodedFrame, options: WriteOptions) {
    let now = wire.now;
    wire.a.session.write_frame(mid("0"), frame, options, now).expect("it may be sent");
    wire.a.drain();
    wire.run(MS(40));
}

/// Counts packets that leave with an extension, and all, but for padding.
fn count(wire: &mut Wire<OwnSession>, kind: ExtensionKind) -> [Arc<AtomicUsize>; 2] {
    let counts = [0, 0].map(|zero| Arc::new(AtomicUsize::new(zero)));
    let [with, all] = counts.clone();
    let capabilities = wire.a.session.capabilities();
    let known = capabilities.extensions.iter().find(|known| known.uri == kind.uri());
    let id = known.expect("it is offered").id;
    wire.a.session.meddle(Box::new(move |what, packet| {
        let packet = RtpPacket::parse(packet).ok().filter(|_| what == Unprotected::Rtp);
        if let Some(packet) = packet.filter(|packet| packet.padding_len() == 0) {
            let has = packet.elements().any(|(found, _)| found == id);
            with.fetch_add(usize::from(has), Ordering::Relaxed);
            all.fetch_add(1, Ordering::Relaxed);
        }
    }));
    counts
}

fn counted(counts: &[Arc<AtomicUsize>; 2]) -> (usize, usize) {
    (counts[0].load(Ordering::Relaxed), counts[1].load(Ordering::Relaxed))
}

/// Sends pictures with their layers, those in `cut` over a wire that is cut; what arrived.
fn layered(codec: Codec, line: DealLine, count: u8, cut: &[u8]) -> Vec<ReceivedFrame> {
    let mut wire = Wire::<OwnSession>::seeded();
    Deal::with([line]).strike(&mut wire);
    wire.connect();
    for number in 0..count {
        wire.cut = cut.contains(&number);
        let options = WriteOptions { layer: Some(layer(number)), ..WriteOptions::default() };
        write(&mut wire, &picture(codec, number, number == 0), options);
    }
    wire.run(MS(500));
    wire.b.take_frames()
}

#[test]
fn layers_are_told_where_the_format_has_no_words_for_them() {
    let wire = Wire::<OwnSession>::seeded();
    for codec in [Codec::Av1, Codec::H264] {
        let frames = layered(codec, line(&wire, codec), 12, &[]);
        let told: Vec<_> = frames.iter().map(|received| received.facts.info).collect();
        let sent: Vec<_> = (0..12).map(|number| Some(layer(number))).collect();
        assert_eq!(told, sent, "{codec}");
        assert!(frames.iter().all(|received| received.contiguous && received.frame.codec == codec));
        assert!(frames[0].frame.keyframe && !frames[1].frame.keyframe);
    }
}

#[test]
fn layers_are_not_told_where_that_was_not_agreed_on_or_nobody_says_them() {
    let wire = Wire::<OwnSession>::seeded();
    let bare =
        line(&wire, Codec::Av1).without_extension("dependency-descriptor-rtp-header-extension");
    let frames = layered(Codec::Av1, bare, 8, &[]);
    assert_eq!(frames.len(), 8);
    assert!(frames.iter().all(|received| received.facts.info.is_none() && received.contiguous));
    let mut wire = Wire::<OwnSession>::seeded();
    Deal::with([line(&wire, Codec::Av1)]).strike(&mut wire);
    let counts = count(&mut wire, ExtensionKind::DependencyDescriptor);
    wire.connect();
    for number in 0..8 {
        write(&mut wire, &picture(Codec::Av1, number, number == 0), WriteOptions::default());
    }
    wire.run(MS(300));
    let frames = wire.b.take_frames();
    assert!(frames.iter().all(|received| received.facts.info.is_none()));
    assert_eq!((frames.len(), counted(&counts)), (8, (0, 16)));
}

#[test]
fn what_is_sent_again_tells_it_too() {
    let wire = Wire::<OwnSession>::seeded();
    // The fifth is of the lowest layer, and waited for.
    let frames = layered(Codec::Av1, line(&wire, Codec::Av1), 12, &[4]);
    let told: Vec<_> = frames.iter().map(|received| received.facts.info).collect();
    let sent: Vec<_> = (0..12).map(|number| Some(layer(number))).collect();
    assert_eq!(told, sent);
    assert!(frames.iter().all(|received| received.contiguous));
}

#[test]
fn a_picture_of_an_upper_layer_is_no_freeze() {
    let mut wire = Wire::<OwnSession>::seeded();
    let mut line = line(&wire, Codec::Av1);
    // Nobody repairs.
    line.codecs.truncate(1);
    line.codecs[0].feedback = [].into();
    Deal::with([line]).strike(&mut wire);
    wire.connect();
    for number in 0..12 {
        wire.cut = number == 5;
        let options = WriteOptions { layer: Some(layer(number)), ..WriteOptions::default() };
        write(&mut wire, &picture(Codec::Av1, number, number == 0), options);
    }
    wire.run(MS(500));
    let frames = wire.b.take_frames();
    let numbers: Vec<u8> = frames.iter().map(|it| it.frame.data[100] & 0x7f).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
    assert!(frames.iter().all(|received| received.contiguous));
}

/// A picture, and what of its time of capture is told beside it.
fn captured(received: &ReceivedFrame) -> Option<(Duration, CaptureSource)> {
    let captured = received.facts.captured?;
    Some((captured.at.as_unix(), captured.source))
}

#[test]
fn the_time_of_capture_is_told_once_a_second_and_when_it_is_another() {
    let mut wire = Wire::<OwnSession>::seeded();
    Deal::with([line(&wire, Codec::Av1)]).strike(&mut wire);
    wire.connect();
    let counts = count(&mut wire, ExtensionKind::AbsCaptureTime);
    let mut sent: Vec<Instant> = Vec::new();
    for number in 0..100_u8 {
        // Captured 30 ms before it is written, and from the sixtieth on 80 ms.
        let ago = if number < 60 { 30 } else { 80 };
        let captured_at = Some(wire.now - MS(ago));
        sent.extend(captured_at);
        let options = WriteOptions { captured_at, ..WriteOptions::default() };
        write(&mut wire, &picture(Codec::Av1, number, number == 0), options);
    }
    wire.run(MS(300));
    let frames = wire.b.take_frames();
    assert_eq!(frames.len(), 100);
    let first = captured(&frames[0]).expect("it is told").0;
    for (received, at) in frames.iter().zip(&sent) {
        let (told, source) = captured(received).expect("it is told");
        assert_eq!(source, CaptureSource::HeaderExtension);
        let expected = first + (*at - sent[0]);
        let apart = told.max(expected) - told.min(expected);
        assert!(apart < MS(1), "{apart:?}");
    }
    // Four seconds of pictures of two packets; the change comes before its second is over.
    assert_eq!(counted(&counts), (5, 200));
}

#[test]
fn sound_tells_when_it_was_captured_and_a_clock_that_wavers_is_told_little() {
    let mut wire = Wire::<OwnSession>::seeded();
    Deal::with([audio(&wire, "0")]).strike(&mut wire);
    wire.connect();
    let counts = count(&mut wire, ExtensionKind::AbsCaptureTime);
    for number in 0..100_u8 {
        let captured_at = Some(wire.now - MS(if number % 2 == 0 { 20 } else { 40 }));
        let mut frame = opus(number);
        frame.time = MediaTime::new(u64::from(number) * 1_920, MediaTime::OPUS_RATE);
        write(&mut wire, &frame, WriteOptions { captured_at, ..WriteOptions::default() });
    }
    wire.run(MS(300));
    let frames = wire.b.take_frames();
    assert!(frames.len() == 100 && frames.iter().all(|received| captured(received).is_some()));
    let (with, all) = counted(&counts);
    assert!((20..=36).contains(&with) && all == 100, "{with} of {all}");
}

#[test]
fn a_delay_is_told_until_it_is_known_to_have_arrived_and_with_keyframes() {
    let mut wire = Wire::<OwnSession>::seeded();
    Deal::with([line(&wire, Codec::Av1)]).strike(&mut wire);
    wire.connect();
    let delay = |max| PlayoutDelay::new(MS(0), MS(max));
    let counts = count(&mut wire, ExtensionKind::PlayoutDelay);
    let mut marks = Vec::new();
    for number in 0..125_u8 {
        let playout_delay = match number {
            10 => delay(100),
            90 => delay(400),
            _ => None,
        };
        let keyframe = number == 0 || number == 80;
        let options = WriteOptions { playout_delay, ..WriteOptions::default() };
        write(&mut wire, &picture(Codec::Av1, number, keyframe), options);
        marks.push(counted(&counts).0);
    }
    wire.run(MS(300));
    let told: Vec<_> = wire.b.take_frames().iter().map(|it| it.facts.playout_delay).collect();
    let expected: Vec<_> = (0..125)
        .map(|number| match number {
            0..10 => None,
            10..90 => delay(100),
            _ => delay(400),
        })
        .collect();
    assert_eq!(told, expected);
    assert_eq!(marks[9], 0);
    assert_eq!(marks[11], 4, "both packets of two pictures");
    assert_eq!(marks[70], marks[79], "a report has shown that one arrived");
    assert!(marks[79] < 100, "{}", marks[79]);
    assert_eq!((marks[80] - marks[79], marks[89] - marks[80]), (2, 0), "a keyframe");
    assert_eq!(marks[91] - marks[89], 4, "another");
}

#[test]
fn a_capturer_is_on_the_clock_of_the_reports() {
    let mut wire = Wire::<OwnSession>::seeded();
    Deal::with([line(&wire, Codec::Av1)]).strike(&mut wire);
    wire.connect();
    for number in 0..200_u8 {
        // After five seconds of media the reports say it.
        let captured_at = (number < 2).then_some(wire.now);
        let options = WriteOptions { captured_at, ..WriteOptions::default() };
        write(&mut wire, &picture(Codec::Av1, number, number == 0), options);
    }
    wire.run(MS(300));
    let frames = wire.b.take_frames();
    let times = frames.iter().filter_map(|it| Some(captured(it)?.0.as_secs_f64()));
    let times: Vec<f64> = times.collect();
    assert_eq!(captured(&frames[199]).map(|it| it.1), Some(CaptureSource::SenderReport));
    assert_eq!(times.len(), 200);
    times.windows(2).for_each(|two| assert!((two[1] - two[0] - 0.04).abs() < 0.002, "{two:?}"));
}
