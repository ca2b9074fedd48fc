//! Broken and hostile bytes: an error or something decoded, never a panic.

use std::io::Cursor;

use lapwing_engine::{Codec, EncodedFrame};
use lapwing_media::files::{
    AudioTrack, FileError, IvfReader, OggOpusReader, Reader, VideoTrack, WavReader, Y4mReader,
    Y4mWriter,
};
use lapwing_media::sources::{DecodedTrack, TestPattern};
use lapwing_media::{Picture, audio_decoder, scale, video_decoder, video_encoder};
use proptest::prelude::*;

use crate::clips;

/// Most items read out of a broken file.
const MAX_ITEMS: usize = 2_000;

/// A change to some bytes.
#[derive(Clone, Debug)]
enum Damage {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let index = any::<prop::sample::Index>;
    let one = prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        1 => index().prop_map(Damage::Cut),
        1 => (index(), index()).prop_map(|(from, to)| Damage::Repeat(from, to)),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ];
    prop::collection::vec(one, 1..6)
}

/// `bytes` after the damage, of which most is done within the first `head` bytes.
fn apply(damage: &[Damage], bytes: &[u8], head: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in damage {
        if bytes.is_empty() {
            break;
        }
        let near = bytes.len().min(head);
        match change {
            Damage::Set(at, byte) => bytes[at.index(near)] = *byte,
            Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Damage::Repeat(from, to) => {
                let (from, to) = (from.index(near), to.index(near));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, part);
            }
            Damage::Insert(at, part) => {
                let at = at.index(near);
                bytes.splice(at..at, part.iter().copied());
            }
        }
    }
    bytes
}

/// Reads what can be read, twice.
fn read<R: Reader>(reader: Result<R, FileError>) {
    let Ok(mut reader) = reader else { return };
    for _ in 0..2 {
        for _ in 0..MAX_ITEMS {
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        if reader.rewind().is_err() {
            return;
        }
    }
}

/// A short clip in memory, with its codec.
fn small_frames(codec: Codec) -> Vec<EncodedFrame> {
    let settings = lapwing_media::VideoSettings::new(96, 64, 200_000);
    let mut encoder = video_encoder(codec, &settings).unwrap();
    let pictures = clips::pictures(clips::VP8, 8);
    let pictures = pictures.iter().map(|picture| scale(picture, 96, 64).unwrap());
    let mut frames: Vec<_> =
        pictures.flat_map(|picture| encoder.encode(&picture, false).unwrap()).collect();
    frames.append(&mut encoder.flush().unwrap());
    frames
}

/// Decodes `frames` with the one at `index` damaged.
fn decode_damaged(frames: &[EncodedFrame], index: usize, damage: &[Damage]) -> usize {
    let mut decoder = video_decoder(frames[0].codec).unwrap();
    let mut count = 0;
    for (number, frame) in frames.iter().enumerate() {
        let mut frame = frame.clone();
        if number == index {
            frame.data = apply(damage, &frame.data, 40).into();
        }
        let pictures = decoder.decode(&frame).unwrap_or_default();
        for picture in &pictures {
            assert!(Picture::check_size(picture.width(), picture.height()).is_ok());
        }
        count += pictures.len();
    }
    // A key frame mends all.
    decoder.decode(&frames[0]).expect("a key frame is decoded after whatever came before");
    count
}

/// OpenH264 takes some of these frames for good ones, and then fails at the key frame too.
#[test]
fn a_key_frame_of_h264_mends_what_a_single_byte_broke() {
    let frames = small_frames(Codec::H264);
    let last = frames.len() - 1;
    let at = frames[last].data.len() - 2;
    for byte in 0..=u8::MAX {
        let mut frames = frames.clone();
        let mut broken = frames[last].data.to_vec();
        broken[at] = byte;
        frames[last].data = broken.into();
        let mut decoder = video_decoder(Codec::H264).unwrap();
        let _ = frames.iter().map(|frame| decoder.decode(frame)).filter(Result::is_ok).count();
        let picture = decoder.decode(&frames[0]).expect("a key frame begins anew");
        assert_eq!(picture.len(), 1, "after {byte} at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_vp8_does_not_panic(
        damage in damage(), index in 0_usize..8,
    ) {
        thread_local!(static FRAMES: Vec<EncodedFrame> = small_frames(Codec::Vp8));
        let count = FRAMES.with(|frames| decode_damaged(frames, index, &damage));
        prop_assert!(count <= 8);
    }

    #[test]
    fn damaged_vp9_does_not_panic(
        damage in damage(), index in 0_usize..8,
    ) {
        thread_local!(static FRAMES: Vec<EncodedFrame> = small_frames(Codec::Vp9));
        let count = FRAMES.with(|frames| decode_damaged(frames, index, &damage));
        prop_assert!(count <= 8);
    }

    #[test]
    fn damaged_h264_does_not_panic(
        damage in damage(), index in 0_usize..8,
    ) {
        thread_local!(static FRAMES: Vec<EncodedFrame> = small_frames(Codec::H264));
        let count = FRAMES.with(|frames| decode_damaged(frames, index, &damage));
        prop_assert!(count <= 8);
    }

    #[test]
    fn damaged_av1_does_not_panic(
        damage in damage(), index in 0_usize..8,
    ) {
        thread_local!(static FRAMES: Vec<EncodedFrame> = small_frames(Codec::Av1));
        let count = FRAMES.with(|frames| decode_damaged(frames, index, &damage));
        prop_assert!(count <= 8 + 15);
    }

    #[test]
    fn damaged_opus_does_not_panic(
        damage in damage(), index in 0_usize..20,
    ) {
        thread_local!(static PACKETS: Vec<EncodedFrame> = clips::packets());
        PACKETS.with(|packets| {
            let mut decoder = audio_decoder(Codec::Opus, 48_000, 2).unwrap();
            for (number, packet) in packets[..20].iter().enumerate() {
                let mut packet = packet.clone();
                if number == index {
                    packet.data = apply(&damage, &packet.data, 40).into();
                }
                if let Ok(samples) = decoder.decode(&packet) {
                    assert!(samples.frames() <= 5_760);
                }
                if let Some(samples) = decoder.recover(&packet, std::time::Duration::from_millis(20)) {
                    assert!(samples.frames() <= 5_760);
                }
            }
        });
    }

    #[test]
    fn any_bytes_may_be_decoded(data in prop::collection::vec(any::<u8>(), 0..300)) {
        for codec in [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1] {
            let frame = EncodedFrame { data: data.clone().into(), ..clips_frame(codec) };
            let _ = video_decoder(codec).unwrap().decode(&frame);
        }
        for codec in [Codec::Opus, Codec::Pcma] {
            let rate = if codec == Codec::Opus { 48_000 } else { 8_000 };
            let frame = EncodedFrame { data: data.clone().into(), ..clips_frame(codec) };
            let mut decoder = audio_decoder(codec, rate, 1).unwrap();
            if let Ok(samples) = decoder.decode(&frame) {
                prop_assert!(samples.frames() > 0);
            }
        }
    }

    #[test]
    fn damaged_ivf_does_not_panic(damage in damage()) {
        for name in [clips::VP8, clips::AV1] {
            let file = apply(&damage, &clips::bytes(name)[..40_000], 100);
            read(IvfReader::new(Cursor::new(file)));
        }
    }

    #[test]
    fn damaged_wav_does_not_panic(damage in damage()) {
        let file = apply(&damage, &clips::bytes(clips::WAV)[..4_000], 50);
        read(WavReader::new(Cursor::new(file)));
    }

    #[test]
    fn damaged_ogg_does_not_panic(damage in damage()) {
        let file = apply(&damage, &clips::bytes(clips::OPUS)[..10_000], 300);
        read(OggOpusReader::new(Cursor::new(file)));
    }

    #[test]
    fn damaged_containers_do_not_panic(damage in damage()) {
        for name in [
            "bunny-160x90.h264-aac.mp4",
            "bunny-160x90.h264-aac.mkv",
            "bunny-96x54.av1-opus.mp4",
            "bunny-160x90.fragments.mp4",
        ] {
            let bytes = clips::bytes(name);
            // The tables of the first one are at its end.
            let tables = bytes.windows(4).position(|window| window == b"moov").unwrap_or(0);
            let (before, tables) = bytes.split_at(if tables > 4_000 { tables - 4 } else { 0 });
            let file = [before, &apply(&damage, tables, 3_500)].concat();
            read(VideoTrack::new(Cursor::new(file.clone())));
            if let Ok(track) = AudioTrack::new(Cursor::new(file)).map(DecodedTrack::new) {
                track.into_iter().for_each(|track| read(Ok(track)));
            }
        }
    }

    #[test]
    fn damaged_y4m_does_not_panic(damage in damage()) {
        let pattern = TestPattern::new(20, 10, 30).unwrap();
        let mut writer = Y4mWriter::new(Vec::new(), (20, 10), (30, 1)).unwrap();
        (0..3).for_each(|number| writer.write(&pattern.picture(number)).unwrap());
        let file = apply(&damage, &writer.finish().unwrap(), 70);
        read(Y4mReader::new(Cursor::new(file)));
    }
}

fn clips_frame(codec: Codec) -> EncodedFrame {
    let time = lapwing_engine::MediaTime::new(0, codec.clock_rate());
    EncodedFrame { codec, time, keyframe: true, data: [].into() }
}

#[test]
fn giant_pictures_are_refused_before_memory_is_taken() {
    // The header of a VP8 key frame of 16,383 by 16,383.
    let mut data = vec![0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f];
    data.resize(64, 0);
    let frame = EncodedFrame { data: data.into(), ..clips_frame(Codec::Vp8) };
    let error = video_decoder(Codec::Vp8).unwrap().decode(&frame).unwrap_err();
    assert_eq!(error.to_string(), "a picture of 16383x16383 is above the limit");
}
