//! A backend of one's own: a room in which a microphone hears a speaker.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lapwing_devices::constraints::{ConstrainFlag, ConstraintSet, StreamConstraints};
use lapwing_devices::{
    AudioFeed, AudioMode, Backend, Device, DeviceError, DeviceInfo, DeviceKind, EndReason, Feed,
    Formats, MediaDevices, Output, OutputStats, Permission,
};
use lapwing_engine::MediaTime;
use lapwing_media::files::{Reader, WavReader};
use lapwing_media::quality::level;
use lapwing_media::{Polled, Samples, Source, resample};

const RATE: u32 = 48_000;
/// Samples of 10 ms.
const BLOCK: usize = 480;
/// How long sound is on its way from the speaker to the microphone, in blocks.
const DELAY: usize = 5;

/// What is on its way through the room.
type Air = Arc<Mutex<VecDeque<Vec<f32>>>>;

struct Room(Air);

struct Microphone {
    air: Air,
    start: Option<Instant>,
    heard: u64,
}

struct Speaker(Air);

fn device(kind: DeviceKind, formats: Formats) -> Device {
    let text = |text: &str| text.to_owned();
    let (device_id, group_id, label) = (text(kind.name()), text("room"), text("room"));
    Device { info: DeviceInfo { kind, device_id, group_id, label }, formats }
}

impl Backend for Room {
    fn name(&self) -> &'static str {
        "room"
    }

    fn devices(&self) -> Result<Vec<Device>, DeviceError> {
        let modes = vec![AudioMode { rate: RATE, channels: 1 }];
        let microphone = Formats::Audio { modes, is_microphone: true };
        Ok(vec![
            device(DeviceKind::AudioInput, microphone),
            device(DeviceKind::AudioOutput, Formats::Output),
        ])
    }

    fn open_audio(&self, _: &str, _: AudioMode) -> Result<AudioFeed, DeviceError> {
        Ok(Box::new(Microphone { air: self.0.clone(), start: None, heard: 0 }))
    }

    fn open_output(&self, _: &str) -> Result<Box<dyn Output>, DeviceError> {
        Ok(Box::new(Speaker(self.0.clone())))
    }
}

impl Output for Speaker {
    fn play(&mut self, sound: &Samples, _: Instant) {
        self.0.lock().expect("the room has it").push_back(sound.data().to_vec());
    }

    fn stats(&self) -> OutputStats {
        OutputStats::default()
    }

    fn ended(&self) -> Option<EndReason> {
        None
    }
}

impl Source for Microphone {
    type Output = Samples;

    fn poll(&mut self, now: Instant) -> Polled<Samples> {
        let start = *self.start.get_or_insert(now);
        let due = start + MediaTime::new(self.heard, RATE).as_duration();
        if due > now {
            return Polled::Wait(due);
        }
        let mut air = self.air.lock().expect("the room has it");
        let sound = if air.len() > DELAY { air.pop_front() } else { None };
        let sound = sound.unwrap_or_else(|| vec![0.0; BLOCK]);
        let quieter = sound.iter().map(|sample| sample * 0.3).collect();
        let time = MediaTime::new(self.heard, RATE);
        self.heard += BLOCK as u64;
        Polled::Item(Samples::new(quieter, RATE, 1, time).expect("the room has it"))
    }
}

impl Feed<Samples> for Microphone {
    fn ended(&self) -> Option<EndReason> {
        None
    }
}

/// Ten seconds of speech, in blocks.
fn speech() -> Vec<Samples> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../media/assets/speech-16k.wav");
    let mut reader = WavReader::new(std::fs::File::open(path).expect("the room has it"))
        .expect("the room has it");
    let mut data = Vec::new();
    while let Some(piece) = reader.next().expect("the room has it") {
        data.extend(piece.to_channels(1).into_data());
    }
    let narrow = Samples::new(data, 16_000, 1, MediaTime::new(0, 16_000)).expect("the room has it");
    let wide = resample(&narrow, RATE).expect("the room has it");
    let blocks = wide.data().chunks_exact(BLOCK).enumerate();
    let block = |(index, data): (usize, &[f32])| {
        Samples::new(data.to_vec(), RATE, 1, MediaTime::new((index * BLOCK) as u64, RATE))
            .expect("the room has it")
    };
    blocks.map(block).collect()
}

/// How loud the last four seconds of a microphone are, in dBFS, while speech is played.
fn heard(echo_cancellation: bool) -> f64 {
    let room = Room(Air::default());
    let mut devices =
        MediaDevices::builder().backend(room).permission(|_| Permission::Granted).build();
    let flag = |value| Some(ConstrainFlag::exact(value));
    let set = ConstraintSet {
        echo_cancellation: flag(echo_cancellation),
        noise_suppression: flag(false),
        auto_gain_control: flag(false),
        ..ConstraintSet::default()
    };
    let wanted = StreamConstraints { audio: Some(set.into()), video: None };
    let stream = devices.get_user_media(&wanted).expect("the room has it");
    let mut source =
        stream.audio().expect("the room has it").audio_source().expect("the room has it");
    let mut speaker = devices.open_speaker(None).expect("the room has it");
    let mut data = Vec::new();
    let start = Instant::now();
    for (step, block) in (0..).zip(speech()) {
        let now = start + Duration::from_millis(10 * step);
        speaker.play(&block, now);
        while let Polled::Item(sound) = source.poll(now) {
            data.extend_from_slice(sound.data());
        }
    }
    let last = data.split_off(data.len() - 4 * RATE as usize);
    level(&Samples::new(last, RATE, 1, MediaTime::new(0, RATE)).expect("the room has it")).rms_dbfs
}

#[test]
fn what_a_speaker_plays_is_taken_out_of_what_a_microphone_hears() {
    let (with, without) = (heard(true), heard(false));
    assert!(without > -45.0, "{without}");
    assert!(with < without - 20.0, "{with} dBFS with, {without} without");
}
