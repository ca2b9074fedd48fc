//! Any loss, reordering and duplication: what comes out is what went in, and is judged rightly.

use std::time::Duration;

use proptest::prelude::*;

use super::sender::{DELTA, KEY, Receiver, Sender, Sent, picture};
use crate::rtp::format::PayloadFormat;

const PATIENCE: Duration = Duration::from_millis(100);

/// What becomes of a packet.
#[derive(Clone, Copy, Debug)]
struct Fate {
    lost: bool,
    /// Packets that overtake it.
    overtaken: usize,
    twice: bool,
}

fn fates(loss_percent: u32) -> impl Strategy<Value = Vec<Fate>> {
    let fate = (0..100_u32, prop_oneof![8 => Just(0), 2 => 1..12_usize], 0..10_u8);
    let fate = fate.prop_map(move |(dice, overtaken, twice)| Fate {
        lost: dice < loss_percent,
        overtaken,
        twice: twice == 0,
    });
    prop::collection::vec(fate, 400)
}

/// Sizes of frames in packets, and which are keyframes besides the first.
fn shape() -> impl Strategy<Value = Vec<(usize, bool)>> {
    prop::collection::vec((1..6_usize, prop::bool::weighted(0.1)), 2..60)
}

fn send(format: PayloadFormat, shape: &[(usize, bool)]) -> Vec<Vec<Sent>> {
    let mut sender = Sender::new(format);
    let frames = shape.iter().enumerate().map(|(index, (packets, keyframe))| {
        let info = if index == 0 || *keyframe { KEY } else { DELTA };
        sender.picture(index as u8, *packets, info)
    });
    frames.collect()
}

/// The packets in the order in which they arrive; the first one of all comes first.
fn arrive<'s>(frames: &'s [Vec<Sent>], fates: &[Fate]) -> Vec<&'s Sent> {
    let mut arriving = Vec::new();
    let packets = frames.iter().flatten().zip(fates.iter().cycle());
    for (index, (sent, fate)) in packets.enumerate() {
        let place = if index == 0 { 0 } else { index + fate.overtaken };
        if !fate.lost || index == 0 {
            arriving.push((place, sent));
        }
        if fate.twice {
            arriving.push((place + 3, sent));
        }
    }
    arriving.sort_by_key(|(place, _)| *place);
    arriving.into_iter().map(|(_, sent)| sent).collect()
}

proptest! {
    #[test]
    fn without_loss_every_frame_comes_out_in_order(shape in shape(), fates in fates(0)) {
        for format in [PayloadFormat::Vp8, PayloadFormat::Vp9] {
            let frames = send(format, &shape);
            let mut receiver = Receiver::new(format, PATIENCE);
            receiver.push_all(arrive(&frames, &fates));
            prop_assert_eq!(receiver.frames.len(), frames.len());
            for (index, frame) in receiver.frames.iter().enumerate() {
                prop_assert_eq!(&*frame.data, &*picture(index as u8, shape[index].0, index == 0 || shape[index].1));
                prop_assert!(frame.contiguous);
                prop_assert_eq!(frame.time, frames[index][0].time);
            }
            prop_assert_eq!(receiver.assembler.waiting(), (0, 0));
            prop_assert_eq!(receiver.assembler.counts().incomplete_frames, 0);
        }
    }

    #[test]
    fn with_loss_whole_frames_come_out_and_no_others(shape in shape(), fates in fates(15)) {
        for format in [PayloadFormat::Vp8, PayloadFormat::Vp9] {
            let frames = send(format, &shape);
            let arriving = arrive(&frames, &fates);
            let mut receiver = Receiver::new(format, PATIENCE);
            receiver.push_all(arriving.iter().copied());
            receiver.wait(PATIENCE);
            receiver.wait(PATIENCE);
            let came = |sent: &Sent| arriving.iter().any(|came| came.number == sent.number);
            let whole: Vec<usize> =
                (0..frames.len()).filter(|index| frames[*index].iter().all(came)).collect();
            let out: Vec<usize> =
                receiver.frames.iter().map(|frame| usize::from(frame.data[0] >> 1)).collect();
            prop_assert_eq!(&out, &whole, "{}", format);
            let mut before = None;
            for frame in &receiver.frames {
                let index = usize::from(frame.data[0] >> 1);
                prop_assert_eq!(&*frame.data, &*picture(index as u8, shape[index].0, index == 0 || shape[index].1));
                // The packet before is there, or the picture needs none.
                let keyframe = index == 0 || shape[index].1;
                let expected = keyframe || before == index.checked_sub(1);
                prop_assert_eq!(frame.contiguous, expected, "{} {}", format, index);
                before = Some(index);
            }
            let latest = arriving.iter().map(|sent| sent.number).max().unwrap_or(0);
            let broken = frames.iter().filter(|frame| {
                let arrived = frame.iter().filter(|sent| came(sent)).count();
                // Of one at the end nothing says that more of it was sent.
                let lost = frame.iter().any(|sent| !came(sent) && sent.number < latest);
                arrived > 0 && lost
            });
            prop_assert_eq!(receiver.assembler.counts().incomplete_frames, broken.count() as u64);
        }
    }
}

proptest! {
    // Each leaps over thousands of numbers.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_packets_are_bounded_and_in_order(
        packets in prop::collection::vec(
            (any::<u8>(), 0..4_u64, any::<bool>(), prop::collection::vec(any::<u8>(), 0..20), prop::option::of(prop::collection::vec(any::<u8>(), 0..30))),
            0..120,
        ),
    ) {
        for format in PayloadFormat::ALL {
            let mut receiver = Receiver::new(format, Duration::ZERO);
            let mut number = 1 << 20_u64;
            for (step, time, marker, payload, descriptor) in &packets {
                number = number + u64::from(*step) * 20 - 1_000;
                receiver.push(&Sent {
                    number,
                    time: *time,
                    marker: *marker,
                    payload: payload.clone().into(),
                    descriptor: descriptor.clone(),
                });
                let (packets, bytes) = receiver.assembler.waiting();
                prop_assert!(packets <= crate::rtp::assemble::PACKETS_MAX && bytes <= packets * 20);
            }
            let frames = receiver.frames.windows(2);
            for pair in frames {
                prop_assert!(pair[0].packets.1 < pair[1].packets.0);
            }
        }
    }
}
