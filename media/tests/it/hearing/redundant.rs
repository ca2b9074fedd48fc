//! A line on which each frame is sent again with those after it (RED), as a session sends and
//! takes it.

use std::time::Instant;

use lapwing_engine::rtp::assemble::{AudioAssembler, AudioPacket};
use lapwing_engine::rtp::format::{PayloadPlan, RedPacketizer};
use lapwing_engine::{EncodedFrame, MediaTime, PayloadType};

use super::line::{Arrival, carry};

/// What a packet has room for.
const BUDGET: usize = 1_100;

const OPUS: PayloadType = PayloadType(111);

/// As [`carry`], each frame again with `distance` after it. What comes is what the session hands
/// over: the frames that did not come before, each with the number of its own packet.
pub(crate) fn carry_redundant(
    frames: Vec<EncodedFrame>,
    distance: usize,
    delay: impl FnMut(usize) -> Option<f64>,
) -> Vec<Arrival> {
    if distance == 0 {
        return carry(frames, delay);
    }
    let (mut packetizer, mut plan) = (RedPacketizer::new(OPUS, distance), PayloadPlan::default());
    let packets = frames.into_iter().map(|frame| {
        let timestamp = frame.time.ticks() as u32;
        packetizer.plan(&frame.data, timestamp, BUDGET, &mut plan).expect("frames are small");
        let mut payload = Vec::new();
        plan.payload(0, &frame.data).write(&mut payload);
        EncodedFrame { data: payload.into(), ..frame }
    });
    let packets = carry(packets.collect(), delay);
    let mut assembler = AudioAssembler::default();
    let mut arrivals = Vec::new();
    let received_at = Instant::now();
    for Arrival { at, number, frame: carried } in packets {
        let packet = AudioPacket {
            sequence_number: number,
            time: carried.time.ticks(),
            payload_type: PayloadType(63),
            payload: &carried.data,
            received_at,
        };
        assembler.push_red(packet, |frame| {
            arrivals.push(Arrival {
                at,
                number: frame.sequence_number,
                frame: EncodedFrame {
                    codec: carried.codec,
                    time: MediaTime::new(frame.time, 48_000),
                    keyframe: true,
                    data: frame.data.into(),
                },
            });
        });
    }
    arrivals
}
