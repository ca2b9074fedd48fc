//! Sound through encoders and decoders.

use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::quality::{correlation, level};
use lapwing_media::{
    AudioContent, AudioSettings, CodecError, DecodeError, EncodeError, Samples, audio_decoder,
    audio_encoder, resample,
};

use crate::clips;

const FRAME: Duration = Duration::from_millis(20);

/// The speech clip at 48 kHz.
fn speech() -> Samples {
    resample(&clips::speech(), 48_000).unwrap()
}

fn encode(settings: &AudioSettings, samples: &Samples) -> Vec<EncodedFrame> {
    audio_encoder(Codec::Opus, settings).unwrap().encode(samples).unwrap()
}

fn decode(packets: &[EncodedFrame]) -> Vec<f32> {
    let mut decoder = audio_decoder(Codec::Opus, 48_000, 1).unwrap();
    packets.iter().flat_map(|packet| decoder.decode(packet).unwrap().into_data()).collect()
}

#[test]
fn opus_speech_comes_back() {
    let speech = speech();
    let packets = encode(&AudioSettings::SPEECH, &speech);
    assert_eq!(packets.len(), speech.frames() / 960);
    for (index, packet) in (0..).zip(&packets) {
        assert_eq!(packet.time, MediaTime::new(960 * index, 48_000));
    }
    let decoded = decode(&packets);
    let (lag, coefficient) = correlation(speech.data(), &decoded, 500);
    // The encoder looks 6.5 ms ahead; its high-pass filter turns phases and moves the best fit by a
    // sample or two.
    assert!(lag.abs_diff(312) <= 3, "{lag}");
    assert!(coefficient > 0.8, "{coefficient}");
    let after = Samples::new(decoded, 48_000, 1, speech.time()).unwrap();
    let difference = level(&after).rms_dbfs - level(&speech).rms_dbfs;
    assert!(difference.abs() < 1.0, "{difference} dB");

    let bits: usize = packets.iter().map(|packet| 8 * packet.data.len()).sum();
    let rate = bits as f64 / speech.duration().as_secs_f64();
    assert!((20_000.0..40_000.0).contains(&rate), "{rate} bit/s for 32,000");
}

#[test]
fn opus_follows_its_bit_rate() {
    let speech = speech();
    let mut encoder = audio_encoder(Codec::Opus, &AudioSettings::SPEECH).unwrap();
    let mut size = |bps| {
        encoder.set_bitrate(bps);
        let packets = encoder.encode(&speech).unwrap();
        packets.iter().map(|packet| packet.data.len()).sum::<usize>()
    };
    let (high, low) = (size(64_000), size(12_000));
    assert!(high > 3 * low, "{high} and {low} bytes");
}

#[test]
fn opus_tries_as_hard_as_it_is_told() {
    let speech = speech();
    let told = |complexity| {
        let mut encoder = audio_encoder(Codec::Opus, &AudioSettings::SPEECH).unwrap();
        encoder.set_complexity(complexity);
        encoder.encode(&speech).unwrap()
    };
    let begun =
        |complexity| encode(&AudioSettings { complexity, ..AudioSettings::SPEECH }, &speech);
    assert!(told(2) == begun(2) && told(200) == begun(10));
    assert!(told(2) != told(10));
}

/// Root of the mean square of the difference, over that of the first.
fn error(expected: &[f32], got: &[f32]) -> f64 {
    let squares = |values: &mut dyn Iterator<Item = f32>| -> f64 {
        values.map(|value| f64::from(value).powi(2)).sum()
    };
    let difference = squares(&mut expected.iter().zip(got).map(|(a, b)| a - b));
    (difference / squares(&mut expected.iter().copied())).sqrt()
}

/// Decodes with every tenth packet lost and made up by `replace`; gives the error over what was
/// made up, against the same packets decoded without loss.
fn with_losses(
    packets: &[EncodedFrame],
    replace: impl Fn(&mut dyn lapwing_media::AudioDecoder, &EncodedFrame) -> Samples,
) -> f64 {
    let whole = decode(packets);
    let mut decoder = audio_decoder(Codec::Opus, 48_000, 1).unwrap();
    let (mut expected, mut got) = (Vec::new(), Vec::new());
    for (index, packet) in packets.iter().enumerate() {
        if index % 10 == 5 && index + 1 < packets.len() {
            let samples = replace(decoder.as_mut(), &packets[index + 1]);
            assert_eq!(samples.frames(), 960);
            assert_eq!(samples.time(), packet.time);
            expected.extend_from_slice(&whole[index * 960..][..960]);
            got.extend(samples.into_data());
        } else {
            decoder.decode(packet).unwrap();
        }
    }
    error(&expected, &got)
}

#[test]
fn fec_beats_concealment_and_concealment_beats_silence() {
    let settings = AudioSettings { expected_loss_percent: 20, ..AudioSettings::SPEECH };
    let packets = encode(&settings, &speech());
    let concealed = with_losses(&packets, |decoder, _| decoder.conceal(FRAME));
    let recovered = with_losses(&packets, |decoder, next| {
        decoder.recover(next, FRAME).unwrap_or_else(|| decoder.conceal(FRAME))
    });
    // Silence would have an error of exactly one.
    assert!(concealed < 0.95, "{concealed}");
    assert!(recovered < 0.8 * concealed, "{recovered} and {concealed}");
}

#[test]
fn most_speech_packets_carry_a_copy_when_asked_to() {
    let copies = |settings: &AudioSettings| {
        let packets = encode(settings, &speech());
        let mut decoder = audio_decoder(Codec::Opus, 48_000, 1).unwrap();
        packets.iter().filter(|packet| decoder.recover(packet, FRAME).is_some()).count()
    };
    let with = AudioSettings { expected_loss_percent: 20, ..AudioSettings::SPEECH };
    let without = AudioSettings { fec: false, ..AudioSettings::SPEECH };
    let (with, without) = (copies(&with), copies(&without));
    assert!(with > 250, "{with} of 500");
    assert_eq!(without, 0);
}

#[test]
fn concealment_is_bounded_and_fades() {
    let packets = clips::packets();
    let mut decoder = audio_decoder(Codec::Opus, 48_000, 1).unwrap();
    let last = packets[..60].iter().map(|packet| decoder.decode(packet).unwrap()).last().unwrap();
    assert_eq!(decoder.conceal(Duration::from_secs(9)).duration(), Duration::from_millis(120));
    assert_eq!(decoder.conceal(Duration::ZERO).duration(), Duration::from_micros(2_500));
    let mut samples = decoder.conceal(FRAME);
    for _ in 0..50 {
        samples = decoder.conceal(FRAME);
    }
    let (before, after) = (level(&last).rms_dbfs, level(&samples).rms_dbfs);
    assert!(after < before - 20.0, "from {before:.0} to {after:.0} dBFS");
}

#[test]
fn dtx_sends_little_for_silence_and_all_of_speech() {
    let settings = AudioSettings { dtx: true, ..AudioSettings::SPEECH };
    let silence = Samples::new(vec![0.0; 96_000], 48_000, 1, MediaTime::new(0, 48_000)).unwrap();
    let packets = encode(&settings, &silence);
    // An update each 400 ms, and some packets before it is sure.
    assert!(packets.len() < 30, "{} of 100", packets.len());
    let speech = speech();
    let packets = encode(&settings, &speech);
    assert!(packets.len() > 300, "{} of {}", packets.len(), speech.frames() / 960);
}

#[test]
fn all_frame_lengths_and_rates_work() {
    for rate in [8_000, 12_000, 16_000, 24_000, 48_000] {
        for micros in [2_500, 5_000, 10_000, 20_000, 40_000, 60_000] {
            let frame = Duration::from_micros(micros);
            let settings = AudioSettings { rate, frame, channels: 2, ..AudioSettings::SPEECH };
            let mut encoder = audio_encoder(Codec::Opus, &settings).unwrap();
            let time = MediaTime::new(0, rate);
            let samples = Samples::new(vec![0.1; rate as usize], rate, 2, time).unwrap();
            let packets = encoder.encode(&samples).unwrap();
            let mut decoder = audio_decoder(Codec::Opus, rate, 2).unwrap();
            let decoded = decoder.decode(&packets[0]).unwrap();
            assert_eq!(decoded.duration(), frame, "{rate} Hz");
            assert_eq!((decoded.rate(), decoded.channels()), (rate, 2));
        }
    }
}

#[test]
fn g711_speech_comes_back() {
    let phone = resample(&clips::speech(), 8_000).unwrap();
    for codec in [Codec::Pcmu, Codec::Pcma] {
        let mut encoder = audio_encoder(codec, &AudioSettings::TELEPHONE).unwrap();
        let packets = encoder.encode(&phone).unwrap();
        assert!(packets.iter().all(|packet| packet.data.len() == 160));
        let mut decoder = audio_decoder(codec, 8_000, 1).unwrap();
        let decoded: Vec<f32> =
            packets.iter().flat_map(|packet| decoder.decode(packet).unwrap().into_data()).collect();
        let error = error(&phone.data()[..decoded.len()], &decoded);
        assert!(error < 0.03, "{codec}: {error}");
        let lost = decoder.conceal(FRAME);
        assert_eq!((lost.frames(), lost.time().ticks()), (160, decoded.len() as u64));
    }
}

#[test]
fn g722_speech_comes_back() {
    let speech = resample(&clips::speech(), 16_000).unwrap();
    let mut encoder = audio_encoder(Codec::G722, &AudioSettings::WIDE_BAND).unwrap();
    let packets = encoder.encode(&speech).unwrap();
    assert!(packets.iter().all(|packet| packet.data.len() == 160));
    // The clock is half as fast as the samples (RFC 3551 section 4.5.2).
    assert_eq!((packets[1].time.ticks(), packets[1].time.rate()), (160, 8_000));
    let mut decoder = audio_decoder(Codec::G722, 16_000, 1).unwrap();
    let decoded: Vec<f32> =
        packets.iter().flat_map(|packet| decoder.decode(packet).unwrap().into_data()).collect();
    // Both filter banks together are late by 22 samples.
    let late = &decoded[22..];
    let error = error(&speech.data()[..late.len()], late);
    assert!(error < 0.05, "{error}");
    let lost = decoder.conceal(FRAME);
    assert_eq!((lost.frames(), lost.time().ticks()), (320, decoded.len() as u64));
}

#[test]
fn what_codecs_cannot_do_is_an_error() {
    let error = |codec, settings: AudioSettings| audio_encoder(codec, &settings).err().unwrap();
    let setting = |error| matches!(error, CodecError::Setting { .. });
    let speech = AudioSettings::SPEECH;
    assert!(setting(error(Codec::Opus, AudioSettings { rate: 44_100, ..speech.clone() })));
    assert!(setting(error(Codec::Opus, AudioSettings { channels: 3, ..speech.clone() })));
    let frame = Duration::from_millis(15);
    assert!(setting(error(Codec::Opus, AudioSettings { frame, ..speech.clone() })));
    assert!(setting(error(Codec::Pcmu, speech.clone())));
    assert_eq!(error(Codec::Vp8, speech), CodecError::WrongKind(Codec::Vp8));

    let mut encoder = audio_encoder(Codec::Opus, &AudioSettings::SPEECH).unwrap();
    let error = EncodeError::Format { expected: (48_000, 1), got: (16_000, 1) };
    assert_eq!(encoder.encode(&clips::speech()), Err(error));

    let mut decoder = audio_decoder(Codec::Opus, 48_000, 1).unwrap();
    let empty = EncodedFrame { data: [].into(), ..clips::packets()[0].clone() };
    assert!(matches!(decoder.decode(&empty), Err(DecodeError::Corrupt { .. })));
}

#[test]
fn opus_has_a_range_of_bit_rates() {
    for bitrate_bps in [5_999, 510_001] {
        let settings = AudioSettings { bitrate_bps, ..AudioSettings::SPEECH };
        let error = audio_encoder(Codec::Opus, &settings).err();
        assert!(matches!(error, Some(CodecError::Setting { .. })), "{bitrate_bps}: {error:?}");
    }
    for bitrate_bps in [6_000, 510_000] {
        let settings = AudioSettings { bitrate_bps, ..AudioSettings::SPEECH };
        let packets = encode(&settings, &speech());
        let bits: usize = packets.iter().map(|packet| 8 * packet.data.len()).sum();
        let rate = bits as f64 / packets.len() as f64 * 50.0;
        let share = rate / f64::from(bitrate_bps);
        assert!((0.4..=1.3).contains(&share), "{rate:.0} of {bitrate_bps}");
    }
}

#[test]
fn music_keeps_both_channels_and_its_heights() {
    // A tone of 440 Hz on the left, one of 15 kHz on the right.
    let wave = |hz: f64, at: u32| (std::f64::consts::TAU * hz * f64::from(at) / 48e3).sin();
    let sample = |hz: f64, at: u32| (0.25 * wave(hz, at)) as f32;
    let data = (0..48_000).flat_map(|at| [sample(440.0, at), sample(15_000.0, at)]).collect();
    let samples = Samples::new(data, 48_000, 2, MediaTime::new(0, 48_000)).unwrap();
    let packets = encode(&AudioSettings::MUSIC, &samples);
    let mut decoder = audio_decoder(Codec::Opus, 48_000, 2).unwrap();
    let heard: Vec<f32> =
        packets.iter().flat_map(|packet| decoder.decode(packet).unwrap().into_data()).collect();
    let power = |channel: usize, hz: f64| {
        let tail = heard.chunks(2).skip(9_600).map(|pair| f64::from(pair[channel]));
        let (mut sine, mut cosine, mut count) = (0.0, 0.0, 0.0);
        for (at, sample) in (0..).zip(tail) {
            let quarter = 12_000.0 / hz;
            sine += sample * wave(hz, at);
            cosine +=
                sample * (std::f64::consts::TAU * hz * (f64::from(at) + quarter) / 48e3).sin();
            count += 1.0;
        }
        2.0 * f64::hypot(sine, cosine) / count
    };
    assert!((0.2..0.3).contains(&power(0, 440.0)), "{}", power(0, 440.0));
    assert!((0.2..0.3).contains(&power(1, 15_000.0)), "{}", power(1, 15_000.0));
    assert!(power(1, 440.0) < 0.01 && power(0, 15_000.0) < 0.01);
    assert_eq!(AudioSettings::MUSIC.content, AudioContent::Music);
}
