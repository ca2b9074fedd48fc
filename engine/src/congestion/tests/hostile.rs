//! Feedback that nobody should send.

use std::time::Duration;

use proptest::prelude::*;

use crate::bitrate::Bitrate;
use crate::congestion::{CongestionController, GoogCc, GoogCcConfig, Limits, PROBES_MAX};
use crate::datagram::Ecn;
use crate::feedback::{
    Arrival, FeedbackKind, PacketClass, PacketResult, SentPacket, TransportFeedback,
};
use crate::ids::Ssrc;
use crate::test_time::origin;

const LIMITS: Limits = Limits {
    minimum: Bitrate::kbps(50),
    desired: Some(Bitrate::kbps(2_000)),
    maximum: Bitrate::kbps(3_000),
};

/// Milliseconds, mostly sensible ones.
fn moment() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..10_000_u64, 1 => 0..100_000_000_u64, 1 => Just(0)]
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let at = prop_oneof![
        8 => moment().prop_map(Duration::from_millis),
        1 => any::<u64>().prop_map(Duration::from_nanos),
        1 => Just(Duration::MAX),
    ];
    let ecn = (0..4_u8).prop_map(Ecn::from_bits);
    prop_oneof![
        4 => (at, ecn, any::<bool>())
            .prop_map(|(at, ecn, after_loss)| Arrival::Received { at, ecn, after_loss }),
        1 => Just(Arrival::Lost),
    ]
}

fn packet() -> impl Strategy<Value = SentPacket> {
    let size = prop_oneof![8 => 1..1_500_u32, 1 => any::<u32>()];
    let probe = prop_oneof![Just(None), (0..6_u32).prop_map(Some)];
    let number = prop_oneof![8 => 0..2_000_u64, 1 => any::<u64>()];
    (number, moment(), size, probe, 0..4_u8).prop_map(|(number, at, size, probe, ecn)| SentPacket {
        number,
        ssrc: Ssrc(number as u32),
        sequence: number as u16,
        sent_at: origin() + Duration::from_millis(at),
        size,
        ecn: Ecn::from_bits(ecn),
        class: PacketClass::Video,
        probe,
    })
}

#[derive(Clone, Debug)]
enum Step {
    Sent(SentPacket),
    Feedback(u64, Vec<(SentPacket, Arrival)>, Option<Duration>),
    RoundTrip(Duration),
    Receiver(Option<u64>),
    Path,
    Update(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let held = prop_oneof![
        Just(None),
        any::<u32>().prop_map(|held| Some(Duration::from_nanos(held.into())))
    ];
    let results = prop::collection::vec((packet(), arrival()), 0..60);
    prop_oneof![
        3 => packet().prop_map(Step::Sent),
        6 => (moment(), results, held).prop_map(|(at, results, held)| {
            Step::Feedback(at, results, held)
        }),
        1 => prop_oneof![Just(Duration::MAX), moment().prop_map(Duration::from_millis)]
            .prop_map(Step::RoundTrip),
        1 => prop_oneof![Just(None), any::<u64>().prop_map(Some)].prop_map(Step::Receiver),
        1 => Just(Step::Path),
        4 => moment().prop_map(Step::Update),
    ]
}

fn play(controller: &mut dyn CongestionController, steps: &[Step]) -> Result<(), TestCaseError> {
    let at = |ms: u64| origin() + Duration::from_millis(ms);
    let mut last = 0;
    for step in steps {
        match step {
            Step::Sent(packet) => controller.on_sent(packet),
            Step::Feedback(ms, results, held) => {
                last = *ms;
                let results = results.iter();
                controller.on_feedback(&TransportFeedback {
                    kind: FeedbackKind::Ccfb,
                    received_at: at(*ms),
                    held: *held,
                    results: results
                        .map(|(sent, arrival)| PacketResult { sent: *sent, arrival: *arrival })
                        .collect(),
                    bytes_in_flight: u64::MAX,
                });
            }
            Step::RoundTrip(round_trip) => controller.on_round_trip(*round_trip, at(last)),
            Step::Receiver(limit) => {
                controller.on_receiver_limit(limit.map(Bitrate::bps), at(last));
            }
            Step::Path => controller.on_path_changed(at(last)),
            Step::Update(ms) => last = *ms,
        }
        let target = controller.update(at(last));
        prop_assert!(target.rate >= LIMITS.minimum && target.rate <= LIMITS.maximum, "{target:?}");
        prop_assert!(target.pacing >= target.rate);
        prop_assert!(target.pacing <= Bitrate::bps(LIMITS.maximum.as_bps() * 5 / 2));
        prop_assert!(target.padding <= target.rate);
        prop_assert!(target.probes.iter().flatten().count() <= PROBES_MAX);
        for probe in target.probes.iter().flatten() {
            prop_assert!(probe.rate <= LIMITS.maximum);
        }
        let _ = controller.next_wakeup();
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_told_takes_the_rate_out_of_its_limits(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let window = Some(Duration::from_millis(350));
        let config = GoogCcConfig { limits: LIMITS, window, ..GoogCcConfig::default() };
        play(&mut GoogCc::new(config, origin()), &steps)?;
    }

    #[test]
    fn the_same_is_answered_to_the_same(steps in prop::collection::vec(step(), 1..20)) {
        let config = GoogCcConfig { limits: LIMITS, ..GoogCcConfig::default() };
        let [mut one, mut other] = [(); 2].map(|()| GoogCc::new(config, origin()));
        play(&mut one, &steps)?;
        play(&mut other, &steps)?;
        prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }
}
