//! Descriptors of VP8 and VP9 as they are read, and starts of frames.

use crate::rtp::format::*;

#[test]
fn vp8_fields() {
    let read = |payload: &[u8]| Vp8Descriptor::read(payload);
    let none = read(&[0x10, 9]).unwrap();
    assert_eq!((none.starts_frame(), none.picture, none.len), (true, None, 1));
    let all = read(&[0xb1, 0xf0, 0x92, 0x34, 7, 0xa5, 9]).unwrap();
    assert_eq!(all.picture, Some(PictureId { number: 0x1234, long: true }));
    assert_eq!((all.tl0, all.temporal, all.key_index), (Some(7), Some((2, true)), Some(5)));
    assert_eq!((all.non_reference, all.partition, all.len), (true, 1, 6));
    assert!(!all.starts_frame(), "a later partition");
    let short = read(&[0x80, 0x80, 0x12]).unwrap();
    assert_eq!(short.picture, Some(PictureId { number: 0x12, long: false }));
    let key_only = read(&[0x80, 0x10, 0xff]).unwrap();
    assert_eq!((key_only.temporal, key_only.key_index), (None, Some(31)));
    for cut in 0..6 {
        let payload = &[0xb1, 0xf0, 0x92, 0x34, 7, 0xa5][..cut];
        assert_eq!(read(payload), Err(PayloadError::Truncated), "{cut}");
    }
}

#[test]
fn vp9_fields() {
    let read = |payload: &[u8]| Vp9Descriptor::read(payload);
    // Not flexible: layers with the index of layer 0, and a structure with sizes and a group.
    let payload = [
        0xae, 0x85, 0x06, 0x35, 0x11, // I, L, B, E, V; picture; layers; TL0PICIDX
        0x38, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, // two layers with sizes
        0x02, 0x04, 0x01, 0x58, 0x01, 0x02, // a group of two with one reference and two
        0x82,
    ];
    let read_all = read(&payload).unwrap();
    assert_eq!(read_all.picture, Some(PictureId { number: 0x506, long: true }));
    let layer = Vp9Layer { temporal: 1, switching_up: true, spatial: 2, inter_layer: true };
    assert_eq!((read_all.layer, read_all.tl0), (Some(layer), Some(0x11)));
    let structure = read_all.structure.unwrap();
    assert_eq!(structure.spatial_layers, 2);
    assert_eq!(structure.resolutions.unwrap()[..3], [(320, 180), (640, 360), (0, 0)]);
    assert_eq!(read_all.len, payload.len() - 1);
    for cut in 0..read_all.len {
        assert_eq!(read(&payload[..cut]), Err(PayloadError::Truncated), "{cut}");
    }
    let flexible = read(&[0xd8, 0x12, 0x03, 0x05, 0x06, 9]).unwrap();
    assert_eq!((flexible.references, flexible.len), (Some([1, 2, 3]), 5));
    assert_eq!(read(&[0xd8, 0x12, 0x03, 0x05, 0x07, 9]), Err(PayloadError::Malformed));
    assert_eq!(read(&[0x58, 0x12, 0x02]), Err(PayloadError::Malformed), "no picture to count from");
}

fn start(format: PayloadFormat, payload: &[u8]) -> (FrameStart, bool) {
    let facts = Depacketizer::new(format).inspect(payload).unwrap();
    (facts.start, facts.keyframe)
}

#[test]
fn frames_begin_where_their_format_says_so() {
    use FrameStart::{Certain, Inside, Possible};
    let vp9 = PayloadFormat::Vp9;
    assert_eq!(start(vp9, &[0x8c, 0x01, 0x82]), (Certain, true));
    assert_eq!(start(vp9, &[0x84, 0x01, 0x82]), (Inside, false));
    assert_eq!(start(vp9, &[0xac, 0x01, 0x03, 0, 0x82]), (Inside, false), "a layer above another");
    assert_eq!(start(vp9, &[0xec, 0x01, 0x02, 0, 0x82]), (Possible, false));
    let h264 = PayloadFormat::H264;
    assert_eq!(start(h264, &[0x67, 0x42]), (Certain, false));
    assert_eq!(start(h264, &[0x65, 0x88]), (Possible, true), "parameters may be missing");
    assert_eq!(start(h264, &[0x41, 0x9a]), (Certain, false));
    assert_eq!(start(h264, &[0x41, 0x40]), (Possible, false), "a later slice");
    assert_eq!(start(h264, &[0x78, 0, 2, 0x67, 0x42, 0, 2, 0x65, 0x88]), (Certain, true));
    assert_eq!(start(h264, &[0x5c, 0x81, 0x9a]), (Certain, false));
    assert_eq!(start(h264, &[0x7c, 0x05, 0x88]), (Inside, true));
    let h265 = PayloadFormat::H265;
    assert_eq!(start(h265, &[0x40, 1, 9]), (Certain, false));
    assert_eq!(start(h265, &[0x26, 1, 0x80]), (Possible, true));
    assert_eq!(start(h265, &[0x02, 1, 0x80]), (Certain, false));
    assert_eq!(start(h265, &[0x62, 1, 0x81, 0x80]), (Certain, false));
    assert_eq!(start(h265, &[0x62, 1, 0x01, 0x80]), (Inside, false));
    let av1 = PayloadFormat::Av1;
    assert_eq!(start(av1, &[0x18, 0x08, 1]), (Certain, true));
    assert_eq!(start(av1, &[0x10, 0x30, 1]), (Possible, false));
    assert_eq!(start(av1, &[0x90, 1]), (Inside, false));
}

#[test]
fn what_was_not_negotiated_is_refused() {
    let inspect = |format, payload: &[u8]| Depacketizer::new(format).inspect(payload).unwrap_err();
    let h264 = PayloadFormat::H264;
    assert_eq!(inspect(h264, &[0x79, 0, 0, 0]), PayloadError::Unsupported, "STAP-B");
    assert_eq!(inspect(h264, &[0x7d, 0x85, 0, 0, 1]), PayloadError::Unsupported, "FU-B");
    assert_eq!(inspect(h264, &[0x7c, 0xc5, 1]), PayloadError::Malformed, "begin and end");
    assert_eq!(inspect(h264, &[0x78, 0, 0]), PayloadError::Malformed, "an empty unit");
    assert_eq!(inspect(h264, &[0x78, 0, 3, 1]), PayloadError::Truncated);
    assert_eq!(inspect(h264, &[0x60, 1]), PayloadError::Malformed);
    let h265 = PayloadFormat::H265;
    assert_eq!(inspect(h265, &[0x64, 1, 0, 0]), PayloadError::Unsupported, "PACI");
    assert_eq!(inspect(h265, &[0x40, 0, 1]), PayloadError::Malformed, "no temporal layer");
    let av1 = PayloadFormat::Av1;
    assert_eq!(inspect(av1, &[0x98, 1]), PayloadError::Malformed, "a sequence that goes on");
    assert_eq!(inspect(av1, &[0x00, 5, 1]), PayloadError::Truncated);
    assert_eq!(inspect(av1, &[0x30, 1, 0x30]), PayloadError::Truncated, "fewer than counted");
}
