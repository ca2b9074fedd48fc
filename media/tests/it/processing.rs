//! What processing makes of sound.

use lapwing_engine::MediaTime;
use lapwing_media::processing::{Processor, ProcessorSettings, SILENCE_DBOV, TARGET_DBFS};
use lapwing_media::quality::correlation;
use lapwing_media::{Samples, resample};

use crate::clips;
use crate::room::{self, RATE, Room};

const CANCEL: ProcessorSettings =
    ProcessorSettings { echo_cancellation: true, ..ProcessorSettings::NONE };
const SUPPRESS: ProcessorSettings =
    ProcessorSettings { noise_suppression: true, ..ProcessorSettings::NONE };
const LEVEL: ProcessorSettings =
    ProcessorSettings { auto_gain_control: true, ..ProcessorSettings::NONE };

/// What every stage but gain control does beside its work: the reference for what it keeps.
const HIGH_PASS: ProcessorSettings =
    ProcessorSettings { high_pass: true, ..ProcessorSettings::NONE };

/// Delays of the library's filters, in samples at 48 kHz.
const SUPPRESS_DELAY: usize = 288;
const CANCEL_DELAY: usize = 384;

fn speech() -> Vec<f32> {
    clips::speech().into_data()
}

/// What comes out for this sound at 48 kHz while that is played.
fn process(processor: &mut Processor, heard: &[f32], played: &[f32]) -> Vec<f32> {
    let mut out = Vec::new();
    for (heard, played) in room::blocks(heard).zip(room::blocks(played)) {
        processor.render(&played).unwrap();
        out.extend(processor.capture(&heard).unwrap().into_data());
    }
    out
}

/// What comes out while nothing is played.
fn process_alone(settings: ProcessorSettings, heard: &[f32]) -> Vec<f32> {
    let mut processor = Processor::new(settings);
    room::blocks(heard).flat_map(|it| processor.capture(&it).unwrap().into_data()).collect()
}

/// Echo of speech with a faint noise of the microphone's, and the speech, both at 48 kHz.
fn echo(delay_ms: usize) -> (Vec<f32>, Vec<f32>) {
    let played = speech();
    let heard = Room::new(1, delay_ms, 200, 6.0).echo(&played);
    let heard = room::mix(&heard, &room::noise(2, played.len(), -80.0));
    (room::wide(&heard), room::wide(&played))
}

/// Enhancement of the echo's return loss in dB from five seconds on.
fn enhancement(heard: &[f32], out: &[f32]) -> f64 {
    let from = 5 * RATE as usize;
    room::rms_db(&heard[from..]) - room::rms_db(&out[from..])
}

#[test]
fn an_echo_is_gone_within_five_seconds() {
    for delay_ms in [20, 120] {
        let (heard, played) = echo(delay_ms);
        let mut processor = Processor::new(CANCEL);
        let out = process(&mut processor, &heard, &played);
        let found = enhancement(&heard, &out);
        assert!(found >= 30.0, "{found:.1} dB after {delay_ms} ms");
        let stats = processor.stats();
        assert!(stats.echo_return_loss_enhancement.is_some_and(|db| db > 1.0), "{stats:?}");
        // Without what was played, the echo stays.
        let kept = enhancement(&heard, &process_alone(CANCEL, &heard));
        assert!(kept < 3.0, "{kept:.1} dB without knowing what was played");
    }
}

#[test]
fn speech_beside_an_echo_stays() {
    let near = speech();
    let far: Vec<f32> = near[80_000..].iter().chain(&near[..80_000]).copied().collect();
    let echo = Room::new(3, 40, 200, 10.0).echo(&far);
    // The canceller has learnt the room before.
    let silence = vec![0.0; far.len()];
    let heard: Vec<f32> = echo.iter().copied().chain(room::mix(&near, &echo)).collect();
    let near: Vec<f32> = silence.iter().chain(&near).copied().collect();
    let far: Vec<f32> = far.iter().chain(&far).copied().collect();
    let (heard, near, far) = (room::wide(&heard), room::wide(&near), room::wide(&far));
    let out = process(&mut Processor::new(CANCEL), &heard, &far);
    let from = near.len() / 2;
    let (near, out) = (&process_alone(HIGH_PASS, &near)[from..], &out[from + CANCEL_DELAY..]);
    let lost = room::speech_db(near, RATE) - room::speech_db(out, RATE);
    assert!((-1.0..3.0).contains(&lost), "near speech lost {lost:.1} dB");
    let after = room::segmental_snr(near, out, RATE);
    assert!(after >= 5.0, "{after:.2} dB");
    let (_, alike) = correlation(&near[..RATE as usize * 5], out, 0);
    assert!(alike >= 0.8, "{alike:.3}");
}

#[test]
fn noise_is_suppressed() {
    let speech = speech();
    let level = room::speech_db(&speech, 16_000) as f32;
    let clean = process_alone(HIGH_PASS, &room::wide(&speech));
    let white = room::noise(5, speech.len(), level - 5.0);
    let babble = room::babble(&speech, level);
    for (name, noise, least) in [("white, 5 dB", white, 3.0), ("babble, 0 dB", babble, 1.5)] {
        let noisy = room::wide(&room::mix(&speech, &noise));
        let before = room::segmental_snr(&clean, &process_alone(HIGH_PASS, &noisy), RATE);
        let out = process_alone(SUPPRESS, &noisy);
        let after = room::segmental_snr(&clean, &out[SUPPRESS_DELAY..], RATE);
        assert!(after >= before + least, "{name}: {before:.2} to {after:.2} dB");
    }
}

#[test]
fn filters_delay_what_they_keep() {
    let speech = room::wide(&speech());
    let clean = process_alone(HIGH_PASS, &speech);
    for (settings, expected) in [(SUPPRESS, SUPPRESS_DELAY), (CANCEL, CANCEL_DELAY)] {
        let silence = vec![0.0; speech.len()];
        let out = process(&mut Processor::new(settings), &speech, &silence);
        let (lag, alike) = correlation(&clean[..48_000], &out, 500);
        assert_eq!(lag, expected);
        assert!(alike > 0.85, "{alike:.3}");
    }
}

#[test]
fn speech_comes_out_at_one_level() {
    for dbfs in [-40.0, -25.0, -10.0] {
        let speech = speech();
        let change = dbfs - room::speech_db(&speech, 16_000) as f32;
        let speech: Vec<f32> =
            speech.iter().map(|sample| sample * 10.0_f32.powf(change / 20.0)).collect();
        let heard = room::wide(&speech).repeat(2);
        let out = process_alone(LEVEL, &heard);
        let level = room::speech_db(&out[out.len() / 2..], RATE) - f64::from(TARGET_DBFS);
        assert!(level.abs() < 3.0, "{level:.1} dB off for {dbfs} dBFS");
    }
}

#[test]
fn the_same_sound_gives_the_same_bytes() {
    let (heard, played) = echo(60);
    let second = RATE as usize;
    let run = || {
        let mut processor = Processor::new(ProcessorSettings::ALL);
        process(&mut processor, &heard[..2 * second], &played[..2 * second])
    };
    assert_eq!(run(), run());
}

#[test]
fn a_voice_is_told_from_noise_and_silence() {
    let speech = room::wide(&speech());
    let active = |sound: &[f32]| {
        let mut processor = Processor::new(ProcessorSettings::NONE);
        let mut active = 0;
        for block in room::blocks(sound) {
            processor.capture(&block).unwrap();
            active += u32::from(processor.voice().is_active);
        }
        f64::from(active) / (sound.len() / 480) as f64
    };
    assert!(active(&speech) > 0.6, "{}", active(&speech));
    let noise = room::noise(9, RATE as usize * 5, -40.0);
    assert!(active(&noise) < 0.1, "{}", active(&noise));
    let mut processor = Processor::new(ProcessorSettings::NONE);
    processor.capture(&room::blocks(&[0.0; 480]).next().unwrap()).unwrap();
    assert_eq!(processor.voice().level_dbov, SILENCE_DBOV);
}

#[test]
fn nothing_switched_on_changes_nothing() {
    let speech = room::wide(&speech());
    let out = process_alone(ProcessorSettings::NONE, &speech);
    assert_eq!(out, speech);
}

#[test]
fn other_rates_sizes_and_channels_come_out_at_48_khz() {
    for (rate, channels) in [(8_000, 1), (16_000, 2), (44_100, 2), (96_000, 1), (48_000, 6)] {
        let speech = resample(&clips::speech(), rate).unwrap().to_channels(channels);
        let mut processor = Processor::new(ProcessorSettings::ALL);
        let mut out = Vec::new();
        let mut at = 0;
        for chunk in speech.data().chunks(733 * usize::from(channels)) {
            let time = MediaTime::new(at, rate);
            at += chunk.len() as u64 / u64::from(channels);
            let chunk = Samples::new(chunk.to_vec(), rate, channels, time).unwrap();
            processor.render(&chunk).unwrap();
            let ready = processor.capture(&chunk).unwrap();
            assert_eq!((ready.rate(), ready.frames() % 480), (RATE, 0));
            assert_eq!(ready.channels(), if channels == 2 { 2 } else { 1 });
            out.push(ready);
        }
        let frames: usize = out.iter().map(Samples::frames).sum();
        let expected = speech.frames() * RATE as usize / rate as usize;
        assert!(expected.abs_diff(frames) < 4_800, "{rate} Hz: {frames} of {expected}");
        assert_eq!(processor.stats().restarts, 0, "{rate} Hz");
    }
}

#[test]
fn stages_are_switched_while_sound_flows() {
    let (heard, played) = echo(40);
    let mut processor = Processor::new(ProcessorSettings::NONE);
    for (index, (heard, played)) in room::blocks(&heard).zip(room::blocks(&played)).enumerate() {
        if index % 50 == 0 {
            let bit = |bit: usize| (index / 50) >> bit & 1 == 1;
            let settings = ProcessorSettings {
                echo_cancellation: bit(0),
                noise_suppression: bit(1),
                auto_gain_control: bit(2),
                high_pass: bit(3),
            };
            processor.set(settings);
            assert_eq!(processor.settings(), settings);
            let stats = processor.stats();
            assert_eq!(stats.gain_db.is_some(), settings.auto_gain_control);
            assert!(stats.echo_return_loss.is_none() || settings.echo_cancellation);
        }
        processor.render(&played).unwrap();
        let out = processor.capture(&heard).unwrap();
        assert!(out.data().iter().all(|sample| sample.abs() <= 1.0));
    }
}

#[test]
fn nothing_that_is_pushed_breaks_it() {
    let mut random = room::Random::new(23);
    let wild = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE, 0.0, 1.0];
    let mut processor = Processor::new(ProcessorSettings::ALL);
    for _ in 0..300 {
        let mut sound = || {
            let rate = [8_000, 11_025, 16_000, 44_100, 48_000, 192_000][random.next() as usize % 6];
            let channels = 1 + random.next() as u8 % 8;
            let frames = random.next() as usize % 1_500;
            let data = (0..frames * usize::from(channels)).map(|_| match random.next() % 8 {
                0 => wild[random.next() as usize % wild.len()],
                _ => random.unit() * 2.0 - 1.0,
            });
            let data = data.collect();
            let time = match random.next() % 4 {
                0 => MediaTime::new(random.next(), rate),
                _ => MediaTime::new(0, rate),
            };
            Samples::new(data, rate, channels, time).unwrap()
        };
        // Times near the end of all numbers may be refused, by a typed error.
        let _ = processor.render(&sound());
        if let Ok(out) = processor.capture(&sound()) {
            assert!(out.data().iter().all(|sample| sample.abs() <= 1.0), "{out:?}");
        }
    }
    // It still does its work.
    processor.set(CANCEL);
    let (heard, played) = echo(20);
    let out = process(&mut processor, &heard, &played);
    assert!(out.iter().all(|sample| sample.is_finite()));
    let found = enhancement(&heard[..out.len()], &out);
    assert!(found >= 25.0, "{found:.1} dB, {:?}", processor.stats());
}
