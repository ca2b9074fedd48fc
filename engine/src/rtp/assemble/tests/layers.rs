//! Frames that refer to some of those before them only.

use std::time::Duration;

use super::sender::{DELTA, KEY, Receiver, Sender, picture};
use crate::rtp::format::{
    FrameInfo, Packetizer, PayloadFormat, Vp8Packetizer, append_superframe_index,
};

const PATIENCE: Duration = Duration::from_millis(200);

/// Temporal layers as L1T3 has them.
pub(super) const L1T3: [u8; 8] = [0, 2, 1, 2, 0, 2, 1, 2];

#[test]
fn vp8_lower_layers_need_no_upper_ones() {
    let mut sender = Sender::new(PayloadFormat::Vp8);
    sender.packetizer = Packetizer::Vp8(Vp8Packetizer::new(0x7ffa).with_layers());
    let mut receiver = Receiver::new(PayloadFormat::Vp8, PATIENCE);
    for (index, temporal) in L1T3.into_iter().enumerate() {
        let info = FrameInfo { keyframe: index == 0, temporal, layer_sync: index == 2, ..KEY };
        let sent = sender.picture(2 * index as u8, 1, info);
        // Lost: the first of layer 2, and the one before the second of layer 0.
        if index != 1 && index != 3 && index != 5 {
            receiver.push_all(&sent);
        }
    }
    receiver.wait(PATIENCE);
    let expected = [
        (0, true),
        (4, true),   // its layer begins with it, and layer 0 is there
        (8, true),   // of layer 0
        (12, false), // of layer 1, behind a lost one of layer 2: VP8 does not tell
        (14, true),  // follows
    ];
    assert_eq!(receiver.told(), expected);
}

#[test]
fn what_the_next_frame_does_not_need_is_passed_over_and_nothing_else() {
    let mut sender = Sender::new(PayloadFormat::Vp8);
    sender.packetizer = Packetizer::Vp8(Vp8Packetizer::new(0x7ffa).with_layers());
    let mut receiver = Receiver::new(PayloadFormat::Vp8, Duration::from_secs(60));
    let begun = receiver.now;
    let passed = |receiver: &mut Receiver| {
        let given_up = receiver.now;
        let passed = receiver.assembler.pass_over(given_up);
        receiver.wait(Duration::ZERO);
        passed
    };
    let upper = FrameInfo { temporal: 1, layer_sync: true, ..DELTA };
    // A frame of two packets of the upper layer loses one; a frame of it that does not begin it
    // follows; then one of the lowest; then that layer loses one.
    receiver.push_all(&sender.picture(0, 1, KEY));
    receiver.push_all(&sender.picture(2, 2, upper)[..1]);
    assert!(!passed(&mut receiver), "nothing is behind it");
    receiver.push_all(&sender.picture(4, 1, FrameInfo { layer_sync: false, ..upper }));
    assert!(!passed(&mut receiver), "it may refer to what is missing");
    let lowest = sender.picture(6, 2, DELTA);
    receiver.push_all(&lowest[..1]);
    assert!(!passed(&mut receiver), "it is not whole");
    receiver.push_all(&lowest[1..]);
    assert!(!receiver.assembler.pass_over(begun - Duration::from_millis(1)), "it is too early");
    assert_eq!(receiver.told(), [(0, true)]);
    assert!(passed(&mut receiver));
    assert_eq!(receiver.told(), [(6, true)]);
    sender.picture(8, 1, DELTA);
    receiver.push_all(&sender.picture(10, 1, DELTA));
    receiver.push_all(&sender.picture(12, 1, upper));
    assert!(!passed(&mut receiver), "both refer to the lost one");
    receiver.push_all(&sender.picture(14, 1, KEY));
    assert!(!passed(&mut receiver), "a keyframe needs nothing, but what is before it may be shown");
}

#[test]
fn vp8_a_lost_lowest_layer_is_missed() {
    let mut sender = Sender::new(PayloadFormat::Vp8);
    let mut receiver = Receiver::new(PayloadFormat::Vp8, PATIENCE);
    let upper = FrameInfo { temporal: 1, layer_sync: true, ..DELTA };
    let kinds = [KEY, upper, DELTA, upper, DELTA];
    for (index, info) in kinds.into_iter().enumerate() {
        let sent = sender.picture(2 * index as u8, 1, info);
        if index != 2 {
            receiver.push_all(&sent);
        }
    }
    receiver.wait(PATIENCE);
    assert_eq!(receiver.told(), [(0, true), (2, true), (6, false), (8, false)]);
}

#[test]
fn vp9_frames_name_what_they_need() {
    let mut sender = Sender::new(PayloadFormat::Vp9);
    let mut receiver = Receiver::new(PayloadFormat::Vp9, PATIENCE);
    let references = [0, 1, 2, 1, 4, 1, 2, 1];
    for (index, temporal) in L1T3.into_iter().enumerate() {
        let references = [references[index], 0, 0];
        let info = FrameInfo { keyframe: index == 0, temporal, references, ..KEY };
        let sent = sender.picture(2 * index as u8, 1, info);
        if index != 1 && index != 2 && index != 5 {
            receiver.push_all(&sent);
        }
    }
    receiver.wait(PATIENCE);
    let expected = [(0, true), (6, false), (8, true), (12, true), (14, true)];
    assert_eq!(receiver.told(), expected, "only the fourth refers to a lost one");
}

#[test]
fn vp9_spatial_layers_are_one_frame() {
    let mut sender = Sender::new(PayloadFormat::Vp9);
    let mut receiver = Receiver::new(PayloadFormat::Vp9, PATIENCE);
    let mut packets = Vec::new();
    for index in 0..3_u8 {
        let lower = FrameInfo { keyframe: index == 0, more_layers: true, ..KEY };
        let upper = FrameInfo { more_layers: false, spatial: 1, inter_layer: true, ..lower };
        let mut sent = sender.picture(index, 1, lower);
        sent.extend(sender.picture(index + 100, 2, upper));
        packets.push(sent);
    }
    receiver.push_all(&packets[0]);
    let mut expected = [picture(0, 1, true), picture(100, 2, true)].concat();
    append_superframe_index([90, 180], &mut expected);
    let first = &receiver.frames[0];
    assert_eq!(*first.data, *expected);
    assert_eq!((first.spatial, first.keyframe), (1, true));
    let bytes: Vec<_> = first.layers.iter().map(|layer| layer.bytes.clone()).collect();
    assert_eq!(bytes, [0..90, 90..270]);
    let lower = FrameInfo { more_layers: true, ..KEY };
    assert_eq!(first.layers[0].info, lower);
    let upper = FrameInfo { spatial: 1, inter_layer: true, ..KEY };
    assert_eq!(first.layers[1].info, upper);
    // Of the second the lower layer is lost, and with it the whole.
    receiver.push_all(&packets[1][1..]);
    receiver.push_all(&packets[2]);
    receiver.wait(PATIENCE);
    assert_eq!(receiver.told(), [(0, true), (2, false)]);
    assert_eq!(receiver.assembler.counts().incomplete_frames, 1);
}
