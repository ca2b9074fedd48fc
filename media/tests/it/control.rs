//! What a sender asks of an encoder while it runs.

use lapwing_engine::rtp::format::{FrameInfo, Packetizer, PayloadFormat, PayloadPlan};
use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::codecs::{is_keyframe, picture_size};
use lapwing_media::quality::psnr;
use lapwing_media::sources::{TestPattern, read_frame_number};
use lapwing_media::{
    CodecError, Picture, VideoContent, VideoSettings, scale, video_decoder, video_encoder,
};

use crate::clips;

/// The codecs whose encoder is made for calls.
const LIVE: &[Codec] = match cfg!(feature = "av1-aom") {
    true => &[Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1],
    false => &[Codec::Vp8, Codec::Vp9, Codec::H264],
};

/// Pictures per second of the clips.
const RATE: u64 = 25;

/// Ticks of 90 kHz from one picture to the next.
const STEP: u64 = 3_600;

fn settings(size: (u32, u32), bitrate_bps: u32) -> VideoSettings {
    VideoSettings { frame_rate: RATE as u32, ..VideoSettings::new(size.0, size.1, bitrate_bps) }
}

fn numbers(frames: &[EncodedFrame]) -> Vec<u64> {
    frames.iter().map(|frame| frame.time.ticks() / STEP).collect()
}

/// Bits in the second from picture `first` on.
fn bits_in_second(frames: &[EncodedFrame], first: u64) -> f64 {
    let second = first * STEP..(first + RATE) * STEP;
    let frames = frames.iter().filter(|frame| second.contains(&frame.time.ticks()));
    frames.map(|frame| 8 * frame.data.len()).sum::<usize>() as f64
}

#[test]
fn the_next_second_has_the_new_bit_rate() {
    let pictures = clips::pictures(clips::VP8, 125);
    for &codec in LIVE {
        for (from, to) in [(1_000_000, 400_000), (400_000, 1_000_000)] {
            let mut encoder = video_encoder(codec, &settings((640, 360), from)).unwrap();
            let mut frames = Vec::new();
            for (number, picture) in pictures.iter().enumerate() {
                if number == 75 {
                    encoder.set_bitrate(to);
                }
                frames.append(&mut encoder.encode(picture, false).unwrap());
            }
            let share = bits_in_second(&frames, 75) / f64::from(to);
            // VP8 fills its buffer first.
            let least = if codec == Codec::Vp8 { 0.75 } else { 0.8 };
            assert!((least..=1.2).contains(&share), "{codec} from {from} to {to}: {share:.2}");
        }
    }
}

#[test]
fn a_lower_frame_rate_leaves_more_bits_for_each_picture() {
    for &codec in LIVE {
        let pictures = clips::pictures(clips::VP8, 125);
        let mut encoder = video_encoder(codec, &settings((640, 360), 500_000)).unwrap();
        encoder.set_frame_rate(5);
        let mut frames = Vec::new();
        for picture in pictures.iter().step_by(5) {
            frames.append(&mut encoder.encode(picture, false).unwrap());
        }
        let late: Vec<_> = frames.iter().filter(|frame| frame.time.ticks() >= 50 * STEP).collect();
        let bits: usize = late.iter().map(|frame| 8 * frame.data.len()).sum();
        let share = bits as f64 / 3.0 / 500_000.0;
        assert!((0.6..=1.3).contains(&share), "{codec}: {share:.2} of the rate");
    }
}

/// Encodes a numbered pattern in layers: each frame with what is told of it.
fn layered(codec: Codec, layers: u8, count: u32) -> Vec<(EncodedFrame, FrameInfo)> {
    let settings = VideoSettings { temporal_layers: layers, ..settings((320, 180), 400_000) };
    let pattern = TestPattern::new(320, 180, RATE as u32).unwrap();
    let mut encoder = video_encoder(codec, &settings).unwrap();
    let mut made = Vec::new();
    for number in 0..count {
        let frames = encoder.encode(&pattern.picture(number), number == 30).unwrap();
        assert_eq!(frames.len(), encoder.infos().len());
        made.extend(frames.into_iter().zip(encoder.infos().iter().copied()));
    }
    made
}

#[test]
fn upper_layers_can_be_left_out() {
    for codec in [Codec::Vp8, Codec::Vp9] {
        for layers in [2, 3] {
            let made = layered(codec, layers, 60);
            let mut decoder = video_decoder(codec).unwrap();
            let whole = made.iter().flat_map(|(frame, _)| decoder.decode(frame).unwrap());
            let whole: Vec<Picture> = whole.collect();
            assert!(made.len() >= 55, "{codec}: {}", made.len());
            for most in 0..layers {
                let kept = made.iter().filter(|(_, info)| info.temporal <= most);
                let mut decoder = video_decoder(codec).unwrap();
                let mut shown = 0;
                for (frame, _) in kept {
                    let pictures = decoder.decode(frame).expect("nothing that it needs is missing");
                    let picture = &pictures[0];
                    let number = (frame.time.ticks() / STEP) as u32;
                    assert_eq!(read_frame_number(picture), Some(number), "{codec} up to {most}");
                    // As with all layers: nothing else is decoded into it.
                    assert!(whole.contains(picture), "{codec}: {number} up to {most}");
                    shown += 1;
                }
                let share = made.len() >> (layers - 1 - most);
                assert!(shown >= share - 2 && shown <= share + 3, "{codec} up to {most}: {shown}");
            }
        }
    }
}

#[test]
fn layers_follow_their_pattern() {
    for (codec, format) in [(Codec::Vp8, PayloadFormat::Vp8), (Codec::Vp9, PayloadFormat::Vp9)] {
        for (layers, pattern) in [(2, &[0, 1][..]), (3, &[0, 2, 1, 2])] {
            let mut expected = pattern.iter().cycle();
            let (mut packetizer, mut plan) = (Packetizer::new(format, 0), PayloadPlan::default());
            for (frame, info) in layered(codec, layers, 60) {
                if frame.keyframe {
                    expected = pattern.iter().cycle();
                }
                assert_eq!(Some(&info.temporal), expected.next(), "{codec}");
                assert_eq!(info.keyframe, frame.keyframe);
                packetizer.plan(&frame.data, &info, 1_200, &mut plan).unwrap();
            }
        }
        let keys = layered(codec, 3, 60);
        let keys: Vec<_> = keys.iter().filter(|(frame, _)| frame.keyframe).collect();
        assert_eq!(keys.len(), 2, "{codec}: at the beginning and where it was asked for");
    }
}

#[test]
fn layers_are_for_those_that_have_them() {
    let settings =
        |layers| VideoSettings { temporal_layers: layers, ..settings((320, 180), 100_000) };
    for (codec, layers) in [(Codec::Vp8, 0), (Codec::Vp9, 4), (Codec::H264, 2), (Codec::Av1, 2)] {
        let error = video_encoder(codec, &settings(layers)).err();
        assert!(matches!(error, Some(CodecError::Setting { .. })), "{codec}: {error:?}");
    }
}

#[test]
fn key_frames_come_at_an_interval_in_layers_too() {
    for codec in [Codec::Vp8, Codec::Vp9] {
        let settings = VideoSettings {
            temporal_layers: 3,
            keyframe_interval: Some(10),
            ..settings((320, 180), 300_000)
        };
        let pattern = TestPattern::new(320, 180, RATE as u32).unwrap();
        let mut encoder = video_encoder(codec, &settings).unwrap();
        let frames = (0..25).flat_map(|n| encoder.encode(&pattern.picture(n), false).unwrap());
        let keys: Vec<_> = frames.filter(|frame| frame.keyframe).collect();
        assert_eq!(keys.len(), 3, "{codec}: {:?}", numbers(&keys));
    }
}

#[test]
fn a_still_picture_becomes_good() {
    let still = scale(&clips::pictures(clips::VP8, 1)[0], 640, 360).unwrap();
    for &codec in LIVE {
        let settings =
            VideoSettings { content: VideoContent::Detail, ..settings((640, 360), 300_000) };
        let mut encoder = video_encoder(codec, &settings).unwrap();
        let mut decoder = video_decoder(codec).unwrap();
        let mut db = Vec::new();
        for number in 0..60 {
            let mut picture = still.clone();
            picture.set_time(MediaTime::new(number * STEP, MediaTime::VIDEO_RATE));
            for frame in encoder.encode(&picture, false).unwrap() {
                let decoded = decoder.decode(&frame).unwrap();
                db.push(psnr(&decoded[0], &picture).unwrap());
            }
        }
        let (second, last) = (db[1], db[db.len() - 1]);
        assert!(last > second && last > 40.0, "{codec}: {second:.1} to {last:.1} dB");
    }
}

#[test]
fn h264_units_are_as_small_as_asked_for() {
    let pictures = clips::pictures(clips::VP8, 20);
    let settings = VideoSettings { max_unit_bytes: Some(1_100), ..settings((640, 360), 1_000_000) };
    let mut encoder = video_encoder(Codec::H264, &settings).unwrap();
    let mut decoder = video_decoder(Codec::H264).unwrap();
    let mut shown = 0;
    for picture in &pictures {
        for frame in encoder.encode(picture, false).unwrap() {
            let starts = frame.data.windows(3).enumerate().filter(|(_, bytes)| *bytes == [0, 0, 1]);
            let starts: Vec<_> = starts.map(|(at, _)| at).chain([frame.data.len()]).collect();
            let longest = starts.windows(2).map(|pair| pair[1] - pair[0] - 3).max();
            assert!(longest <= Some(1_100), "{longest:?}");
            shown += decoder.decode(&frame).unwrap().len();
        }
    }
    assert!(shown >= 15, "{shown}");
}

#[test]
fn h264_is_constrained_baseline_in_annex_b() {
    let pattern = TestPattern::new(328, 184, RATE as u32).unwrap();
    let mut encoder = video_encoder(Codec::H264, &settings((328, 184), 300_000)).unwrap();
    let frame = &encoder.encode(&pattern.picture(0), false).unwrap()[0];
    assert_eq!(frame.data[..5], [0, 0, 0, 1, 0x67]);
    let (profile, constraints) = (frame.data[5], frame.data[6]);
    assert_eq!((profile, constraints & 0x40), (0x42, 0x40), "42e01f and the like");
    assert!(is_keyframe(Codec::H264, &frame.data) && frame.keyframe);
    assert_eq!(picture_size(Codec::H264, &frame.data), Some((328, 184)), "cropped of 336x192");
    let pictures = video_decoder(Codec::H264).unwrap().decode(frame).unwrap();
    assert_eq!(pictures[0].size(), (328, 184));
}

#[test]
fn sizes_are_read_out_of_key_frames() {
    for &codec in LIVE {
        let pattern = TestPattern::new(322, 182, RATE as u32).unwrap();
        let mut encoder = video_encoder(codec, &settings((322, 182), 300_000)).unwrap();
        let key = encoder.encode(&pattern.picture(0), false).unwrap().remove(0);
        let next = encoder.encode(&pattern.picture(1), false).unwrap().remove(0);
        assert_eq!(picture_size(codec, &key.data), Some((322, 182)), "{codec}");
        assert!(is_keyframe(codec, &key.data) && !is_keyframe(codec, &next.data), "{codec}");
        assert_eq!(picture_size(codec, &next.data), None, "{codec}");
    }
}
