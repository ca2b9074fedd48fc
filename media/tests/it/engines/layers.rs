//! What is lost of upper layers on the way from an encoder to a screen.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use lapwing_engine::{Codec, Event, KeyframeRequestKind, MediaKind, MediaTime, Mid, WriteOptions};
use lapwing_media::sending::{VideoFormat, VideoSender, VideoSenderSettings};
use lapwing_media::sources::{TestPattern, read_frame_number};
use lapwing_media::{
    Picture, PlaneIndex, Polled, SeeingSettings, VideoDecoder, VideoReceiver, VideoStep,
    video_decoder,
};

use super::way::{Load, Way};

const MS: Duration = Duration::from_millis(1);

/// Pictures per second.
const RATE: u64 = 25;

/// What was sent, and what became of it.
struct Outcome {
    /// The temporal layer of each picture that was sent, as the sender said it and as it came.
    sent: Vec<u8>,
    came: Vec<Option<u8>>,
    shown: usize,
    freezes: u64,
    asked: usize,
    undecodable: u64,
}

/// A picture that is another one each time.
fn pattern(number: u64) -> Picture {
    let time = MediaTime::new(number * 3_600, MediaTime::VIDEO_RATE);
    let mut picture = Picture::new(64, 64, time).unwrap();
    for (index, byte) in picture.plane_mut(PlaneIndex::Y).iter_mut().enumerate() {
        *byte = (index as u64 % 64 + number % 50) as u8;
    }
    picture
}

/// Shows what is due.
fn look(eyes: &mut VideoReceiver, decoder: &mut dyn VideoDecoder, now: Instant) {
    while let Polled::Item(step) = eyes.poll(now) {
        if let VideoStep::Decode(frame) = step {
            match decoder.decode(&frame) {
                Ok(pictures) => eyes.decoded(pictures, 3 * MS, now),
                Err(_) => eyes.undecodable(),
            }
        }
    }
}

/// Sends ten seconds of pictures in three layers, of which these are lost, however often they are
/// sent again.
fn watch(codec: Codec, lost: &[u64]) -> Outcome {
    // RTP timestamps of what is lost, once the first is known.
    let mut first = None;
    let lost_ticks: BTreeSet<u32> = lost.iter().map(|number| *number as u32 * 3_600).collect();
    let carrier = move |load| {
        if let Load::Pictures(timestamp) = load {
            let first = *first.get_or_insert(timestamp);
            if lost_ticks.contains(&timestamp.wrapping_sub(first)) {
                return None;
            }
        }
        Some(50 * MS)
    };
    let mut way = Way::connected(codec, Box::new(carrier));
    let mid: Mid = way.a.mid(MediaKind::Video);
    let format = VideoFormat { codec, size: (64, 64), frame_rate: RATE as f64 };
    let settings =
        VideoSenderSettings { temporal_layers: 3, ..VideoSenderSettings::new(format, 300_000) };
    let mut sender = VideoSender::new(settings).unwrap();
    let mut eyes = VideoReceiver::new(SeeingSettings::call());
    let mut decoder = video_decoder(codec).unwrap();
    let mut outcome = Outcome {
        sent: Vec::new(),
        came: Vec::new(),
        shown: 0,
        freezes: 0,
        asked: 0,
        undecodable: 0,
    };
    let start = way.now;
    for ms in 0..10_500_u64 {
        way.run_until(start + MS * ms as u32);
        let now = way.now;
        if ms % (1_000 / RATE) == 0 && ms < 10_000 {
            for sent in sender.push(&pattern(ms * RATE / 1_000), now).unwrap() {
                let layer = sent.layer;
                outcome.sent.push(layer.expect("there are several").temporal);
                let options = WriteOptions { layer, ..WriteOptions::default() };
                way.a.rtc.media(mid).unwrap().write_with(&sent.frame, options, now).unwrap();
            }
            way.a.drain(now);
        }
        for event in std::mem::take(&mut way.a.outputs.events) {
            outcome.asked += usize::from(matches!(event, Event::KeyframeRequested { .. }));
        }
        for event in std::mem::take(&mut way.b.outputs.events) {
            if let Event::Frame(received) = event {
                outcome.came.push(received.facts.info.map(|info| info.temporal));
                eyes.push(received, now);
            }
        }
        look(&mut eyes, &mut *decoder, now);
        if eyes.feedback(now).is_some() {
            let mut media = way.b.rtc.media(mid).unwrap();
            // Nothing came yet at the begin.
            let _ = media.request_keyframe(None, KeyframeRequestKind::Pli);
            way.b.drain(now);
        }
    }
    let stats = eyes.stats();
    outcome.shown = stats.frames_rendered as usize;
    outcome.freezes = stats.freeze_count;
    outcome.undecodable = stats.dropped.undecodable;
    outcome
}

#[test]
fn a_temporal_layer_arrives_as_the_encoder_told_it() {
    for codec in [Codec::Vp8, Codec::Vp9] {
        let outcome = watch(codec, &[]);
        let expected: Vec<u8> =
            (0..10 * RATE).map(|index| [0, 2, 1, 2][index as usize % 4]).collect();
        assert_eq!(outcome.sent, expected, "{codec}");
        assert_eq!(outcome.came, expected.into_iter().map(Some).collect::<Vec<_>>(), "{codec}");
        assert_eq!((outcome.freezes, outcome.asked, outcome.shown), (0, 0, 250), "{codec}");
    }
}

#[test]
fn what_is_lost_of_upper_layers_is_no_freeze_and_asks_for_nothing() {
    // Single frames of layer 2; and two of layer 1, with each of which one of layer 2 goes.
    let lost = [101, 117, 133, 142, 158, 177];
    for codec in [Codec::Vp8, Codec::Vp9] {
        let outcome = watch(codec, &lost);
        let (freezes, asked, undecodable) = (outcome.freezes, outcome.asked, outcome.undecodable);
        assert_eq!((freezes, asked, undecodable), (0, 0, 0), "{codec}");
        assert_eq!(outcome.shown, 250 - lost.len() - 2, "{codec}");
    }
}

#[test]
fn a_picture_in_two_sizes_arrives_as_one_and_the_larger_is_shown() {
    let codec = Codec::Vp9;
    let mut way = Way::connected(codec, Box::new(|_| Some(50 * MS)));
    let mid = way.a.mid(MediaKind::Video);
    let format = VideoFormat { codec, size: (480, 270), frame_rate: RATE as f64 };
    let settings =
        VideoSenderSettings { spatial_layers: 3, ..VideoSenderSettings::new(format, 900_000) };
    let mut sender = VideoSender::new(settings).unwrap();
    let source = TestPattern::new(480, 270, RATE as u32).unwrap();
    let mut decoder = video_decoder(codec).unwrap();
    let (mut sent, mut shown, mut first) = (0, 0, None);
    for number in 0..50 {
        let now = way.now;
        for made in sender.push(&source.picture(number), now).unwrap() {
            assert_eq!(made.size, (480, 270));
            sent += usize::from(!made.layer.unwrap().more_layers);
            let options = WriteOptions { layer: made.layer, ..WriteOptions::default() };
            way.a.rtc.media(mid).unwrap().write_with(&made.frame, options, now).unwrap();
        }
        way.a.drain(now);
        way.run_until(now + 40 * MS);
        for event in std::mem::take(&mut way.b.outputs.events) {
            let Event::Frame(received) = event else { continue };
            let spatial: Vec<u8> = received.layers.iter().map(|l| l.info.spatial).collect();
            assert_eq!(spatial, [0, 1]);
            let pictures = decoder.decode(&received.frame).unwrap();
            assert_eq!(pictures[0].size(), (480, 270));
            let ticks = received.frame.time.ticks();
            let first = *first.get_or_insert(ticks);
            assert_eq!(read_frame_number(&pictures[0]), Some(((ticks - first) / 3_600) as u32));
            shown += 1;
        }
    }
    assert!(sent >= 45 && shown >= sent - 2, "{shown} of {sent}");
    let outbound = way.a.rtc.stats().outbound_rtp;
    let video = outbound.iter().find(|stream| stream.frames_sent > 0).unwrap();
    assert_eq!((video.frames_sent, video.key_frames_sent), (sent as u64, 1));
}

#[test]
fn what_is_lost_of_the_lowest_layer_asks_for_a_keyframe() {
    let outcome = watch(Codec::Vp8, &[100]);
    assert!(outcome.asked >= 1, "{}", outcome.asked);
    assert_eq!(outcome.undecodable, 0);
}
