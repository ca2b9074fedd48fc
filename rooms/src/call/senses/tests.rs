//! Sound and pictures of a participant, heard and seen together.

use std::time::{Duration, Instant};

use lapwing_engine::rtcp::NtpTime;
use lapwing_engine::{
    CaptureSource, CaptureTime, Codec, EncodedFrame, FrameFacts, FramePackets, MediaTime, Mid,
    PayloadType, ReceivedFrame,
};
use lapwing_media::{AudioSettings, Picture, Samples, VideoSettings, audio_encoder, video_encoder};

use super::Senses;
use crate::call::together::Step;
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
        layers: Vec::new(),
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
    let mut senses = Senses::new(None, None);
    let ada = ParticipantId("ada".to_owned());
    senses.began(mid("0"), &ada, Source::Microphone);
    senses.began(mid("1"), &ada, source);
    let start = Instant::now();
    for ms in 0..seconds * 1_000 {
        let now = start + MS * ms as u32;
        if ms % 20 == 0 {
            let (number, captured) = (ms / 20, MS * ms as u32);
            let Some(frame) = sound.get(number as usize) else { break };
            let received = received("0", number, frame.clone(), captured, now);
            senses.push(received, now);
        }
        if ms % 40 == 30 && ms >= 150 {
            let (number, captured) = ((ms - 150) / 40, MS * (ms - 150) as u32);
            let time = MediaTime::new(90 * (ms - 150), MediaTime::VIDEO_RATE);
            let picture = Picture::new(64, 64, time).expect("a size");
            for frame in encoder.encode(&picture, false).expect("it encodes") {
                let received = received("1", number, frame, captured, now);
                senses.push(received, now);
            }
        }
        senses.hear(now);
        while senses.due().is_some_and(|due| due <= now) {
            senses.look(now);
        }
        senses.keep_together(now);
    }
    let step = senses.together.seen(mid("1"));
    let delayed = senses.ears.target(mid("0")).expect("it is heard");
    senses.end(mid("1"), start + seconds as u32 * 1_000 * MS);
    assert_eq!(senses.together.seen(mid("1")), None);
    let after = senses.ears.target(mid("0")).expect("it is heard");
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
