//! Frames as encoders make them, as far as their framing goes.

use proptest::prelude::*;

use crate::rtp::format::PayloadFormat;

/// A NAL unit's bytes after its header: no start code in them, and no zero at the end.
fn nal_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(1..=255_u8, 1..40),
        prop::collection::vec(any::<u8>().prop_map(|byte| byte | 1), 1..4_000),
    ]
}

fn annex_b(units: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut frame = Vec::new();
    for (header, body) in units {
        frame.extend_from_slice(&[0, 0, 0, 1]);
        frame.extend_from_slice(header);
        frame.extend_from_slice(body);
    }
    frame
}

pub(super) fn h264() -> impl Strategy<Value = Vec<u8>> {
    let header = (0..4_u8, 1..24_u8).prop_map(|(importance, kind)| vec![importance << 5 | kind]);
    prop::collection::vec((header, nal_body()), 1..8).prop_map(|units| annex_b(&units))
}

fn h265() -> impl Strategy<Value = Vec<u8>> {
    let header = (0..48_u8, 0..4_u8, 1..8_u8)
        .prop_map(|(kind, layer, temporal)| vec![kind << 1, layer << 3 | temporal]);
    prop::collection::vec((header, nal_body()), 1..8).prop_map(|units| annex_b(&units))
}

/// An OBU with its size; of a type that is sent.
pub(super) fn obu(kind: u8, extension: Option<u8>, payload: &[u8]) -> Vec<u8> {
    let mut obu = vec![kind << 3 | u8::from(extension.is_some()) << 2 | 0x02];
    obu.extend(extension);
    let mut size = payload.len();
    while size > 0x7f {
        obu.push(size as u8 | 0x80);
        size >>= 7;
    }
    obu.push(size as u8);
    obu.extend_from_slice(payload);
    obu
}

fn av1() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop::sample::select(vec![1_u8, 3, 4, 5, 6, 7]);
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..30),
        prop::collection::vec(any::<u8>(), 0..5_000),
    ];
    let unit = (kind, prop::option::of(any::<u8>()), payload);
    prop::collection::vec(unit, 1..9).prop_map(|units| {
        units
            .iter()
            .flat_map(|(kind, extension, payload)| obu(*kind, *extension, payload))
            .collect()
    })
}

/// A frame of a format for video.
pub(super) fn frame() -> impl Strategy<Value = (PayloadFormat, Vec<u8>)> {
    let bytes = || prop::collection::vec(any::<u8>(), 1..6_000);
    prop_oneof![
        bytes().prop_map(|frame| (PayloadFormat::Vp8, frame)),
        bytes().prop_map(|frame| (PayloadFormat::Vp9, frame)),
        h264().prop_map(|frame| (PayloadFormat::H264, frame)),
        h265().prop_map(|frame| (PayloadFormat::H265, frame)),
        av1().prop_map(|frame| (PayloadFormat::Av1, frame)),
    ]
}
