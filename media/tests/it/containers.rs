//! Matroska, WebM, MP4 and MOV, read.

use std::fs::File;
use std::io::Cursor;
use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame};
use lapwing_media::files::{AudioForm, AudioTrack, FileError, FrameReader, Reader, VideoTrack};
use lapwing_media::quality::correlation;
use lapwing_media::sinks::{WebmTracks, WebmWriter};
use lapwing_media::sources::{OpenReason, Playback, open_audio, open_video};
use lapwing_media::{Polled, Samples, Source, resample, video_decoder};

use crate::clips;

const H264_MP4: &str = "bunny-160x90.h264-aac.mp4";
const H264_MKV: &str = "bunny-160x90.h264-aac.mkv";
const VP9_MP4: &str = "bunny-160x90.vp9-opus.mp4";
const AV1_MP4: &str = "bunny-96x54.av1-opus.mp4";
const FRAGMENTS: &str = "bunny-160x90.fragments.mp4";
const ALL: [&str; 5] = [H264_MP4, H264_MKV, VP9_MP4, AV1_MP4, FRAGMENTS];

fn video(name: &str) -> VideoTrack {
    VideoTrack::new(File::open(clips::path(name)).unwrap()).unwrap()
}

fn audio(name: &str) -> AudioTrack {
    AudioTrack::new(File::open(clips::path(name)).unwrap()).unwrap()
}

fn milliseconds(frame: &EncodedFrame) -> u128 {
    // Rounded: files count in milliseconds or in parts of them.
    (frame.time.as_duration() + Duration::from_micros(500)).as_millis()
}

#[test]
fn h264_comes_in_annex_b_at_the_times_it_is_shown() {
    for name in [H264_MP4, H264_MKV] {
        let mut track = video(name);
        assert_eq!((track.codec(), track.size()), (Codec::H264, (160, 90)));
        let frames: Vec<EncodedFrame> =
            std::iter::from_fn(|| track.next().expect("the file is good")).collect();
        assert_eq!(frames.len(), 50);
        let times: Vec<u128> = frames[..8].iter().map(milliseconds).collect();
        let shift = times[0];
        let times: Vec<u128> = times.iter().map(|time| time - shift).collect();
        assert_eq!(times, [0, 40, 160, 80, 120, 280, 200, 240], "{name}");
        let mut all: Vec<u128> = frames.iter().map(|frame| milliseconds(frame) - shift).collect();
        all.sort_unstable();
        assert!(all.iter().copied().eq((0..50).map(|index| 40 * index)));
        let keys: Vec<_> = frames.iter().filter(|frame| frame.keyframe).collect();
        assert_eq!(keys.len(), 2);
        // Sequence and picture parameters come first.
        assert!(keys.iter().all(|key| key.data[..5] == [0, 0, 0, 1, 0x67]));
        assert!(frames.iter().all(|frame| frame.data[..4] == [0, 0, 0, 1]));
        track.rewind().unwrap();
        assert_eq!(track.next().unwrap().unwrap().data, frames[0].data);
    }
}

#[test]
fn vp9_and_av1_come_whole() {
    for (name, codec, size, count) in
        [(VP9_MP4, Codec::Vp9, (160, 90), 50), (AV1_MP4, Codec::Av1, (96, 54), 25)]
    {
        let track = video(name);
        assert_eq!((track.codec(), track.size()), (codec, size));
        let frames = clips::all(track);
        assert_eq!(frames.len(), count, "{name}");
        assert!(frames[0].keyframe);
        // The file begins its pictures with what only starts its sound.
        let shift = milliseconds(&frames[0]);
        assert!(shift < 20, "{shift}");
        for (index, frame) in (0..).zip(&frames) {
            assert!((milliseconds(frame) - shift).abs_diff(40 * index) <= 1, "{name}: {index}");
        }
        let packets = clips::all(audio(name));
        assert!(packets.len() >= 20 * count / 10, "{}", packets.len());
        assert!(matches!(audio(name).form(), AudioForm::Opus(head) if head.channels == 1));
    }
}

/// All that a source gives until it ends, polled when it asks for it.
fn play<S: Source + ?Sized>(source: &mut S) -> Vec<S::Output> {
    let mut now = Instant::now();
    let mut items = Vec::new();
    loop {
        match source.poll(now) {
            Polled::Item(item) => items.push(item),
            Polled::Wait(at) => now = at,
            Polled::Empty => return items,
        }
    }
}

#[test]
fn pictures_are_played_or_the_decoder_is_named() {
    let wanted = [
        (H264_MP4, Codec::H264, 50),
        (H264_MKV, Codec::H264, 50),
        (VP9_MP4, Codec::Vp9, 50),
        (AV1_MP4, Codec::Av1, 25),
    ];
    for (name, codec, count) in wanted {
        let opened = open_video(clips::path(name), Playback::Once);
        if video_decoder(codec).is_err() {
            let reason = opened.err().unwrap().reason;
            assert!(matches!(reason, OpenReason::Codec(_)), "{name}: {reason:?}");
            continue;
        }
        let mut source = opened.unwrap();
        assert_eq!(source.frame_rate(), (25, 1), "{name}");
        let pictures = play(source.as_mut());
        assert!(source.fault().is_none(), "{:?}", source.fault());
        // A decoder may keep the last pictures of H.264 to itself.
        let kept = if codec == Codec::H264 { 3 } else { 0 };
        assert!((count - kept..=count).contains(&pictures.len()), "{name}: {}", pictures.len());
        for (index, picture) in (0..).zip(&pictures) {
            assert_eq!(picture.time().as_duration(), Duration::from_millis(40 * index), "{name}");
        }
    }
}

/// How well a file's sound agrees with as much of the speech that it was made of.
fn agreement(name: &str) -> (f64, f64) {
    let mut source = open_audio(clips::path(name), Playback::Once).unwrap();
    let (rate, channels) = (source.rate(), source.channels());
    assert_eq!(channels, 1);
    let chunks = play(source.as_mut());
    assert!(source.fault().is_none(), "{:?}", source.fault());
    let data: Vec<f32> = chunks.into_iter().flat_map(Samples::into_data).collect();
    let seconds = data.len() as f64 / f64::from(rate);
    let speech = resample(&clips::speech(), rate).unwrap();
    let (_, coefficient) = correlation(&speech.data()[..data.len()], &data, 2_100);
    (seconds, coefficient)
}

#[test]
fn sound_of_containers_is_the_speech_it_was_made_of() {
    for (name, length) in [(H264_MP4, 2.0), (H264_MKV, 2.0), (VP9_MP4, 2.0), (AV1_MP4, 1.0)] {
        let (seconds, coefficient) = agreement(name);
        assert!((length - 0.05..length + 0.15).contains(&seconds), "{name}: {seconds}");
        assert!(coefficient > 0.6, "{name}: {coefficient}");
    }
}

#[test]
fn what_we_record_we_play() {
    let path = std::env::temp_dir().join(format!("lapwing-played-{}.webm", std::process::id()));
    let frames = clips::frames(clips::VP8);
    let tracks = WebmTracks { video: Some(Codec::Vp8), audio: Some(1) };
    let mut writer = WebmWriter::new(File::create(&path).unwrap(), tracks).unwrap();
    let mut packets = clips::packets().into_iter();
    for frame in &frames[..50] {
        writer.write(frame).unwrap();
        packets.by_ref().take(2).for_each(|packet| writer.write(&packet).unwrap());
    }
    writer.finish().unwrap();
    let mut source = open_video(&path, Playback::Once).unwrap();
    let pictures = play(source.as_mut());
    assert_eq!((source.size(), pictures.len()), ((640, 360), 50));
    let mut source = open_audio(&path, Playback::Loop).unwrap();
    assert_eq!((source.rate(), source.channels()), (48_000, 1));
    let mut now = Instant::now();
    let mut last = Duration::ZERO;
    for _ in 0..300 {
        match source.poll(now) {
            Polled::Item(samples) => {
                assert!(samples.time().as_duration().abs_diff(last) < Duration::from_millis(2));
                last = samples.time().as_duration() + samples.duration();
            }
            Polled::Wait(at) => now = at,
            Polled::Empty => panic!("a loop has no end: {:?}", source.fault()),
        }
    }
    assert!(last > Duration::from_millis(2_500), "it began again: {last:?}");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn vp9_of_mp4_goes_into_webm_as_it_is() {
    let frames = clips::all(video(VP9_MP4));
    let tracks = WebmTracks { video: Some(Codec::Vp9), audio: None };
    let mut writer = WebmWriter::new(Cursor::new(Vec::new()), tracks).unwrap();
    frames.iter().for_each(|frame| writer.write(frame).unwrap());
    let file = writer.finish().unwrap().into_inner();
    let track = VideoTrack::new(Cursor::new(file)).unwrap();
    assert_eq!((track.codec(), track.size()), (Codec::Vp9, (160, 90)));
    let read = clips::all(track);
    assert!(read.iter().map(|frame| &frame.data).eq(frames.iter().map(|frame| &frame.data)));
}

#[test]
fn fragments_are_refused_by_name() {
    let result = VideoTrack::new(File::open(clips::path(FRAGMENTS)).unwrap());
    let error = result.err().unwrap();
    assert!(matches!(error, FileError::Unsupported { .. }), "{error:?}");
    assert!(error.to_string().contains("fragments"), "{error}");
}

#[test]
fn a_file_cut_anywhere_never_panics() {
    for name in ALL {
        let bytes = clips::bytes(name);
        // Every byte of what stands around the frames, and one in 29 between.
        let near = |length: usize| length < 1_500 || bytes.len() - length < 2_000;
        let lengths = (0..bytes.len()).filter(|&length| near(length) || length.is_multiple_of(29));
        for length in lengths {
            let cut = || Cursor::new(bytes[..length].to_vec());
            if let Ok(mut track) = VideoTrack::new(cut()) {
                let mut count = 0;
                let end = loop {
                    match track.next() {
                        Ok(Some(_)) => count += 1,
                        Ok(None) => break None,
                        Err(error) => break Some(error),
                    }
                };
                let truncated = matches!(end, None | Some(FileError::Truncated { .. }));
                assert!(count <= 50 && truncated, "{name} cut at {length}: {end:?}");
            }
            if let Ok(mut track) = AudioTrack::new(cut()) {
                while let Ok(Some(_)) = track.next() {}
            }
        }
    }
}

#[test]
fn sizes_that_lie_take_no_memory() {
    // An MP4 whose tables say they have 4 GiB, and one in which a table says it has that many rows.
    let mut giant = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
    giant.extend_from_slice(b"\0\0\0\x01moov\0\0\0\x01\0\0\0\0");
    let error = VideoTrack::new(Cursor::new(giant)).err().unwrap();
    assert!(matches!(error, FileError::Malformed { .. }), "{error:?}");
    let bytes = clips::bytes(H264_MP4);
    for table in [&b"stts"[..], b"stsc", b"stco", b"stss", b"ctts", b"stsz", b"stsd"] {
        let mut bytes = bytes.clone();
        let at = bytes.windows(4).position(|window| window == table).unwrap();
        let count = if table == b"stsz" { at + 12 } else { at + 8 };
        bytes[count..count + 4].fill(0xff);
        let result = VideoTrack::new(Cursor::new(bytes));
        let error = result.map(|track| track.codec()).err().unwrap();
        let known = matches!(error, FileError::Malformed { .. } | FileError::Truncated { .. });
        assert!(known, "{}: {error:?}", String::from_utf8_lossy(table));
    }
    // A sample of 3 GiB.
    let mut bytes = bytes.clone();
    let at = bytes.windows(4).position(|window| window == b"stsz").unwrap();
    bytes[at + 16..at + 20].copy_from_slice(&(3_u32 << 30).to_be_bytes());
    let error = VideoTrack::new(Cursor::new(bytes)).unwrap().next().err().unwrap();
    assert!(matches!(error, FileError::Malformed { .. }), "{error:?}");
    // Matroska with tracks of 1 GiB, and with a block as large.
    let mut bytes = clips::bytes(H264_MKV);
    let at = bytes.windows(4).position(|window| window == [0x16, 0x54, 0xae, 0x6b]).unwrap();
    bytes[at + 4..at + 12].copy_from_slice(&[0x01, 0, 0, 0, 0x40, 0, 0, 0]);
    let error = VideoTrack::new(Cursor::new(bytes)).err().unwrap();
    assert!(matches!(error, FileError::Malformed { .. }), "{error:?}");
}
