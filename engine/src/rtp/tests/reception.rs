//! What reports tell, against the formulas of RFC 3550.

use std::time::{Duration, Instant};

use crate::ids::{PayloadType, Ssrc};
use crate::rtp::extension::ElementForm;
use crate::rtp::{PacketWriter, Reception, RtpHeader, RtpPacket, SequenceTracker};
use crate::test_time::origin;

struct Stream {
    tracker: SequenceTracker,
    reception: Reception,
    epoch: Instant,
}

impl Stream {
    fn new() -> Self {
        let (tracker, reception) = (SequenceTracker::default(), Reception::new(8_000));
        Stream { tracker, reception, epoch: origin() }
    }

    fn packet(&mut self, number: u16, timestamp: u32, at_ms: u64) {
        self.sized(number, timestamp, at_ms, 160);
    }

    fn sized(&mut self, sequence_number: u16, timestamp: u32, at_ms: u64, bytes: usize) {
        let payload_type = PayloadType(0);
        let header =
            RtpHeader { marker: false, payload_type, sequence_number, timestamp, ssrc: Ssrc(1) };
        let mut buffer = Vec::new();
        let writer = PacketWriter::begin(&mut buffer, &header, &[], ElementForm::OneByte);
        writer.payload().resize(12 + bytes, 0);
        if bytes == 0 {
            crate::rtp::pad(&mut buffer, 0, 20);
        }
        let packet = RtpPacket::parse(&buffer).unwrap();
        let placed = self.tracker.on_packet(sequence_number);
        let now = self.epoch + Duration::from_millis(at_ms);
        self.reception.on_packet(&packet, placed, now);
    }
}

#[test]
fn what_did_not_come_is_lost() {
    let mut stream = Stream::new();
    for number in (0..10_u16).filter(|number| *number != 4) {
        stream.packet(65_530_u16.wrapping_add(number), u32::from(number) * 160, 20);
    }
    assert_eq!((stream.reception.expected(), stream.reception.lost()), (10, 1));
    for number in 4..8 {
        stream.packet(number, 0, 40);
    }
    assert_eq!(stream.reception.lost(), 1);
    // The one that was lost comes, and another one twice.
    stream.packet(65_534, 0, 60);
    stream.packet(7, 0, 60);
    assert_eq!(stream.reception.lost(), -1);
    assert_eq!(stream.reception.counts().packets, 15);
}

#[test]
fn a_restart_is_no_loss() {
    let mut stream = Stream::new();
    (0..5).for_each(|number| stream.packet(number, 0, 0));
    (40_000..40_003).for_each(|number| stream.packet(number, 0, 0));
    assert_eq!(stream.reception.expected(), 5 + 2);
    assert_eq!(stream.reception.lost(), 0, "the first of the leap counts for neither");
}

#[test]
fn jitter_follows_the_formula() {
    let mut stream = Stream::new();
    let arrivals = [0, 20, 45, 60, 120, 121, 140];
    let mut expected = 0.0_f64;
    for (index, at) in arrivals.iter().enumerate() {
        stream.packet(index as u16, index as u32 * 160, *at);
        if index > 0 {
            let transit = (*at as f64 - arrivals[index - 1] as f64) * 8.0 - 160.0;
            expected += (transit.abs() - expected) / 16.0;
        }
    }
    let ticks = stream.reception.jitter_ticks();
    assert!((f64::from(ticks) - expected).abs() <= 1.0, "{ticks} is not {expected}");
    assert_eq!(stream.reception.jitter(), Duration::from_micros(u64::from(ticks) * 125));
}

#[test]
fn a_leap_of_timestamps_is_no_jitter() {
    let mut stream = Stream::new();
    stream.packet(1, 0, 0);
    stream.packet(2, 0x7000_0000, 20);
    stream.packet(3, 0x7000_0000 + 160, 40);
    assert_eq!(stream.reception.jitter_ticks(), 0);
}

#[test]
fn padding_is_counted_apart() {
    let mut stream = Stream::new();
    stream.sized(1, 0, 0, 100);
    stream.sized(2, 99_999, 1, 0);
    let counts = stream.reception.counts();
    assert_eq!((counts.packets, counts.padding_packets), (2, 1));
    assert_eq!((counts.payload_bytes, counts.header_bytes), (100, 12 + 12 + 20));
    assert_eq!(stream.reception.jitter_ticks(), 0);
}
