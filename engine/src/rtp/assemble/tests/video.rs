//! Frames under what networks do, one thing at a time.

use std::time::Duration;

use super::sender::{DELTA, KEY, Receiver, Sender, picture};
use crate::rtp::assemble::Pushed;
use crate::rtp::format::{PayloadError, PayloadFormat};

const PATIENCE: Duration = Duration::from_millis(200);

fn vp8() -> (Sender, Receiver) {
    (Sender::new(PayloadFormat::Vp8), Receiver::new(PayloadFormat::Vp8, PATIENCE))
}

#[test]
fn a_frame_leaves_with_its_last_packet() {
    let (mut sender, mut receiver) = vp8();
    let packets = sender.picture(2, 3, KEY);
    receiver.push_all(&packets[..packets.len() - 1]);
    assert_eq!(receiver.frames, []);
    assert_eq!(receiver.assembler.missing_since(), None, "nothing says that more is missing");
    receiver.wait(Duration::from_millis(5));
    receiver.push(packets.last().unwrap());
    let frame = &receiver.frames[0];
    assert_eq!(*frame.data, *picture(2, 3, true));
    assert!(frame.keyframe && frame.contiguous);
    assert_eq!(frame.packets, (packets[0].number, packets.last().unwrap().number));
    assert_eq!(frame.time, packets[0].time);
    assert_eq!(frame.received_at, receiver.now - Duration::from_millis(5));
}

#[test]
fn a_missing_packet_is_waited_for_and_no_longer() {
    let (mut sender, mut receiver) = vp8();
    receiver.push_all(&sender.picture(2, 1, KEY));
    let (second, third) = (sender.picture(3, 3, DELTA), sender.picture(4, 1, DELTA));
    receiver.push_all([&second[0], &second[2]]);
    let noticed = receiver.now;
    receiver.wait(PATIENCE / 2);
    receiver.push_all(&third);
    assert_eq!(receiver.told(), [(2, true)]);
    assert_eq!(receiver.assembler.missing_since(), Some(noticed));
    receiver.wait(PATIENCE / 2 - Duration::from_millis(1));
    assert_eq!(receiver.told(), []);
    receiver.wait(Duration::from_millis(1));
    assert_eq!(receiver.told(), [(4, false)]);
    assert_eq!(receiver.push(&second[1]), Pushed::Late);
    let counts = receiver.assembler.counts();
    assert_eq!((counts.frames, counts.keyframes, counts.late), (2, 1, 1));
    assert_eq!((counts.incomplete_frames, counts.dropped_packets), (1, 2));
    assert_eq!(receiver.assembler.waiting(), (0, 0));
}

#[test]
fn a_repair_in_time_is_as_if_nothing_was() {
    let (mut sender, mut receiver) = vp8();
    let first = sender.picture(2, 1, KEY);
    let (second, third) = (sender.picture(3, 3, DELTA), sender.picture(4, 1, DELTA));
    receiver.push_all(&first);
    receiver.push_all([&second[0], &second[2], &third[0]]);
    receiver.wait(PATIENCE - Duration::from_millis(1));
    receiver.push_all([&second[1]]);
    assert_eq!(receiver.told(), [(2, true), (3, true), (4, true)]);
    assert_eq!(receiver.assembler.counts().incomplete_frames, 0);
}

#[test]
fn a_keyframe_needs_nothing_and_what_follows_it_is_whole() {
    let (mut sender, mut receiver) = vp8();
    receiver.push_all(&sender.picture(2, 1, KEY));
    sender.picture(3, 1, DELTA);
    receiver.push_all(&sender.picture(4, 1, DELTA));
    receiver.push_all(&sender.picture(6, 1, KEY));
    receiver.push_all(&sender.picture(8, 1, DELTA));
    receiver.wait(PATIENCE);
    assert_eq!(receiver.told(), [(2, true), (4, false), (6, true), (8, true)]);
}

#[test]
fn duplicates_and_padding_change_nothing() {
    let (mut sender, mut receiver) = vp8();
    let first = sender.picture(2, 2, KEY);
    receiver.push(&first[0]);
    assert_eq!(receiver.push(&first[0]), Pushed::Duplicate);
    receiver.push_all(&first[1..]);
    assert_eq!(receiver.push(&first[0]), Pushed::Late);
    // Padding after a frame, and in the midst of one.
    sender.number += 2;
    let now = receiver.now;
    assert_eq!(receiver.assembler.push_no_frame(sender.number - 1, now), Pushed::Padding);
    assert_eq!(receiver.assembler.push_no_frame(sender.number, now), Pushed::Padding);
    assert_eq!(receiver.assembler.push_no_frame(sender.number, now), Pushed::Duplicate);
    let mut second = sender.picture(3, 2, DELTA);
    let mut third = sender.picture(4, 1, DELTA);
    second[1..].iter_mut().chain(&mut third).for_each(|sent| sent.number += 1);
    receiver.push(&second[0]);
    let mut empty = second[0].clone();
    (empty.number, empty.payload) = (second[0].number + 1, [].into());
    assert_eq!(receiver.push(&empty), Pushed::Padding);
    receiver.push_all(second[1..].iter().chain(&third));
    assert_eq!(receiver.told(), [(2, true), (3, true), (4, true)]);
}

#[test]
fn lost_padding_breaks_no_chain_that_the_codec_tells() {
    let (mut sender, mut receiver) = vp8();
    receiver.push_all(&sender.picture(2, 1, KEY));
    sender.number += 3;
    receiver.push_all(&sender.picture(4, 1, DELTA));
    receiver.wait(PATIENCE);
    assert_eq!(receiver.told(), [(2, true), (4, true)], "picture identifiers follow");
}

#[test]
fn reordering_at_the_begin_is_no_loss() {
    let (mut sender, mut receiver) = vp8();
    let packets = sender.picture(2, 4, KEY);
    for index in [2, 0, 1, 3] {
        receiver.push(&packets[index]);
    }
    receiver.push_all(&packets[4..]);
    assert_eq!(receiver.told(), [(2, true)]);
}

#[test]
fn a_stream_that_is_joined_in_its_midst_begins_with_the_next_frame() {
    let (mut sender, mut receiver) = vp8();
    let packets = sender.picture(2, 4, DELTA);
    receiver.push_all(&packets[2..]);
    receiver.push_all(&sender.picture(4, 2, DELTA));
    assert_eq!(receiver.told(), []);
    receiver.wait(PATIENCE);
    assert_eq!(receiver.told(), [(4, false)]);
    assert_eq!(receiver.push(&packets[1]), Pushed::Late);
}

#[test]
fn a_marker_that_is_missing_is_made_up_for_by_the_next_timestamp() {
    let (mut sender, mut receiver) = vp8();
    let mut first = sender.picture(2, 2, KEY);
    first.iter_mut().for_each(|sent| sent.marker = false);
    receiver.push_all(&first);
    assert_eq!(receiver.told(), []);
    receiver.push_all(&sender.picture(4, 1, DELTA));
    assert_eq!(receiver.told(), [(2, true), (4, true)]);
}

#[test]
fn a_restart_begins_anew() {
    let (mut sender, mut receiver) = vp8();
    receiver.push_all(&sender.picture(2, 1, KEY));
    receiver.push(&sender.picture(4, 2, DELTA)[0]);
    receiver.assembler.restart(PayloadFormat::Vp8);
    assert_eq!(receiver.assembler.waiting(), (0, 0));
    assert_eq!(receiver.assembler.counts().incomplete_frames, 1);
    (sender.number, sender.time) = (7, 0);
    receiver.push_all(&sender.picture(6, 1, DELTA));
    receiver.push_all(&sender.picture(8, 1, KEY));
    assert_eq!(receiver.told(), [(2, true), (6, false), (8, true)]);
}

#[test]
fn a_payload_that_is_none_is_told() {
    let (mut sender, mut receiver) = vp8();
    let mut sent = sender.picture(2, 1, KEY).remove(0);
    sent.payload = [0x90, 0x80].into();
    assert_eq!(receiver.push(&sent), Pushed::Malformed(PayloadError::Truncated));
    assert_eq!(receiver.assembler.counts().malformed, 1);
}

/// An access unit of one slice.
fn slice(number: u8, packets: usize, keyframe: bool) -> Vec<u8> {
    let mut frame = match keyframe {
        true => vec![0, 0, 0, 1, 0x67, number, 0, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 0x65, 0x88],
        false => vec![0, 0, 0, 1, 0x41, 0x9a],
    };
    frame.resize(frame.len() + packets * 90, number);
    frame
}

#[test]
fn h264_frames_end_where_their_neighbours_say() {
    let mut sender = Sender::new(PayloadFormat::H264);
    let mut receiver = Receiver::new(PayloadFormat::H264, PATIENCE);
    let sent: Vec<_> = (1..=6)
        .map(|number| {
            let info = if number == 1 { KEY } else { DELTA };
            sender.frame(&slice(number, 2, number == 1), info)
        })
        .collect();
    receiver.push_all(&sent[0]);
    receiver.push_all(&sent[1]);
    // The third comes without its begin, the fourth not at all, the fifth is whole.
    receiver.push_all(&sent[2][1..]);
    receiver.push_all(&sent[4]);
    receiver.push_all(&sent[5]);
    receiver.wait(PATIENCE);
    let frames: Vec<_> =
        receiver.frames.iter().map(|frame| (&*frame.data, frame.contiguous)).collect();
    let [first, second] = [slice(1, 2, true), slice(2, 2, false)];
    let [fifth, sixth] = [slice(5, 2, false), slice(6, 2, false)];
    let expected = [(&*first, true), (&*second, true), (&*fifth, false), (&*sixth, true)];
    assert_eq!(frames, expected);
    assert!(receiver.frames[0].keyframe && !receiver.frames[1].keyframe);
}

#[test]
fn an_h264_keyframe_without_its_parameters_is_dropped() {
    let mut sender = Sender::new(PayloadFormat::H264);
    let mut receiver = Receiver::new(PayloadFormat::H264, PATIENCE);
    let keyframe = sender.frame(&slice(1, 2, true), KEY);
    receiver.push_all(&keyframe[1..]);
    receiver.push_all(&sender.frame(&slice(2, 1, false), DELTA));
    receiver.wait(PATIENCE);
    assert_eq!(receiver.frames.len(), 1);
    assert!(!receiver.frames[0].contiguous && !receiver.frames[0].keyframe);
}
