//! Frames with dependency descriptors.

use std::time::Duration;

use super::layers::L1T3;
use super::sender::{KEY, Receiver, Sender, Sent};
use crate::rtp::dependency::DecodeTargetIndication::{Discardable, Switch};
use crate::rtp::dependency::{
    DependencyDescriptor, DependencyStructure, FrameDefinition, FrameDiffs,
};
use crate::rtp::format::{FrameInfo, PayloadFormat};

const PATIENCE: Duration = Duration::from_millis(200);

fn structure() -> DependencyStructure {
    let template = |temporal: u8, diffs: &[u16]| {
        let mut template = FrameDefinition {
            temporal,
            diffs: FrameDiffs::new(diffs).unwrap(),
            ..FrameDefinition::default()
        };
        let own = usize::from(temporal);
        template.targets[own..3].fill(if own == 2 { Discardable } else { Switch });
        template
    };
    DependencyStructure {
        decode_targets: 3,
        templates: vec![template(0, &[]), template(0, &[4]), template(1, &[2]), template(2, &[1])],
        ..DependencyStructure::default()
    }
}

/// Gives the packets of a frame their descriptors.
fn describe(sent: &mut [Sent], frame_number: u16, template: usize) {
    let (structure, last) = (structure(), sent.len() - 1);
    for (index, sent) in sent.iter_mut().enumerate() {
        let descriptor = DependencyDescriptor {
            starts_frame: index == 0,
            ends_frame: index == last,
            frame_number,
            frame: structure.templates[template],
            has_structure: template == 0 && index == 0,
            active_targets: None,
        };
        let mut value = Vec::new();
        assert!(descriptor.write(&structure, &mut value));
        sent.descriptor = Some(value);
    }
}

/// AV1 whose references only the descriptor tells.
fn described(numbers: impl Iterator<Item = u16>) -> Vec<Vec<Sent>> {
    let mut sender = Sender::new(PayloadFormat::Av1);
    let numbers = numbers.enumerate().map(|(index, number)| {
        let template = match L1T3[index % 8] {
            0 if index == 0 => 0,
            layer => usize::from(layer) + 1,
        };
        let obu = [&[0x32, 0xc8, 0x01][..], &[number as u8; 200]].concat();
        let info = FrameInfo { keyframe: index == 0, ..KEY };
        let mut sent = sender.frame(&obu, info);
        describe(&mut sent, number, template);
        sent
    });
    numbers.collect()
}

/// The number of each frame, and whether it is contiguous.
fn numbers(receiver: &Receiver) -> Vec<(u8, bool)> {
    receiver.frames.iter().map(|frame| (frame.data[9], frame.contiguous)).collect()
}

#[test]
fn descriptors_tell_what_is_needed() {
    let first = u16::MAX - 2;
    let frames = described((0..9).map(|index| first.wrapping_add(index)));
    let mut receiver = Receiver::new(PayloadFormat::Av1, PATIENCE);
    for (index, sent) in frames.iter().enumerate() {
        match index {
            // Of layer 2, of layer 1, and a part of one of layer 2.
            1 | 6 => {}
            3 => receiver.push_all(&sent[..1]),
            _ => receiver.push_all(sent),
        }
    }
    receiver.wait(PATIENCE);
    let number = |index: u16| first.wrapping_add(index) as u8;
    let expected = [
        (number(0), true),
        (number(2), true),
        (number(4), true),
        (number(5), true),
        (number(7), false),
        (number(8), true),
    ];
    assert_eq!(numbers(&receiver), expected);
    let temporal: Vec<u8> = receiver.frames.iter().map(|frame| frame.temporal).collect();
    assert_eq!(temporal, [0, 1, 0, 2, 2, 0]);
    assert!(receiver.frames[0].keyframe && !receiver.frames[1].keyframe);
}

#[test]
fn without_the_structure_the_format_decides() {
    let frames = described(0..4);
    let mut receiver = Receiver::new(PayloadFormat::Av1, PATIENCE);
    frames[1..].iter().for_each(|sent| receiver.push_all(sent));
    receiver.wait(PATIENCE);
    // AV1 does not tell that a frame begins, but that one ended.
    assert_eq!(numbers(&receiver), [(2, false), (3, true)]);
    assert!(receiver.assembler.descriptors().structure().is_none());
}

#[test]
fn a_structure_that_comes_late_is_that_of_what_came_before_it() {
    let frames = described(0..5);
    let mut receiver = Receiver::new(PayloadFormat::Av1, PATIENCE);
    receiver.push_all(&frames[0][1..]);
    frames[1..4].iter().for_each(|sent| receiver.push_all(sent));
    assert!(receiver.frames.is_empty());
    receiver.push(&frames[0][0]);
    receiver.push_all(&frames[4]);
    assert_eq!(numbers(&receiver), (0..5).map(|number| (number, true)).collect::<Vec<_>>());
    let temporal: Vec<u8> = receiver.frames.iter().map(|frame| frame.temporal).collect();
    assert_eq!(temporal, [0, 2, 1, 2, 0]);
    assert_eq!(receiver.assembler.counts().undescribed, 0);
}

#[test]
fn what_comes_late_is_read_by_the_structure_of_its_place() {
    let frames = described(0..4);
    let mut receiver = Receiver::new(PayloadFormat::Av1, Duration::from_secs(9));
    frames[..3].iter().for_each(|sent| receiver.push_all(sent));
    // Another structure under the same numbers of templates, in which the fourth is of layer 0.
    let other = DependencyStructure {
        decode_targets: 1,
        templates: vec![FrameDefinition::default(); 4],
        ..DependencyStructure::default()
    };
    let mut key = frames[0].clone();
    for (number, sent) in (frames[3].last().unwrap().number + 1..).zip(&mut key) {
        (sent.number, sent.time) = (number, sent.time + 90_000);
    }
    let descriptor = DependencyDescriptor {
        starts_frame: true,
        ends_frame: false,
        frame_number: 4,
        frame: other.templates[0],
        has_structure: true,
        active_targets: None,
    };
    let mut value = Vec::new();
    assert!(descriptor.write(&other, &mut value));
    key[0].descriptor = Some(value);
    receiver.push_all(&key);
    receiver.push_all(&frames[3]);
    let told: Vec<_> = receiver.frames.iter().map(|it| (it.temporal, it.keyframe)).collect();
    assert_eq!(told, [(0, true), (2, false), (1, false), (2, false), (0, true)]);
    assert!(receiver.frames.iter().all(|frame| frame.contiguous));
}

#[test]
fn they_tell_the_layer_where_the_format_does_not() {
    let frames = described(0..8);
    let mut receiver = Receiver::new(PayloadFormat::Av1, PATIENCE);
    for (index, sent) in frames.iter().enumerate() {
        if index != 5 {
            receiver.push_all(sent);
        }
    }
    receiver.wait(PATIENCE);
    let info: Vec<_> = receiver.frames.iter().map(|frame| frame.info.unwrap()).collect();
    let told: Vec<_> = info.iter().map(|it| (it.temporal, it.layer_sync, it.discardable)).collect();
    let (t0, t1, t2) = ((0, false, false), (1, true, false), (2, false, true));
    assert_eq!(told, [t0, t2, t1, t2, t0, t1, t2]);
    // The sixth was lost: those behind it count what came.
    let distances: Vec<u8> = info.iter().map(|it| it.references[0]).collect();
    assert_eq!(distances, [0, 1, 2, 1, 4, 1, 1]);
    assert!(info[0].keyframe && !info[1].keyframe);
    assert_eq!(receiver.assembler.counts().undescribed, 0);
}

#[test]
fn what_is_not_needed_is_passed_over() {
    let frames = described(0..8);
    let mut receiver = Receiver::new(PayloadFormat::Av1, Duration::from_secs(60));
    let passed = |receiver: &mut Receiver| {
        let given_up = receiver.now;
        let passed = receiver.assembler.pass_over(given_up);
        receiver.wait(Duration::ZERO);
        passed
    };
    receiver.push_all(&frames[0]);
    // Of layer 2: nothing needs it.
    receiver.push_all(&frames[2][..1]);
    assert!(!passed(&mut receiver), "it is not whole");
    receiver.push_all(&frames[2][1..]);
    assert!(passed(&mut receiver));
    // Of layer 0: all that comes needs it.
    receiver.push_all(&frames[3]);
    frames[5..].iter().for_each(|sent| receiver.push_all(sent));
    assert!(!passed(&mut receiver));
    assert_eq!(numbers(&receiver), [(0, true), (2, true), (3, true)]);
}

#[test]
fn a_frame_that_is_not_understood_is_known_by_its_number() {
    let mut frames = described(0..5);
    let mut receiver = Receiver::new(PayloadFormat::Av1, PATIENCE);
    for sent in &mut frames[2] {
        let value = sent.descriptor.as_mut().unwrap();
        value[0] |= 0x3f;
    }
    frames.iter().for_each(|sent| receiver.push_all(sent));
    assert_eq!(numbers(&receiver), (0..5).map(|number| (number, true)).collect::<Vec<_>>());
    assert_eq!(receiver.frames[2].info, None);
    assert_eq!(receiver.assembler.counts().undescribed, frames[2].len() as u64);
}

#[test]
fn a_keyframe_is_one_by_its_format_too() {
    let mut frames = described(0..4);
    frames[0].iter_mut().for_each(|sent| sent.descriptor = None);
    let mut receiver = Receiver::new(PayloadFormat::Av1, PATIENCE);
    frames.iter().for_each(|sent| receiver.push_all(sent));
    assert!(receiver.frames[0].keyframe);
    assert_eq!(numbers(&receiver), (0..4).map(|number| (number, true)).collect::<Vec<_>>());
}
