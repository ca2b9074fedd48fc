//! Spatial layers of VP9: each picture in several sizes, of which the upper can be left out.

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::codecs::join_layers;
use lapwing_media::sources::{TestPattern, read_frame_number};
use lapwing_media::{
    CodecError, Picture, VideoDecoder, VideoSettings, video_decoder, video_encoder,
};

const RATE: u64 = 30;
const STEP: u64 = MediaTime::VIDEO_RATE as u64 / RATE;

/// Enough for a keyframe among few pictures.
const BITRATE: u32 = 3_000_000;

/// A picture: each of its layers with what is told of it.
type Layers = Vec<(EncodedFrame, FrameInfo)>;

fn settings(size: (u32, u32), spatial: u8, temporal: u8) -> VideoSettings {
    VideoSettings {
        spatial_layers: spatial,
        temporal_layers: temporal,
        ..VideoSettings::new(size.0, size.1, BITRATE)
    }
}

/// Encodes a numbered pattern, with a second keyframe at 20.
fn encoded(size: (u32, u32), settings: &VideoSettings, count: u32) -> Vec<Layers> {
    let pattern = TestPattern::new(size.0, size.1, RATE as u32).unwrap();
    let mut encoder = video_encoder(Codec::Vp9, settings).unwrap();
    let mut pictures = Vec::new();
    for number in 0..count {
        let frames = encoder.encode(&pattern.picture(number), number == 20).unwrap();
        assert_eq!(frames.len(), encoder.infos().len());
        pictures.push(frames.into_iter().zip(encoder.infos().iter().copied()).collect());
    }
    pictures
}

/// Decodes what of a picture has layers up to this one.
fn shown(decoder: &mut dyn VideoDecoder, layers: &Layers, most: u8) -> Picture {
    let kept = layers.iter().filter(|(_, info)| info.spatial <= most);
    let kept: Vec<EncodedFrame> = kept.map(|(frame, _)| frame.clone()).collect();
    let mut pictures = decoder.decode(&join_layers(&kept).unwrap()).expect("all that it needs");
    assert_eq!(pictures.len(), 1, "of the uppermost layer");
    pictures.remove(0)
}

#[test]
fn each_layer_is_told_and_can_be_seen_without_those_above() {
    for (size, spatial, temporal) in [((960, 540), 3, 3), ((480, 270), 2, 1)] {
        let pictures = encoded(size, &settings(size, spatial, temporal), 28);
        let whole: Vec<&Layers> = pictures.iter().filter(|layers| !layers.is_empty()).collect();
        assert!(whole.len() >= 24, "{}", whole.len());
        for layers in &whole {
            assert_eq!(layers.len(), usize::from(spatial), "all or none");
            let time = layers[0].0.time;
            let key = time.ticks() == 0 || time.ticks() == 20 * STEP;
            for (index, (frame, info)) in layers.iter().enumerate() {
                assert_eq!((frame.time, frame.keyframe, info.keyframe), (time, key, key));
                assert_eq!(usize::from(info.spatial), index);
                assert_eq!(info.more_layers, index + 1 < layers.len());
                assert_eq!(info.inter_layer, key && index > 0);
                assert_eq!(info.temporal, layers[0].1.temporal);
            }
        }
        for most in 0..spatial {
            let mut decoder = video_decoder(Codec::Vp9).unwrap();
            for layers in &whole {
                let picture = shown(&mut *decoder, layers, most);
                let shift = spatial - 1 - most;
                let half = |side: u32| (side >> shift).next_multiple_of(2);
                assert_eq!(picture.size(), (half(size.0), half(size.1)), "up to {most}");
                let number = (layers[0].0.time.ticks() / STEP) as u32;
                assert_eq!(read_frame_number(&picture), Some(number), "up to {most}");
            }
        }
    }
}

#[test]
fn layers_change_from_picture_to_picture_and_upwards_with_a_keyframe() {
    let size = (960, 540);
    let pictures = encoded(size, &settings(size, 3, 3), 28);
    let alone = |most| {
        let mut decoder = video_decoder(Codec::Vp9).unwrap();
        let all = pictures.iter().filter(|layers| !layers.is_empty());
        all.map(|layers| shown(&mut *decoder, layers, most)).collect::<Vec<_>>()
    };
    let alone = [alone(0), alone(1), alone(2)];
    let mut decoder = video_decoder(Codec::Vp9).unwrap();
    let all = pictures.iter().filter(|layers| !layers.is_empty());
    for (place, layers) in all.enumerate() {
        let most = match layers[0].0.time.ticks() / STEP {
            0..6 => 2,
            6..12 => 1,
            12..20 => 0,
            _ => 2,
        };
        let picture = shown(&mut *decoder, layers, most);
        assert!(picture == alone[usize::from(most)][place], "{place}: as without the others");
    }
}

#[test]
fn the_rate_is_kept_and_shared_among_the_sizes() {
    let size = (960, 540);
    for temporal in 1..=3 {
        let settings = VideoSettings { bitrate_bps: 900_000, ..settings(size, 3, temporal) };
        let pictures = encoded(size, &settings, 120);
        let rest = &pictures[30..];
        let made = rest.iter().filter(|layers| !layers.is_empty()).count();
        assert!(made >= 85, "{temporal}: {made} of {}", rest.len());
        let bits = |spatial: u8| -> f64 {
            let of = |(frame, info): &(EncodedFrame, FrameInfo)| match info.spatial == spatial {
                true => 8 * frame.data.len(),
                false => 0,
            };
            rest.iter().flatten().map(of).sum::<usize>() as f64
        };
        let (low, middle, high) = (bits(0), bits(1), bits(2));
        let total = (low + middle + high) / (rest.len() as f64 / RATE as f64);
        assert!((0.7..=1.2).contains(&(total / 900_000.0)), "{temporal}: {total:.0} bit/s");
        assert!(low < middle && middle < high, "{temporal}: {low} {middle} {high}");
    }
}

#[test]
fn small_pictures_and_other_codecs_have_fewer() {
    let one = encoded((320, 180), &settings((320, 180), 3, 1), 3);
    assert!(one.iter().all(|layers| layers.len() == 1 && !layers[0].1.more_layers));
    // A picture of another size has as many as that is worth.
    let mut encoder = video_encoder(Codec::Vp9, &settings((320, 180), 3, 1)).unwrap();
    let large = TestPattern::new(480, 270, RATE as u32).unwrap();
    let frames = encoder.encode(&large.picture(0), false).unwrap();
    assert_eq!(frames.len(), 2);
    for (codec, spatial) in [(Codec::Vp9, 0), (Codec::Vp9, 4), (Codec::Vp8, 2), (Codec::H264, 2)] {
        let error = video_encoder(codec, &settings((320, 180), spatial, 1)).err();
        assert!(matches!(error, Some(CodecError::Setting { .. })), "{codec}: {error:?}");
    }
}
