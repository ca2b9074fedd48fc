//! Codecs, their changes, comfort noise and telephone events.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, MediaTime, PayloadType};
use lapwing_media::quality::level;
use lapwing_media::{
    AudioReceiver, AudioSettings, HearingSettings, Samples, audio_encoder, resample,
};

use super::line::{Arrival, Random, carry, listen, listen_with, received, speech};
use crate::clips;

/// The clip in packets of 20 ms of a codec, from a media time on.
fn coded(codec: Codec, settings: &AudioSettings, from_ms: u64) -> Vec<EncodedFrame> {
    let speech = resample(&clips::speech(), settings.rate).unwrap();
    let frames = audio_encoder(codec, settings).unwrap().encode(&speech).unwrap();
    let rate = codec.clock_rate();
    (0..)
        .zip(frames)
        .map(|(index, frame)| EncodedFrame {
            time: MediaTime::new((from_ms + 20 * index) * u64::from(rate) / 1_000, rate),
            ..frame
        })
        .collect()
}

fn rms_dbfs(data: &[f32]) -> f64 {
    let time = MediaTime::new(0, 48_000);
    level(&Samples::new(data.to_vec(), 48_000, 1, time).unwrap()).rms_dbfs
}

#[test]
fn telephones_are_heard_and_concealed() {
    let cases = [
        (Codec::Pcmu, AudioSettings::TELEPHONE),
        (Codec::Pcma, AudioSettings::TELEPHONE),
        (Codec::G722, AudioSettings::WIDE_BAND),
    ];
    for (codec, settings) in cases {
        let frames = coded(codec, &settings, 0);
        let clean = listen(carry(frames.clone(), |_| Some(30.0)), 10.0);
        assert_eq!(clean.last().concealed_samples, 0, "{codec}");
        let mut random = Random(5);
        let lossy = |random: &mut Random| (random.next() >= 0.1).then_some(30.0);
        let lossy = listen(carry(frames, |_| lossy(&mut random)), 10.0);
        let share = lossy.last().concealed_samples as f64 / 480_000.0;
        assert!((0.05..0.15).contains(&share), "{codec}: {share}");
        let (clean, lossy) = (rms_dbfs(&clean.data), rms_dbfs(&lossy.data));
        assert!((clean - lossy).abs() < 1.0, "{codec}: {clean} and {lossy} dB");
    }
}

/// A stream that goes on with another codec, another source with its own numbers and time, and
/// the first again.
#[test]
fn changes_of_codec_and_source_play_on() {
    let opus: Vec<_> = speech(10);
    let telephone = coded(Codec::Pcmu, &AudioSettings::TELEPHONE, 3_000);
    let mut arrivals = Vec::new();
    for index in 0..500_usize {
        let frame = if (150..300).contains(&index) {
            telephone[index - 150].clone()
        } else {
            opus[index].clone()
        };
        // From 6 s on it is another source.
        let (number, time) = match index {
            ..300 => (index as u64, frame.time),
            _ => (90_000 + index as u64, frame.time + Duration::from_secs(777)),
        };
        let at = Duration::from_millis(20 * index as u64 + 50);
        arrivals.push(Arrival { at, number, frame: EncodedFrame { time, ..frame } });
    }
    let heard = listen(arrivals, 9.9);
    let stats = heard.last();
    assert_eq!(stats.restarts, 1, "{stats:?}");
    assert!(heard.concealed(0.2, 5.9) <= 960, "{stats:?}");
    assert!(heard.concealed(5.9, 9.9) <= 100 * 48, "{stats:?}");
    assert!(rms_dbfs(&heard.data[7 * 48_000..9 * 48_000]) > -40.0);
}

#[test]
fn comfort_noise_is_played_between_words() {
    let frames = coded(Codec::Pcmu, &AudioSettings::TELEPHONE, 0);
    let start = Instant::now();
    let mut receiver = AudioReceiver::new(HearingSettings::mono());
    let mut data = Vec::new();
    for pull in 0..600_u64 {
        let now = start + Duration::from_millis(10 * pull);
        // Words for two seconds, a description of noise, words again from four seconds on.
        let index = (pull / 2) as usize;
        let mut frame = frames[index].clone();
        let (payload_type, number) = match pull {
            ..200 => (0, index),
            200 => (13, 100),
            _ => (0, index - 99),
        };
        if pull % 2 == 0 && !(201..400).contains(&pull) {
            if payload_type == 13 {
                frame.data = vec![45, 127].into();
            }
            let arrival = Arrival { at: Duration::ZERO, number: number as u64, frame };
            receiver.push(received(arrival, payload_type, now), now);
        }
        data.extend_from_slice(receiver.pull(now).data());
    }
    let noise = rms_dbfs(&data[48_000 * 5 / 2..48_000 * 4]);
    assert!((-48.0..-43.0).contains(&noise), "{noise} dB");
    assert_eq!(receiver.stats().concealed_samples, 0, "{:?}", receiver.stats());
    assert!(rms_dbfs(&data[48_000 * 9 / 2..48_000 * 6]) > -35.0);
}

#[test]
fn silence_that_opus_does_not_send_is_no_interruption() {
    let settings = AudioSettings { dtx: true, ..AudioSettings::SPEECH };
    let mut clip = resample(&clips::speech(), 48_000).unwrap();
    clip.data_mut()[3 * 48_000..6 * 48_000].fill(0.0);
    let frames = audio_encoder(Codec::Opus, &settings).unwrap().encode(&clip).unwrap();
    assert!(frames.len() < 400, "{} packets are not silent", frames.len());
    // Numbers follow on each other where nothing was sent.
    let heard = listen(carry(frames, |_| Some(30.0)), 9.9);
    let stats = heard.last();
    // What is made up fades within 10 ms each time.
    assert!(stats.concealed_samples - stats.silent_concealed_samples < 100 * 48, "{stats:?}");
    assert_eq!(stats.interruption_count, 0, "{stats:?}");
    assert!(rms_dbfs(&heard.data[4 * 48_000..5 * 48_000]) < -60.0);
}

#[test]
fn keys_are_heard_as_tones() {
    let mut settings = HearingSettings::mono();
    settings.telephone_events = vec![PayloadType(101)];
    let mut receiver = AudioReceiver::new(settings);
    let start = Instant::now();
    let frames = coded(Codec::Pcma, &AudioSettings::TELEPHONE, 0);
    let mut data = Vec::new();
    for pull in 0..300_u64 {
        let now = start + Duration::from_millis(10 * pull);
        let index = (pull / 2) as usize;
        if pull % 2 == 0 {
            let key = (50..60).contains(&index);
            let mut frame = frames[index].clone();
            if key {
                // Key 5 from one second on, for 200 ms.
                let duration = ((index - 49) * 160).min(1_600) as u16;
                let end = if index == 59 { 0x80 } else { 0 };
                frame.time = MediaTime::new(8_000, 8_000);
                let [high, low] = duration.to_be_bytes();
                frame.data = vec![5, end | 6, high, low].into();
            }
            let arrival = Arrival { at: Duration::ZERO, number: index as u64, frame };
            receiver.push(received(arrival, if key { 101 } else { 8 }, now), now);
        }
        data.extend_from_slice(receiver.pull(now).data());
    }
    let power = |from_ms: usize, frequency: f64| {
        let (mut sine, mut cosine) = (0.0, 0.0);
        for (index, sample) in data[from_ms * 48..(from_ms + 100) * 48].iter().enumerate() {
            let phase = index as f64 / 48_000.0 * std::f64::consts::TAU * frequency;
            sine += f64::from(*sample) * phase.sin();
            cosine += f64::from(*sample) * phase.cos();
        }
        f64::hypot(sine, cosine) / 2_400.0
    };
    assert!(power(1_080, 770.0) > 0.15 && power(1_080, 1_336.0) > 0.15);
    assert!(power(1_080, 941.0) < 0.05 && power(1_500, 770.0) < 0.05);
    assert_eq!(receiver.stats().interruption_count, 0);
}

#[test]
fn two_channels_come_out_of_one_and_of_two() {
    let settings = AudioSettings { channels: 2, bitrate_bps: 96_000, ..AudioSettings::SPEECH };
    let clip = resample(&clips::speech(), 48_000).unwrap();
    let mut stereo = clip.to_channels(2);
    stereo.data_mut().iter_mut().skip(1).step_by(2).for_each(|right| *right *= 0.25);
    let frames = audio_encoder(Codec::Opus, &settings).unwrap().encode(&stereo).unwrap();
    let mut random = Random(11);
    let lossy = carry(frames, |_| (random.next() >= 0.03).then_some(30.0));
    let mut receiver = AudioReceiver::new(HearingSettings::stereo());
    let heard = listen_with(&mut receiver, lossy, 9.9);
    assert_eq!(heard.data.len(), 2 * 990 * 480);
    let side = |skip| heard.data.iter().skip(skip).step_by(2).copied().collect::<Vec<f32>>();
    let difference = rms_dbfs(&side(0)) - rms_dbfs(&side(1));
    assert!((8.0..16.0).contains(&difference), "{difference} dB");

    let frames = coded(Codec::Pcmu, &AudioSettings::TELEPHONE, 0);
    let mut receiver = AudioReceiver::new(HearingSettings::stereo());
    let heard = listen_with(&mut receiver, carry(frames, |_| Some(30.0)), 5.0);
    assert!(heard.data.chunks(2).all(|frame| frame[0] == frame[1]));
    assert!(rms_dbfs(&heard.data) > -40.0);
}
