//! What a stream may hold, however long it waits.

use std::time::Duration;

use super::sender::{DELTA, KEY, Receiver, Sender};
use crate::rtp::assemble::{PACKETS_MAX, Pushed, WAITING_BYTES_MAX};
use crate::rtp::format::PayloadFormat;

const FOREVER: Duration = Duration::from_secs(3_600);

#[test]
fn packets_that_wait_are_bounded() {
    let mut sender = Sender::new(PayloadFormat::Vp8);
    let mut receiver = Receiver::new(PayloadFormat::Vp8, FOREVER);
    receiver.push_all(&sender.picture(2, 1, KEY));
    sender.number += 1;
    for number in 0..2 * PACKETS_MAX {
        receiver.push_all(&sender.picture(number as u8, 1, DELTA));
        assert!(receiver.assembler.waiting().0 < PACKETS_MAX);
    }
    // The lost one was given up when its place was needed.
    assert_eq!(receiver.assembler.waiting().0, 0);
    assert_eq!(receiver.assembler.counts().frames, 1 + 2 * PACKETS_MAX as u64);
}

#[test]
fn bytes_that_wait_are_bounded() {
    let mut sender = Sender::new(PayloadFormat::Vp8);
    let mut receiver = Receiver::new(PayloadFormat::Vp8, FOREVER);
    receiver.push_all(&sender.picture(2, 1, KEY));
    sender.number += 1;
    let mut dropped = false;
    for number in 0..PACKETS_MAX as u8 {
        let mut sent = sender.picture(number, 1, DELTA).remove(0);
        sent.payload = [&sent.payload[..], &[0; 100_000]].concat().into();
        receiver.push(&sent);
        let (packets, bytes) = receiver.assembler.waiting();
        assert!(bytes <= WAITING_BYTES_MAX);
        dropped |= packets == 0;
    }
    for number in 0..200 {
        let mut sent = sender.picture(number, 1, DELTA).remove(0);
        sent.payload = [&sent.payload[..], &[0; 100_000]].concat().into();
        receiver.push(&sent);
        dropped |= receiver.assembler.waiting().0 == 0;
        assert!(receiver.assembler.waiting().1 <= WAITING_BYTES_MAX);
    }
    assert!(dropped, "too much waits, and goes");
}

#[test]
fn a_leap_forward_drops_what_is_behind_it() {
    let mut sender = Sender::new(PayloadFormat::Vp8);
    let mut receiver = Receiver::new(PayloadFormat::Vp8, FOREVER);
    receiver.push_all(&sender.picture(2, 1, KEY));
    let begun = sender.picture(4, 3, DELTA);
    receiver.push(&begun[0]);
    sender.number += 1 << 40;
    receiver.push_all(&sender.picture(6, 1, KEY));
    assert_eq!(receiver.push(&begun[1]), Pushed::Late);
    receiver.wait(FOREVER);
    assert_eq!(receiver.told(), [(2, true), (6, true)]);
    assert_eq!(receiver.assembler.counts().incomplete_frames, 1);
}
