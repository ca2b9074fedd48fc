//! The receiver of sound: packets of any bytes, number and time, at any moment. Each pull gives
//! 10 ms.
#![no_main]

use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, EncodedFrame, FrameFacts, FramePackets, MediaTime, Mid, PayloadType, ReceivedFrame,
};
use lapwing_media::{AudioReceiver, HearingSettings};
use libfuzzer_sys::fuzz_target;

/// Steps of one run.
const STEPS_MAX: usize = 512;

const CODECS: [Codec; 5] = [Codec::Opus, Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Vp8];
/// Comfort noise, keys, and any sound.
const PAYLOAD_TYPES: [u8; 3] = [13, 101, 111];

fuzz_target!(|bytes: &[u8]| {
    let mut settings = HearingSettings::mono();
    settings.telephone_events = vec![PayloadType(101)];
    let mut receiver = AudioReceiver::new(settings);
    let (mut now, mut number, mut rest) = (Instant::now(), 1_000_u64, bytes);
    for _ in 0..STEPS_MAX {
        let Some((&[kind, by, time, length], after)) = rest.split_first_chunk() else { return };
        let (data, after) = after.split_at(usize::from(length & 0x7f).min(after.len()));
        rest = after;
        match kind % 4 {
            0 => assert_eq!(receiver.pull(now).duration(), Duration::from_millis(10)),
            1 => now += Duration::from_millis(u64::from(by) * u64::from(time % 16)),
            jump => {
                let step = i64::from(by as i8) * if jump == 2 { 1 } else { 1 << 50 };
                number = number.saturating_add_signed(step);
                let codec = CODECS[usize::from(kind >> 2) % CODECS.len()];
                let ticks = number.wrapping_mul(960).wrapping_add(u64::from(time) * 120);
                let time = MediaTime::new(ticks, codec.clock_rate());
                let frame = EncodedFrame { codec, time, keyframe: true, data: data.into() };
                let payload_type = PAYLOAD_TYPES[usize::from(kind >> 5) % PAYLOAD_TYPES.len()];
                receiver.push(received(frame, payload_type, number, now), now);
            }
        }
    }
});

fn received(
    frame: EncodedFrame,
    payload_type: u8,
    number: u64,
    received_at: Instant,
) -> ReceivedFrame {
    ReceivedFrame {
        mid: Mid::new("0").expect("a short token"),
        rid: None,
        payload_type: PayloadType(payload_type),
        frame,
        received_at,
        contiguous: true,
        audio_level: None,
        packets: Some(FramePackets { first: number, last: number, lost_before: None }),
        facts: FrameFacts::default(),
        layers: Vec::new(),
    }
}
