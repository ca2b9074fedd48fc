//! A line on which frames are sent again with those after them (RED), as a session sends and takes
//! them.

use std::time::{Duration, Instant};

use lapwing_engine::rtp::CopyPolicy;
use lapwing_engine::rtp::assemble::{AudioAssembler, AudioPacket};
use lapwing_engine::rtp::format::{PayloadPlan, RedPacketizer};
use lapwing_engine::{
    Arrival as Fate, CopyDistances, EncodedFrame, MediaTime, PacketClass, PacketResult,
    PayloadType, SentPacket, Ssrc,
};

use super::line::{Arrival, carry};

/// What a packet has room for.
const BUDGET: usize = 1_100;

const OPUS: PayloadType = PayloadType(111);

/// The receiver tells what came so often, and is heard after the way back.
const FEEDBACK_EVERY: Duration = Duration::from_millis(100);
const WAY_BACK: Duration = Duration::from_millis(30);

/// Which copies there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copies {
    Fixed(CopyDistances),
    /// As losses ask for, from the first frame on.
    Adaptive,
}

/// What a line carried.
pub(crate) struct Carried {
    /// What the session hands over: the frames that did not come before, each with the number of
    /// its own packet.
    pub(crate) arrivals: Vec<Arrival>,
    /// Bytes of payload that were sent.
    pub(crate) bytes: usize,
}

/// As [`carry`], frames again with those after them.
pub(crate) fn carry_redundant(
    frames: Vec<EncodedFrame>,
    copies: Copies,
    mut delay: impl FnMut(usize) -> Option<f64>,
) -> Carried {
    let fixed = match copies {
        Copies::Fixed(copies) => copies,
        // What is kept, so that copies begin at once.
        Copies::Adaptive => CopyDistances::SPREAD,
    };
    let (mut packetizer, mut plan) = (RedPacketizer::new(OPUS, fixed), PayloadPlan::default());
    let (mut told, mut bytes, mut delays) = (Told::new(), 0, Vec::new());
    let mut send = |index: usize, frame: EncodedFrame| {
        let sent = frame.time.as_duration() + Duration::from_millis(20);
        if copies == Copies::Adaptive {
            packetizer.set_copies(told.copies(sent));
        }
        let timestamp = frame.time.ticks() as u32;
        packetizer.plan(&frame.data, timestamp, BUDGET, &mut plan).expect("frames are small");
        let mut payload = Vec::new();
        plan.payload(0, &frame.data).write(&mut payload);
        // What has no copies goes by itself, without a header of RED.
        bytes +=
            if payload.len() == frame.data.len() + 1 { frame.data.len() } else { payload.len() };
        delays.push(delay(index));
        told.on_sent(sent, delays[index]);
        EncodedFrame { data: payload.into(), ..frame }
    };
    let packets = frames.into_iter().enumerate().map(|(index, frame)| send(index, frame)).collect();
    let packets = carry(packets, |index| delays[index]);
    Carried { arrivals: take_apart(packets), bytes }
}

fn take_apart(packets: Vec<Arrival>) -> Vec<Arrival> {
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

/// What the sender is told of its packets.
struct Told {
    policy: CopyPolicy,
    start: Instant,
    /// When packets were sent, when they came, and what was told of them.
    packets: Vec<(Duration, Option<Duration>, Option<Fate>)>,
    next: Duration,
}

impl Told {
    fn new() -> Self {
        let policy = CopyPolicy::default();
        Told { policy, start: Instant::now(), packets: Vec::new(), next: FEEDBACK_EVERY }
    }

    fn on_sent(&mut self, sent: Duration, delay_ms: Option<f64>) {
        let arrives = delay_ms.map(|ms| sent + Duration::from_secs_f64(ms / 1_000.0));
        self.packets.push((sent, arrives, None));
    }

    /// The copies, with all feedback that came by now.
    fn copies(&mut self, now: Duration) -> CopyDistances {
        while self.next + WAY_BACK <= now {
            let at = self.next;
            self.next += FEEDBACK_EVERY;
            let came = |packet: &(_, Option<Duration>, _)| packet.1.is_some_and(|it| it <= at);
            let Some(newest) = self.packets.iter().rposition(came) else { continue };
            let told = self.packets[..=newest].iter_mut().enumerate();
            let results: Vec<PacketResult> = told
                .filter_map(|(index, (sent, arrives, before))| {
                    let after_loss = *before == Some(Fate::Lost);
                    let fate = match arrives.filter(|arrives| *arrives <= at) {
                        Some(at) => Fate::Received { at, ecn: None, after_loss },
                        None => Fate::Lost,
                    };
                    let is_new = before.is_none() || after_loss && fate != Fate::Lost;
                    *before = if is_new { Some(fate) } else { *before };
                    let sent = SentPacket {
                        number: index as u64,
                        ssrc: Ssrc(1),
                        sequence: index as u16,
                        sent_at: self.start + *sent,
                        size: 150,
                        ecn: None,
                        class: PacketClass::Audio,
                        probe: None,
                    };
                    is_new.then_some(PacketResult { sent, arrival: fate })
                })
                .collect();
            self.policy.on_results(results.iter(), self.start + at + WAY_BACK);
        }
        self.policy.copies(usize::MAX, self.start + now)
    }
}
