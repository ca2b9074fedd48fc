//! What no honest peer sends: limits hold, and nothing panics.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;

use super::agenda::{Agenda, MS};
use crate::datagram::Ecn;
use crate::feedback::{FeedbackKind, PacketClass, SentPacket, TransportFeedback};
use crate::ids::Ssrc;
use crate::rtcp::ntp::NtpClock;
use crate::rtcp::packet::{Compound, Packet};
use crate::rtcp::transport_feedback::{CcfbRecorder, SentHistory, TransportCcRecorder};
use crate::rtcp::{HistoryConfig, NackConfig, NackList, SendHistory};

fn start() -> Instant {
    Agenda::<()>::start()
}

fn sent(number: u64, at: Instant) -> SentPacket {
    SentPacket {
        number,
        ssrc: Ssrc(number as u32 % 4),
        sequence: number as u16,
        sent_at: at,
        size: 1_000,
        ecn: Some(Ecn::Ect1),
        class: PacketClass::Audio,
        probe: None,
    }
}

/// A datagram with a right head of feedback of either kind, and anything after it.
fn feedback() -> impl Strategy<Value = Vec<u8>> {
    (any::<bool>(), vec(any::<u32>(), 3..60), 0u16..1_000).prop_map(|(wide, mut words, base)| {
        if wide {
            // As many statuses as one wants, by runs.
            words[2] = u32::from(base) << 16 | words[2] & 0xFFFF;
            words.iter_mut().skip(4).for_each(|word| *word &= 0x3FFF_3FFF);
        } else {
            words[1] %= 4;
            let count = 2 * (words.len() as u32).saturating_sub(4).min(4);
            words[2] = (u32::from(base) << 16) | count;
        }
        let mut bytes = vec![if wide { 0x8F } else { 0x8B }, 205, 0, words.len() as u8];
        words.iter().for_each(|word| bytes.extend(word.to_be_bytes()));
        bytes
    })
}

proptest! {
    #[test]
    fn forged_feedback_does_no_harm(messages in vec(feedback(), 1..12)) {
        for kind in [FeedbackKind::TransportWide, FeedbackKind::Ccfb] {
            let mut history = SentHistory::new(kind);
            (0..1_000).for_each(|number| history.on_sent(sent(number, start())));
            let mut told = 0;
            for (index, bytes) in messages.iter().enumerate() {
                let now = start() + index as u32 * 400 * MS;
                let mut feedback = TransportFeedback::empty(now);
                let heard = match Compound::parse(bytes).unwrap().next() {
                    Some(Packet::TransportCc(told)) => {
                        history.on_transport_cc(&told, now, &mut feedback)
                    }
                    Some(Packet::Ccfb(told)) => history.on_ccfb(&told, now, &mut feedback),
                    _ => false,
                };
                prop_assert_eq!(heard, !feedback.results.is_empty());
                told += feedback.results.len();
                prop_assert!(feedback.bytes_in_flight <= 1_000_000);
                prop_assert_eq!(feedback.bytes_in_flight % 1_000, 0);
            }
            // Each packet is lost at most once, and received at most once.
            prop_assert!(told <= 2_000);
            let counters = history.counters();
            prop_assert_eq!(counters.received + counters.lost, told as u64);
        }
    }

    #[test]
    fn any_numbers_leave_the_list_within_its_limits(
        steps in vec((any::<u16>(), 0u64..400, any::<bool>()), 1..120),
    ) {
        let mut list = NackList::new(NackConfig::default());
        let mut newest = 1u64 << 20;
        let mut now = start();
        let mut wanted = Vec::new();
        for (low, wait, far) in steps {
            let number = if far { newest + u64::from(low) } else { newest - u64::from(low) % 64 };
            newest = newest.max(number);
            now += Duration::from_millis(wait);
            list.on_packet(number, now);
            wanted.clear();
            list.poll(now, &mut wanted);
            prop_assert!(wanted.len() <= 250 && list.missing() <= 1_000);
            prop_assert!(list.next_due().is_none_or(|due_at| due_at > now));
            prop_assert_eq!(list.next_due().is_none(), list.missing() == 0);
            let counters = list.counters();
            let over = counters.recovered + counters.late + counters.abandoned;
            prop_assert_eq!(counters.missed, over + list.missing() as u64);
        }
    }

    #[test]
    fn any_requests_leave_the_history_within_its_limits(
        steps in vec((any::<u16>(), 0u64..3_000, any::<bool>()), 1..120),
    ) {
        let config = HistoryConfig { packets_max: 500, bytes_max: 20_000, age: 1_000 * MS };
        let mut history = SendHistory::new(config);
        let mut now = start();
        let mut newest = 1u64 << 20;
        for (low, wait, jump) in steps {
            now += Duration::from_micros(wait);
            newest = if jump { newest + u64::from(low) } else { newest + 1 };
            history.insert(newest, usize::from(low) % 1_500, newest, now);
            history.insert(newest - u64::from(low) % 700, 100, newest - u64::from(low) % 700, now);
            prop_assert!(history.bytes() <= 20_000);
            if let Ok((number, packet)) = history.request(low, now) {
                prop_assert_eq!(number, *packet);
                prop_assert_eq!(number as u16, low);
            }
        }
    }

    #[test]
    fn any_arrivals_are_told_in_messages_of_bounded_size(
        steps in vec((any::<u16>(), 0u64..300, 0u8..4, 0u8..6), 1..120),
    ) {
        let clock = NtpClock::new(start(), Duration::from_secs(1_780_000_000));
        let (mut wide, mut ccfb) = (TransportCcRecorder::new(start()), CcfbRecorder::new(clock));
        let mut now = start();
        let mut out = Vec::new();
        for (low, wait, near, stream) in steps {
            let sequence = if near > 0 { low % 256 } else { low };
            now += Duration::from_millis(wait);
            wide.on_packet(sequence, Ssrc(u32::from(stream)), now);
            let ecn = Ecn::from_bits(near);
            ccfb.on_packet(Ssrc(u32::from(stream)), sequence, stream == 0, ecn, now);
            out.clear();
            wide.poll(now, Ssrc(9), 600, &mut out);
            ccfb.poll(now, Ssrc(9), 600, &mut out);
            let mut rest = &out[..];
            while !rest.is_empty() {
                let length = 4 + 4 * usize::from(u16::from_be_bytes([rest[2], rest[3]]));
                prop_assert!(length <= 600);
                let mut compound = Compound::parse(&rest[..length]).unwrap();
                prop_assert!(matches!(
                    compound.next(),
                    Some(Packet::TransportCc(_) | Packet::Ccfb(_))
                ));
                rest = &rest[length..];
            }
            prop_assert!(wide.next_due().is_none_or(|due_at| due_at > now));
            prop_assert!(ccfb.next_due().is_none_or(|due_at| due_at > now));
        }
    }
}

#[test]
fn no_more_is_kept_than_may_be() {
    let mut history = SentHistory::new(FeedbackKind::Ccfb);
    (0..100_000).for_each(|number| history.on_sent(sent(number, start())));
    assert_eq!(history.bytes_in_flight(), 1_000 << 15);
    assert_eq!(history.counters().untold, 100_000 - (1 << 15));
    history.on_sent(sent(100_000, start() + 11_000 * MS));
    assert_eq!(history.bytes_in_flight(), 1_000, "the others are too old");
    history.on_sent(sent(5, start() + 11_000 * MS));
    assert_eq!(history.bytes_in_flight(), 1_000, "another numbering begins");

    let clock = NtpClock::new(start(), Duration::from_secs(1_780_000_000));
    let mut recorder = CcfbRecorder::new(clock);
    for ssrc in 0..3_000 {
        recorder.on_packet(Ssrc(ssrc), 1, false, None, start());
    }
    let mut out = Vec::new();
    recorder.poll(start() + 25 * MS, Ssrc(1), 1_200, &mut out);
    let streams: usize = Compound::parse(&out)
        .unwrap()
        .map(|packet| match packet {
            Packet::Ccfb(told) => told.blocks().count(),
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(streams, 1_024);
}
