//! What later packets tell of lost ones (Opus: DRED), and what hostile ones tell.

use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame};
use lapwing_media::{
    AudioDecoder, AudioSettings, CodecError, Samples, audio_decoder, audio_encoder, resample,
};
use proptest::prelude::*;

use crate::clips;

const FRAME: Duration = Duration::from_millis(20);
const LENGTH: usize = 960;

/// Packets of speech that tell of 200 ms before them.
fn packets(dred: Duration, fec: bool) -> Vec<EncodedFrame> {
    let settings = AudioSettings {
        dred,
        fec,
        bitrate_bps: 40_000,
        expected_loss_percent: 20,
        ..AudioSettings::SPEECH
    };
    let speech = resample(&clips::speech(), 48_000).unwrap();
    audio_encoder(Codec::Opus, &settings).unwrap().encode(&speech).unwrap()
}

fn decoder() -> Box<dyn AudioDecoder> {
    audio_decoder(Codec::Opus, 48_000, 1).unwrap()
}

/// Levels of each 10 ms, in dB.
fn levels(data: &[f32]) -> Vec<f64> {
    let square = |samples: &[f32]| samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    data.chunks(480).map(|part| 10.0 * (square(part) / 480.0 + 1e-7).log10()).collect()
}

/// How far levels are from those of the whole, on average, in every five packets that were lost of
/// each fifteen, and how much of them the later packet told of.
fn difference(packets: &[EncodedFrame], recall: bool) -> (f64, usize) {
    let mut plain = decoder();
    let whole: Vec<f32> =
        packets.iter().flat_map(|packet| plain.decode(packet).unwrap().into_data()).collect();
    let (mut decoder, mut recalled) = (decoder(), 0);
    let (mut sum, mut count) = (0.0, 0);
    for (group, part) in packets.chunks_exact(15).enumerate() {
        part[..9].iter().for_each(|packet| drop(decoder.decode(packet).unwrap()));
        let mut made = Vec::new();
        for lost in 0..5 {
            let before = FRAME * (5 - lost);
            if recall && decoder.recall_into(&part[14], before, FRAME, &mut made) {
                recalled += LENGTH;
            } else {
                decoder.conceal_into(FRAME, &mut made);
            }
        }
        decoder.decode(&part[14]).unwrap();
        let sent = &whole[(group * 15 + 9) * LENGTH..][..5 * LENGTH];
        for (a, b) in levels(sent).iter().zip(levels(&made)) {
            sum += (a - b).abs();
            count += 1;
        }
    }
    (sum / f64::from(count), recalled)
}

#[test]
fn a_hundred_milliseconds_come_back_as_loud_as_they_were() {
    let packets = packets(Duration::from_millis(200), false);
    let (concealed, _) = difference(&packets, false);
    let (recalled, count) = difference(&packets, true);
    assert!(count > 30 * 5 * LENGTH, "{count} samples");
    assert!(recalled < 0.6 * concealed, "{recalled} dB and {concealed} dB");
}

/// Silence before it is not counted: over that they reach farther.
#[test]
fn packets_reach_as_far_as_they_were_asked_to() {
    for (asked, least, most) in [(0, 0, 0), (100, 80, 180), (200, 160, 280), (1_040, 500, 1_100)] {
        let packets = packets(Duration::from_millis(asked), false);
        let mut decoder = decoder();
        let reach = |packet| decoder.reaches_back(packet).as_millis();
        let mut reaches: Vec<u128> = packets[100..].iter().map(reach).collect();
        reaches.sort_unstable();
        let median = reaches[reaches.len() / 2];
        assert!((least..=most).contains(&median), "{asked} ms: {median}");
    }
    let too_far = AudioSettings { dred: Duration::from_secs(2), ..AudioSettings::SPEECH };
    let error = audio_encoder(Codec::Opus, &too_far).err();
    assert!(matches!(error, Some(CodecError::Setting { .. })), "{error:?}");
}

#[test]
fn the_reach_follows_what_is_asked_while_it_runs() {
    let speech = resample(&clips::speech(), 48_000).unwrap();
    let settings = AudioSettings { fec: false, bitrate_bps: 40_000, ..AudioSettings::SPEECH };
    let mut encoder = audio_encoder(Codec::Opus, &settings).unwrap();
    let mut decoder = decoder();
    let mut reach = |samples: &Samples| {
        let packets = encoder.encode(samples).unwrap();
        let reach = decoder.reaches_back(packets.last().unwrap());
        // For the next.
        let next = if reach.is_zero() { Duration::from_millis(200) } else { Duration::ZERO };
        encoder.set_dred(next);
        reach
    };
    let none = reach(&speech);
    let some = reach(&speech);
    let none_again = reach(&speech);
    assert_eq!((none, none_again), (Duration::ZERO, Duration::ZERO));
    assert!(some >= Duration::from_millis(160), "{some:?}");
}

#[test]
fn nothing_is_told_by_packets_without_it_and_beyond_its_reach() {
    let mut decoder = decoder();
    let plain = clips::packets();
    decoder.decode(&plain[50]).unwrap();
    let mut into = vec![1.0];
    assert!(!decoder.recall_into(&plain[52], FRAME, FRAME, &mut into));
    let packets = packets(Duration::from_millis(100), false);
    assert!(!decoder.recall_into(&packets[60], FRAME * 20, FRAME, &mut into));
    assert!(!decoder.recall_into(&packets[60], Duration::ZERO, FRAME, &mut into));
    assert_eq!(into, [1.0]);
}

/// Other decoders of the codec give a telephone's rate, or two channels.
#[test]
fn every_rate_and_channel_recalls() {
    let packets = packets(Duration::from_millis(200), false);
    for (rate, channels) in [(8_000, 1), (16_000, 2), (48_000, 2)] {
        let mut decoder = audio_decoder(Codec::Opus, rate, channels).unwrap();
        packets[..100].iter().for_each(|packet| drop(decoder.decode(packet).unwrap()));
        let mut into = Vec::new();
        assert!(decoder.recall_into(&packets[103], FRAME * 3, FRAME * 3, &mut into));
        let expected = rate as usize / 1_000 * 60 * usize::from(channels);
        assert_eq!(into.len(), expected, "{rate} Hz, {channels} channels");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Any bytes, and packets that are cut or changed: what comes out is so long as was asked, and
    /// the next good packet is decoded.
    #[test]
    fn hostile_packets_are_survived(
        index in 20_usize..400,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<proptest::sample::Index>(),
        is_cut: bool,
        random in proptest::option::weighted(
            0.3, proptest::collection::vec(any::<u8>(), 1..200)),
        before_ms in 0_u64..1_200,
        span_ms in 0_u64..200,
    ) {
        thread_local!(static PACKETS: Vec<EncodedFrame> =
            packets(Duration::from_millis(400), true));
        PACKETS.with(|packets| {
            let mut decoder = decoder();
            decoder.decode(&packets[index]).unwrap();
            let mut bytes = random.unwrap_or_else(|| packets[index + 3].data.to_vec());
            if is_cut {
                bytes.truncate(cut.index(bytes.len()) + 1);
            }
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let hostile = EncodedFrame { data: bytes.into(), ..packets[index + 3].clone() };
            let reach = decoder.reaches_back(&hostile);
            prop_assert!(reach <= Duration::from_millis(22_000), "{reach:?}");
            let (before, span) = (Duration::from_millis(before_ms), Duration::from_millis(span_ms));
            let mut into = Vec::new();
            if decoder.recall_into(&hostile, before, span, &mut into) {
                prop_assert!(before <= reach);
                let most = (span.as_micros() as usize).div_ceil(2_500).clamp(1, 48) * 120;
                prop_assert_eq!(into.len(), most);
            } else {
                prop_assert!(into.is_empty());
            }
            let _ = decoder.decode(&hostile);
            decoder.conceal_into(FRAME, &mut into);
            decoder.decode_into(&packets[index + 4], &mut into).unwrap();
            prop_assert!(into.iter().all(|sample| sample.is_finite()));
            Ok(())
        })?;
    }
}
