//! The receiver of pictures: frames of any number, time, layer and size, decoders that do what they
//! may, at any moment. What came is decoded, dropped, or waits.
#![no_main]

use std::time::{Duration, Instant};

use lapwing_engine::rtp::extension::PlayoutDelay;
use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{
    Codec, EncodedFrame, FrameFacts, FramePackets, MediaTime, Mid, PayloadType, ReceivedFrame,
};
use lapwing_media::{Picture, Polled, SeeingSettings, VideoReceiver, VideoStep};
use libfuzzer_sys::fuzz_target;

/// Steps of one run.
const STEPS_MAX: usize = 512;

const CODECS: [Codec; 4] = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];

fuzz_target!(|bytes: &[u8]| {
    let mut receiver = VideoReceiver::new(SeeingSettings::call());
    let (mut now, mut number, mut ticks, mut rest) = (Instant::now(), 1_000_u64, 0_u64, bytes);
    for _ in 0..STEPS_MAX {
        let Some((&[kind, by, time, more], after)) = rest.split_first_chunk() else { break };
        rest = after;
        match kind % 8 {
            0 => receiver.undecodable(),
            1 => now += Duration::from_millis(u64::from(by) * u64::from(time % 16)),
            2 => {
                let at = MediaTime::new(ticks, MediaTime::VIDEO_RATE);
                let picture = Picture::new(2, 2, at).expect("a size");
                let took = Duration::from_millis(u64::from(time));
                receiver.decoded(vec![picture; usize::from(by % 12)], took, now);
            }
            3 => match receiver.poll(now) {
                Polled::Wait(at) => assert!(at >= now),
                Polled::Item(VideoStep::Decode(frame)) => ticks = frame.time.ticks(),
                Polled::Item(VideoStep::Render(_)) | Polled::Empty => {}
            },
            jump => {
                let far = if jump == 7 { 1 << 50 } else { 1 };
                number = number.saturating_add_signed(i64::from(by as i8) * far);
                let media = number.wrapping_mul(3_000).wrapping_add(u64::from(time) * 900);
                receiver.push(received([kind, by, time, more], number, media, now), now);
            }
        }
        receiver.feedback(now);
    }
    let stats = receiver.stats();
    let before_decoding = stats.dropped.sum() - stats.dropped.not_shown - stats.dropped.undecodable;
    assert!(before_decoding + stats.jitter_buffer_emitted_count <= stats.frames_received);
});

/// A frame; the four bytes have all that is not number and time.
fn received(
    [kind, by, time, more]: [u8; 4],
    number: u64,
    ticks: u64,
    now: Instant,
) -> ReceivedFrame {
    let (codec, keyframe) = (CODECS[usize::from(more % 4)], kind & 0x10 != 0);
    let info = FrameInfo {
        keyframe,
        temporal: by % 4,
        layer_sync: time & 1 != 0,
        discardable: time & 2 != 0,
        references: [time % 5, by % 3, 0],
        ..FrameInfo::default()
    };
    let bound = |steps: u8| Duration::from_millis(u64::from(steps) * 10);
    let facts = FrameFacts {
        info: (kind & 0x20 != 0).then_some(info),
        playout_delay: PlayoutDelay::new(bound(by), bound(time)).filter(|_| kind & 0x40 != 0),
        ..FrameFacts::default()
    };
    let time = MediaTime::new(ticks, MediaTime::VIDEO_RATE);
    let data = vec![more; usize::from(more)].into();
    ReceivedFrame {
        mid: Mid::new("0").expect("a short token"),
        rid: None,
        payload_type: PayloadType(96),
        frame: EncodedFrame { codec, time, keyframe, data },
        received_at: now,
        contiguous: kind & 0x80 != 0,
        audio_level: None,
        packets: (more & 0x80 == 0).then_some(FramePackets {
            first: number,
            last: number.saturating_add(u64::from(more % 5)),
            lost_before: None,
        }),
        facts,
        layers: Vec::new(),
    }
}
