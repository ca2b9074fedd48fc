//! Any frame, in packets of any size, comes out as it went in.

use proptest::prelude::*;

use super::frames::{frame, h264};
use crate::rtp::format::*;

/// What the payloads of a frame make, and what each tells of it.
fn travel(
    format: PayloadFormat,
    payloads: &[Vec<u8>],
) -> Result<(Vec<u8>, Vec<PayloadFacts>), PayloadError> {
    let (mut depacketizer, mut frame) = (Depacketizer::new(format), Vec::new());
    let mut facts = Vec::new();
    for payload in payloads {
        facts.push(depacketizer.inspect(payload)?);
        depacketizer.append(payload, &mut frame)?;
    }
    depacketizer.finish(&frame)?;
    Ok((frame, facts))
}

fn written(plan: &PayloadPlan, frame: &[u8]) -> Vec<Vec<u8>> {
    let payloads = plan.payloads(frame);
    payloads
        .map(|payload| {
            let mut out = vec![0xee];
            payload.write(&mut out);
            assert_eq!(out.len(), payload.len() + 1);
            out.split_off(1)
        })
        .collect()
}

proptest! {
    #[test]
    fn frames_of_video_survive(
        (format, frame) in frame(),
        budget in PAYLOAD_BUDGET_MIN..1_500,
        (keyframe, temporal, spatial) in (any::<bool>(), 0..4_u8, 0..3_u8),
    ) {
        let mut packetizer = Packetizer::new(format, 0x7fff);
        let mut plan = PayloadPlan::default();
        let info = FrameInfo { keyframe, temporal, spatial, ..FrameInfo::default() };
        for _ in 0..2 {
            packetizer.plan(&frame, &info, budget, &mut plan).unwrap();
            let payloads = written(&plan, &frame);
            prop_assert!(payloads.iter().all(|payload| (1..=budget).contains(&payload.len())));
            let (received, facts) = travel(format, &payloads).unwrap();
            prop_assert_eq!(&received, &frame, "{}", format);
            let marked: Vec<usize> = (0..plan.len())
                .filter(|index| plan.payload(*index, &frame).marker())
                .collect();
            prop_assert_eq!(marked, [plan.len() - 1]);
            prop_assert!(facts[0].start != FrameStart::Inside || spatial > 0);
            let told = matches!(format, PayloadFormat::Vp8 | PayloadFormat::Vp9);
            prop_assert!(!told || facts[0].temporal == temporal);
            if matches!(format, PayloadFormat::Vp9 | PayloadFormat::Av1) {
                prop_assert_eq!(facts[0].keyframe, keyframe);
            }
        }
    }

    #[test]
    fn a_missing_payload_is_noticed_or_was_a_unit_of_its_own(
        (format, frame) in frame(),
        budget in PAYLOAD_BUDGET_MIN..300,
        missing: prop::sample::Index,
    ) {
        let mut plan = PayloadPlan::default();
        Packetizer::new(format, 0).plan(&frame, &FrameInfo::default(), budget, &mut plan).unwrap();
        let mut payloads = written(&plan, &frame);
        payloads.remove(missing.index(payloads.len()));
        if let Ok((received, _)) = travel(format, &payloads) {
            prop_assert!(received.len() < frame.len());
        }
    }

    #[test]
    fn sound_is_a_payload_as_it_is(frame in prop::collection::vec(any::<u8>(), 1..1_500)) {
        for format in [PayloadFormat::Opus, PayloadFormat::Pcmu, PayloadFormat::Pcma, PayloadFormat::G722] {
            let mut plan = PayloadPlan::default();
            let mut packetizer = Packetizer::new(format, 0);
            let planned = packetizer.plan(&frame, &FrameInfo::default(), 1_200, &mut plan);
            if frame.len() > 1_200 {
                prop_assert_eq!(planned, Err(PacketizeError::TooLarge));
                prop_assert!(plan.is_empty());
                continue;
            }
            prop_assert_eq!(planned, Ok(()));
            let (received, facts) = travel(format, &written(&plan, &frame)).unwrap();
            prop_assert_eq!(&received, &frame);
            prop_assert!(facts[0].keyframe && facts[0].start == FrameStart::Certain);
            prop_assert!(!plan.payload(0, &frame).marker());
        }
    }

    #[test]
    fn h264_without_aggregation_has_a_unit_in_each_packet(frame in h264()) {
        let mut packetizer = Packetizer::H264(H264Packetizer::new(H264Mode::SingleNalUnit));
        let mut plan = PayloadPlan::default();
        packetizer.plan(&frame, &FrameInfo::default(), 60_000, &mut plan).unwrap();
        let payloads = written(&plan, &frame);
        let units = frame.windows(4).filter(|window| *window == [0, 0, 0, 1]).count();
        prop_assert_eq!(payloads.len(), units);
        prop_assert_eq!(travel(PayloadFormat::H264, &payloads).unwrap().0, frame);
    }
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let mut plan = PayloadPlan::default();
    let mut try_plan = |format, frame: &[u8], budget| {
        let mut packetizer = Packetizer::new(format, 0);
        let planned = packetizer.plan(frame, &FrameInfo::default(), budget, &mut plan);
        assert!(planned.is_ok() || plan.is_empty());
        planned
    };
    let vp8 = PayloadFormat::Vp8;
    assert_eq!(try_plan(vp8, &[], 1_200), Err(PacketizeError::Empty));
    assert_eq!(try_plan(vp8, &[1], 63), Err(PacketizeError::BudgetTooSmall));
    let h264 = PayloadFormat::H264;
    assert_eq!(try_plan(h264, &[0x65, 1, 2], 1_200), Err(PacketizeError::Malformed));
    assert_eq!(try_plan(h264, &[0, 0, 1, 0x7c, 1], 1_200), Err(PacketizeError::Malformed));
    assert_eq!(try_plan(h264, &[0, 0, 1], 1_200), Err(PacketizeError::Empty));
    let h265 = PayloadFormat::H265;
    assert_eq!(try_plan(h265, &[0, 0, 1, 0x02], 1_200), Err(PacketizeError::Malformed));
    let av1 = PayloadFormat::Av1;
    assert_eq!(try_plan(av1, &[0x12, 0x00], 1_200), Err(PacketizeError::Empty));
    assert_eq!(try_plan(av1, &[0x0a, 0x05, 1], 1_200), Err(PacketizeError::Malformed));
    assert_eq!(try_plan(av1, &[0x80], 1_200), Err(PacketizeError::Malformed));
    let mut single = Packetizer::H264(H264Packetizer::new(H264Mode::SingleNalUnit));
    let mut large = vec![0, 0, 1, 0x65];
    large.resize(2_000, 7);
    let planned = single.plan(&large, &FrameInfo::default(), 1_200, &mut plan);
    assert_eq!(planned, Err(PacketizeError::TooLarge));
}
