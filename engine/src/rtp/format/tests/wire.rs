//! Payloads byte by byte, as the formats' documents draw them.

use crate::rtp::format::tests::frames::obu;
use crate::rtp::format::*;

fn plan(packetizer: &mut Packetizer, frame: &[u8], info: FrameInfo, budget: usize) -> Vec<Vec<u8>> {
    let mut plan = PayloadPlan::default();
    packetizer.plan(frame, &info, budget, &mut plan).unwrap();
    let payloads = plan.payloads(frame).map(|payload| {
        let mut out = Vec::new();
        payload.write(&mut out);
        out
    });
    payloads.collect()
}

fn receive(format: PayloadFormat, payloads: &[&[u8]]) -> Result<Vec<u8>, PayloadError> {
    let (mut depacketizer, mut frame) = (Depacketizer::new(format), Vec::new());
    payloads.iter().try_for_each(|payload| depacketizer.append(payload, &mut frame))?;
    depacketizer.finish(&frame)?;
    Ok(frame)
}

const KEY: FrameInfo = FrameInfo {
    keyframe: true,
    spatial: 0,
    temporal: 0,
    layer_sync: false,
    discardable: false,
    inter_layer: false,
    references: [0; REFERENCES_MAX],
    more_layers: false,
};

#[test]
fn vp8() {
    let mut packetizer = Packetizer::new(PayloadFormat::Vp8, 0x7ffe);
    let frame = [0x10; 100];
    let payloads = plan(&mut packetizer, &frame, KEY, 64);
    assert_eq!(payloads[0][..5], [0x90, 0x80, 0xff, 0xfe, 0x10]);
    assert_eq!(payloads[1][..5], [0x80, 0x80, 0xff, 0xfe, 0x10]);
    let info = FrameInfo { keyframe: false, discardable: true, ..KEY };
    assert_eq!(plan(&mut packetizer, &[7], info, 64), [[0xb0, 0x80, 0xff, 0xff, 7]]);
    // The identifier wraps, and layers are told from the first of an upper one on.
    let upper = FrameInfo { temporal: 1, layer_sync: true, ..info };
    assert_eq!(plan(&mut packetizer, &[7], upper, 64), [[0xb0, 0xe0, 0x80, 0, 0, 0x60, 7]]);
    let base = FrameInfo { discardable: false, ..info };
    assert_eq!(plan(&mut packetizer, &[7], base, 64), [[0x90, 0xe0, 0x80, 1, 1, 0, 7]]);
}

#[test]
fn vp9() {
    let mut packetizer = Packetizer::new(PayloadFormat::Vp9, 0x1234);
    let frame = [0x82; 80];
    let payloads = plan(&mut packetizer, &frame, KEY, 64);
    assert_eq!(payloads[0][..4], [0x99, 0x92, 0x34, 0x82]);
    assert_eq!(payloads[1][..4], [0x95, 0x92, 0x34, 0x82]);
    let info = FrameInfo { keyframe: false, ..KEY };
    assert_eq!(plan(&mut packetizer, &[7], info, 64), [[0xdd, 0x92, 0x35, 0x02, 7]]);
    let lower = FrameInfo { references: [1, 4, 0], temporal: 2, more_layers: true, ..info };
    let expected = [0xfc, 0x92, 0x36, 0x40, 0x03, 0x08, 7];
    assert_eq!(plan(&mut packetizer, &[7], lower, 64), [expected]);
    let upper = FrameInfo { spatial: 1, inter_layer: true, layer_sync: true, temporal: 2, ..info };
    let expected = [0xfd, 0x92, 0x36, 0x53, 0x02, 7];
    assert_eq!(plan(&mut packetizer, &[7], upper, 64), [expected]);
}

#[test]
fn h264() {
    let mut packetizer = Packetizer::new(PayloadFormat::H264, 0);
    let frame =
        [&[0, 0, 0, 1, 0x67, 1, 2][..], &[0, 0, 1, 0x68, 3], &[0, 0, 1, 0x65], &[9; 100]].concat();
    let payloads = plan(&mut packetizer, &frame, KEY, 64);
    assert_eq!(payloads[0], [0x78, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3]);
    assert_eq!((&payloads[1][..3], payloads[1].len()), (&[0x7c, 0x85, 9][..], 52));
    assert_eq!((&payloads[2][..3], payloads[2].len()), (&[0x7c, 0x45, 9][..], 52));
    assert_eq!(plan(&mut packetizer, &[0, 0, 1, 0x41, 5], KEY, 64), [[0x41, 5]]);
    let received =
        receive(PayloadFormat::H264, &[&[0x7c, 0x85, 1], &[0x7c, 0x05, 2], &[0x7c, 0x45, 3]]);
    assert_eq!(received, Ok(vec![0, 0, 0, 1, 0x65, 1, 2, 3]));
    let open = receive(PayloadFormat::H264, &[&[0x7c, 0x85, 1], &[0x41, 2]]);
    assert_eq!(open, Err(PayloadError::Malformed));
    let open = receive(PayloadFormat::H264, &[&[0x7c, 0x85, 1]]);
    assert_eq!(open, Err(PayloadError::Truncated));
}

#[test]
fn h265() {
    let mut packetizer = Packetizer::new(PayloadFormat::H265, 0);
    let frame =
        [&[0, 0, 0, 1, 0x40, 1, 2][..], &[0, 0, 1, 0x42, 2, 3], &[0, 0, 1, 0x26, 1], &[9; 100]]
            .concat();
    let payloads = plan(&mut packetizer, &frame, KEY, 64);
    assert_eq!(payloads[0], [0x60, 1, 0, 3, 0x40, 1, 2, 0, 3, 0x42, 2, 3]);
    assert_eq!((&payloads[1][..4], payloads[1].len()), (&[0x62, 1, 0x93, 9][..], 53));
    assert_eq!((&payloads[2][..4], payloads[2].len()), (&[0x62, 1, 0x53, 9][..], 53));
}

#[test]
fn av1() {
    let mut packetizer = Packetizer::new(PayloadFormat::Av1, 0);
    // A temporal delimiter is not sent; a sequence header and a frame are.
    let frame = [obu(2, None, &[]), obu(1, None, &[1, 2]), obu(6, Some(0x28), &[3; 4])].concat();
    let payloads = plan(&mut packetizer, &frame, KEY, 64);
    assert_eq!(payloads, [[0x28, 3, 0x08, 1, 2, 0x34, 0x28, 3, 3, 3, 3]]);
    let info = FrameInfo { keyframe: false, ..KEY };
    let payloads = plan(&mut packetizer, &obu(6, None, &[5; 100]), info, 64);
    assert_eq!((&payloads[0][..3], payloads[0].len()), (&[0x50, 0x30, 5][..], 63));
    assert_eq!((&payloads[1][..2], payloads[1].len()), (&[0x90, 5][..], 40));
    let four: Vec<u8> = (0..4).flat_map(|index| obu(5, None, &[index])).collect();
    let payloads = plan(&mut packetizer, &four, info, 64);
    assert_eq!(payloads, [[0x00, 2, 0x28, 0, 2, 0x28, 1, 2, 0x28, 2, 2, 0x28, 3]]);
}

#[test]
fn av1_with_size_fields_left_in_and_delimiters() {
    let av1 = PayloadFormat::Av1;
    // W = 2: a temporal delimiter, and an OBU that has its size.
    assert_eq!(receive(av1, &[&[0x20, 1, 0x10, 0x32, 1, 9]]), Ok(vec![0x32, 1, 9]));
    assert_eq!(receive(av1, &[&[0x10, 0x32, 2, 9]]), Err(PayloadError::Malformed));
    // One OBU in three packets.
    let parts: [&[u8]; 3] = [&[0x50, 0x30, 1], &[0xd0, 2], &[0x90, 3]];
    assert_eq!(receive(av1, &parts), Ok(vec![0x32, 3, 1, 2, 3]));
    assert_eq!(receive(av1, &parts[..2]), Err(PayloadError::Truncated));
    assert_eq!(receive(av1, &parts[1..]), Err(PayloadError::Malformed));
    assert_eq!(receive(av1, &[&[0x10, 0x10]]), Err(PayloadError::Truncated), "nothing is left");
}
