//! Real encoders' frames, through packets that are lost and repaired.

use std::time::Duration;

use super::sender::{DELTA, KEY, Receiver, Sender};
use crate::rtp::format::PayloadFormat;

const VP8: &[u8] = include_bytes!("../../../../../media/assets/bunny-640x360.vp8.ivf");
const AV1: &[u8] = include_bytes!("../../../../../media/assets/bunny-320x180.av1.ivf");

/// The frames of an IVF file.
fn frames(file: &[u8]) -> Vec<&[u8]> {
    let mut rest = &file[32..];
    let mut frames = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<12>() {
        let len = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        let (frame, next) = after.split_at(len as usize);
        frames.push(frame);
        rest = next;
    }
    frames
}

/// Sends a clip, every seventh packet late by a few.
fn play(format: PayloadFormat, clip: &[&[u8]]) -> Receiver {
    let mut sender = Sender::new(format);
    let mut receiver = Receiver::new(format, Duration::from_millis(100));
    let mut late = Vec::new();
    for (index, frame) in clip.iter().enumerate() {
        let info = if index == 0 { KEY } else { DELTA };
        for sent in sender.frame(frame, info) {
            match sent.number % 7 {
                0 => late.push(sent),
                3 => {
                    receiver.push(&sent);
                    receiver.push_all(&std::mem::take(&mut late));
                }
                _ => {
                    receiver.push(&sent);
                }
            }
        }
    }
    receiver.push_all(&late);
    receiver
}

#[test]
fn vp8() {
    let clip = frames(VP8);
    let receiver = play(PayloadFormat::Vp8, &clip);
    assert_eq!((clip.len(), receiver.frames.len()), (125, 125));
    for (index, (frame, sent)) in receiver.frames.iter().zip(&clip).enumerate() {
        assert_eq!(&*frame.data, *sent, "{index}");
        assert_eq!((frame.keyframe, frame.contiguous), (index == 0, true), "{index}");
    }
}

#[test]
fn av1() {
    let clip = frames(AV1);
    let receiver = play(PayloadFormat::Av1, &clip);
    assert_eq!((clip.len(), receiver.frames.len()), (125, 125));
    for (index, (frame, sent)) in receiver.frames.iter().zip(&clip).enumerate() {
        // The temporal delimiter before each unit is not sent.
        let sent = sent.strip_prefix(&[0x12, 0x00]).unwrap_or(sent);
        assert_eq!(&*frame.data, sent, "{index}");
        assert_eq!((frame.keyframe, frame.contiguous), (index == 0, true), "{index}");
    }
}
