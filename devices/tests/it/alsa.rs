//! Microphones and speakers of ALSA that are files.
//!
//! ALSA reads its configuration once in a process, from where the environment says. So each test
//! runs this program again, as a process whose ALSA has nothing but the devices of the test.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use lapwing_devices::backends::Alsa;
use lapwing_devices::constraints::{ConstrainFlag, ConstraintSet, StreamConstraints};
use lapwing_devices::{
    DeviceKind, MediaDevices, MediaError, MediaEvent, Permission, PermissionKind,
};
use lapwing_engine::MediaTime;
use lapwing_media::{Polled, Samples, Source};

const RATE: u32 = 48_000;
/// Says where the files of a test are, to the process in which it runs.
const FOLDER: &str = "LAPWING_TEST_ALSA_FOLDER";
/// A bound on everything that is waited for here.
const LONG: Duration = Duration::from_secs(60);

/// Runs one of the tests below in a process with this configuration, in which FOLDER stands for
/// `folder`.
fn run(test: &str, folder: &Path, configuration: &str) {
    let path = folder.join("asound.conf");
    let text = configuration.replace("FOLDER", &folder.display().to_string());
    fs::write(&path, text).expect("the test has it");
    let mut command = Command::new(std::env::current_exe().expect("the test has it"));
    command.args(["--exact", &format!("alsa::{test}"), "--nocapture"]);
    let output = command
        .env("ALSA_CONFIG_PATH", path)
        .env(FOLDER, folder)
        .output()
        .expect("the test has it");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{errors}");
}

/// Whether this is a process that a test started.
fn is_child() -> bool {
    std::env::var_os(FOLDER).is_some()
}

fn devices() -> MediaDevices {
    let hook = |request: &lapwing_devices::PermissionRequest| {
        assert_eq!(request.kind, PermissionKind::Microphone);
        Permission::Granted
    };
    MediaDevices::builder().backend(Alsa::default()).permission(hook).build()
}

fn tone(hz: f64, samples: usize) -> Vec<i16> {
    let sample = |n: usize| (8_000.0 * (TAU * hz * n as f64 / f64::from(RATE)).sin()) as i16;
    (0..samples).map(sample).collect()
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// The share of the energy that lies at a frequency, by Goertzel's filter.
fn share_at(hz: f64, samples: &[f32]) -> f64 {
    let (mut real, mut imaginary, mut energy) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sin, cos) = (TAU * hz * n as f64 / f64::from(RATE)).sin_cos();
        real += f64::from(*sample) * cos;
        imaginary += f64::from(*sample) * sin;
        energy += f64::from(*sample).powi(2);
    }
    2.0 * (real * real + imaginary * imaginary) / (energy.max(1e-9) * samples.len() as f64)
}

const MICROPHONE: &str = r#"
pcm.mine {
    type plug
    slave.pcm {
        type file
        file "/dev/null"
        infile "FOLDER/heard.raw"
        format raw
        slave.pcm { type null }
    }
    hint { show on description "A file that is heard" device_input 0 }
}
pcm.hidden { type null }
"#;

#[test]
fn what_a_microphone_hears_arrives() {
    let folder = tempfile::tempdir().expect("the test has it");
    fs::write(folder.path().join("heard.raw"), bytes(&tone(1_000.0, 10 * RATE as usize)))
        .expect("the test has it");
    run("hears", folder.path(), MICROPHONE);
}

/// Of the test before it, in a process of its own.
#[test]
fn hears() {
    if !is_child() {
        return;
    }
    let mut devices = devices();
    let off = Some(ConstrainFlag::exact(false));
    let set = ConstraintSet {
        echo_cancellation: off,
        noise_suppression: off,
        auto_gain_control: off,
        ..ConstraintSet::default()
    };
    let wanted = StreamConstraints { audio: Some(set.into()), video: None };
    let stream = devices.get_user_media(&wanted).expect("the test has it");
    let track = stream.audio().expect("the test has it");
    assert_eq!(
        (track.label(), track.get_settings().channel_count),
        ("A file that is heard", Some(1))
    );
    let mut source = track.audio_source().expect("the test has it");
    let mut heard: Vec<f32> = Vec::new();
    let end = Instant::now() + LONG;
    while heard.len() < 48_000 {
        let now = Instant::now();
        assert!(now < end, "only {} samples came", heard.len());
        match source.poll(now) {
            Polled::Item(piece) => {
                assert_eq!(piece.time().ticks(), heard.len() as u64);
                heard.extend(piece.data());
            }
            Polled::Wait(at) => park_timeout(at.saturating_duration_since(now)),
            Polled::Empty => panic!("{:?}", track.ended()),
        }
    }
    assert!(share_at(1_000.0, &heard) > 0.99, "{}", share_at(1_000.0, &heard));
    assert!(share_at(1_500.0, &heard) < 0.01);
    let kinds: Vec<DeviceKind> = devices.enumerate().iter().map(|info| info.kind).collect();
    assert!(kinds.contains(&DeviceKind::AudioInput), "{kinds:?}");
}

const SPEAKER: &str = r#"
pcm.mine {
    type plug
    slave.pcm {
        type file
        file "FOLDER/played.raw"
        format raw
        slave.pcm { type null }
    }
    hint { show on description "A file that is written" device_output 0 }
}
"#;

#[test]
fn what_is_played_arrives_at_the_speaker() {
    let folder = tempfile::tempdir().expect("the test has it");
    run("plays", folder.path(), SPEAKER);
    let played = fs::read(folder.path().join("played.raw")).expect("the test has it");
    let samples = played.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
    let samples: Vec<i16> = samples.collect();
    // A cushion of silence, then the tone, sample by sample.
    let start = samples.iter().position(|sample| *sample != 0).expect("the test has it") - 1;
    assert!(start >= 1_919, "{start}");
    let wanted = tone(440.0, 19_200);
    let near = |(a, b): (&i16, &i16)| a.abs_diff(*b) <= 1;
    assert!(samples[start..].len() >= wanted.len(), "{}", samples.len());
    assert!(samples[start..].iter().zip(&wanted).all(near));
}

/// Of the test before it, in a process of its own.
#[test]
fn plays() {
    if !is_child() {
        return;
    }
    let mut devices = devices();
    let mut speaker = devices.open_speaker(None).expect("the test has it");
    assert_eq!(speaker.device().label, "A file that is written");
    let sound = tone(440.0, 19_200);
    for (index, block) in sound.chunks(480).enumerate() {
        let time = MediaTime::new(480 * index as u64, RATE);
        speaker.play(
            &Samples::from_i16(block, RATE, 1, time).expect("the test has it"),
            Instant::now(),
        );
    }
    let end = Instant::now() + LONG;
    while speaker.stats().played < 19_200 {
        assert!(Instant::now() < end && speaker.ended().is_none(), "{:?}", speaker.stats());
        park_timeout(Duration::from_millis(5));
    }
    let stats = speaker.stats();
    assert_eq!((stats.taken, stats.dropped, stats.corrected), (19_200, 0, 0), "{stats:?}");
    let device = speaker.device().clone();
    drop(speaker);
    let told: Vec<MediaEvent> = std::iter::from_fn(|| devices.poll_event()).collect();
    let used = |in_use| MediaEvent::DeviceUse { device: device.clone(), in_use };
    assert_eq!(told, [used(true), used(false)]);
    let none = devices.open_speaker(Some("alsa:out:no-such"));
    assert_eq!(none.err(), Some(MediaError::NotFound));
}
