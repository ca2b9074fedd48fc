//! Bytes from anyone: no panic, and no more out than came in.

use proptest::prelude::*;

use crate::rtp::format::*;

/// More than what is written for a payload byte: a start code for each unit of a byte.
const GROWTH_MAX: usize = 8;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_payloads_make_a_frame_or_not(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..6),
        head in prop::option::of(any::<u8>()),
    ) {
        for format in PayloadFormat::ALL {
            let (mut depacketizer, mut frame) = (Depacketizer::new(format), Vec::new());
            let mut bytes = 0;
            for payload in &payloads {
                let mut payload = payload.clone();
                // Payloads of one kind, so that some make frames.
                if let (Some(head), Some(first)) = (head, payload.first_mut()) {
                    *first = head;
                }
                if depacketizer.inspect(&payload).is_err() {
                    continue;
                }
                bytes += payload.len();
                if depacketizer.append(&payload, &mut frame).is_err() {
                    break;
                }
            }
            let made = depacketizer.finish(&frame);
            prop_assert!(frame.len() <= GROWTH_MAX * bytes, "{} {:?}", format, made);
        }
    }

    #[test]
    fn any_bytes_are_packetised_or_not(
        frame in prop::collection::vec(any::<u8>(), 0..400),
        start_code: bool,
        budget in 0..200_usize,
    ) {
        let frame = if start_code { [&[0, 0, 1][..], &frame].concat() } else { frame };
        for format in PayloadFormat::ALL {
            let mut plan = PayloadPlan::default();
            let mut packetizer = Packetizer::new(format, 0);
            let planned = packetizer.plan(&frame, &FrameInfo::default(), budget, &mut plan);
            prop_assert_eq!(planned.is_err(), plan.is_empty());
            for payload in plan.payloads(&frame) {
                let mut out = Vec::new();
                payload.write(&mut out);
                prop_assert!(!out.is_empty() && out.len() <= budget);
            }
        }
    }

    #[test]
    fn any_bytes_are_redundant_audio_or_not(payload in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(blocks) = RedBlocks::read(&payload) {
            prop_assert!((1..=RED_BLOCKS_MAX).contains(&blocks.len()));
            let bytes: usize = blocks.iter().map(|block| block.data.len()).sum();
            prop_assert_eq!(bytes + 4 * (blocks.len() - 1) + 1, payload.len());
        }
        prop_assert_eq!(TelephoneEvent::read(&payload).count(), payload.len() / 4);
        prop_assert_eq!(ComfortNoise::read(&payload).is_none(), payload.is_empty());
    }
}
