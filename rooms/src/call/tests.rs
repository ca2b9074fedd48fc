//! Sound and pictures of a participant, heard and seen together.

use std::time::{Duration, Instant};

use lapwing_engine::rtcp::NtpTime;
use lapwing_engine::{
    CaptureSource, CaptureTime, Codec, EncodedFrame, FrameFacts, FramePackets, MediaKind,
    MediaTime, Mid, PayloadType, ReceivedFrame,
};
use lapwing_media::{AudioSettings, Picture, Samples, VideoSettings, audio_encoder, video_encoder};

use super::ears::Ears;
use super::eyes::Eyes;
use super::together::{Step, Together, Wish};
use crate::protocol::signalling::{ParticipantId, Source};

const MS: Duration = Duration::from_millis(1);

fn mid(name: &str) -> Mid {
    Mid::new(name).expect("a token")
}

/// A frame that was captured so long after noon.
fn received(
    name: &str,
    number: u64,
    frame: EncodedFrame,
    captured: Duration,
    received_at: Instant,
) -> ReceivedFrame {
    let noon = Duration::from_secs(1_700_000_000);
    let at = NtpTime::from_unix(noon + captured);
    let captured = Some(CaptureTime { at, source: CaptureSource::SenderReport });
    ReceivedFrame {
        mid: mid(name),
        rid: None,
        payload_type: PayloadType(96),
        frame,
        received_at,
        contiguous: true,
        audio_level: None,
        packets: Some(FramePackets { first: number, last: number, lost_before: Some(0) }),
        facts: FrameFacts { captured, ..FrameFacts::default() },
    }
}

fn obey(wishes: Vec<Wish>, ears: &mut Ears, eyes: &mut Eyes) {
    for Wish { kind, mid, delay } in wishes {
        match kind {
            MediaKind::Audio => ears.set_delay(mid, delay),
            MediaKind::Video => eyes.set_delay(mid, delay),
        }
    }
}

/// A voice of 140 Hz with two words a second: in silence without end no delay would change.
fn voice(sample: u64) -> f32 {
    let turns = sample as f32 * 140.0 / 48_000.0;
    let loudness = (sample as f32 / 48_000.0 * std::f32::consts::TAU).sin().abs();
    (turns.fract() - 0.5) * 0.4 * loudness
}

/// Sound that comes at once, and pictures that come 150 ms later, for so many seconds; what was
/// measured at the end.
fn play(seconds: u64, source: Source) -> Option<Step> {
    let voice = (0..48_000 * seconds).map(voice).collect();
    let voice = Samples::new(voice, 48_000, 1, MediaTime::new(0, 48_000)).expect("a format");
    let mut encoder = audio_encoder(Codec::Opus, &AudioSettings::SPEECH).expect("built in");
    let sound = encoder.encode(&voice).expect("it encodes");
    let settings = VideoSettings::new(64, 64, 100_000);
    let mut encoder = video_encoder(Codec::Vp8, &settings).expect("it is built in");
    let (mut ears, mut eyes) = (Ears::new(None), Eyes::new(None));
    let mut together = Together::default();
    let ada = ParticipantId("ada".to_owned());
    together.began(mid("0"), &ada, Source::Microphone);
    together.began(mid("1"), &ada, source);
    let start = Instant::now();
    for ms in 0..seconds * 1_000 {
        let now = start + MS * ms as u32;
        if ms % 20 == 0 {
            let (number, captured) = (ms / 20, MS * ms as u32);
            let Some(frame) = sound.get(number as usize) else { break };
            let received = received("0", number, frame.clone(), captured, now);
            together.arrived(&received);
            ears.push(received, now);
        }
        if ms % 40 == 30 && ms >= 150 {
            let (number, captured) = ((ms - 150) / 40, MS * (ms - 150) as u32);
            let time = MediaTime::new(90 * (ms - 150), MediaTime::VIDEO_RATE);
            let picture = Picture::new(64, 64, time).expect("a size");
            for frame in encoder.encode(&picture, false).expect("it encodes") {
                let received = received("1", number, frame, captured, now);
                together.arrived(&received);
                eyes.push(received, now);
            }
        }
        ears.hear(now, &mut together);
        while eyes.due().is_some_and(|due| due <= now) {
            eyes.look(now, &mut together);
        }
        let target = |kind, mid| match kind {
            MediaKind::Audio => ears.target(mid),
            MediaKind::Video => eyes.target(mid),
        };
        let wishes = together.step(target, now);
        obey(wishes, &mut ears, &mut eyes);
    }
    let step = together.seen(mid("1"));
    let delayed = ears.target(mid("0")).expect("it is heard");
    obey(together.ended(mid("1")), &mut ears, &mut eyes);
    assert_eq!(together.seen(mid("1")), None);
    let after = ears.target(mid("0")).expect("it is heard");
    assert_eq!(after < delayed, step.is_some(), "sound alone waits for nothing");
    step
}

#[test]
fn a_microphone_waits_for_its_camera_and_no_longer() {
    let step = play(10, Source::Camera).expect("both were played");
    assert!(step.behind_ms.abs() <= 40.0, "{step:?}");
    assert!(step.worst_ms > 80.0, "{step:?}");
}

#[test]
fn a_screen_is_another_stream() {
    assert_eq!(play(3, Source::Screen), None);
}
