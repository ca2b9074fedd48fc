//! Each value, written and read, and read from bytes as they are on the wire.

use std::fmt::Debug;
use std::time::Duration;

use proptest::prelude::*;

use crate::ids::{Mid, Rid};
use crate::rtp::extension::*;

fn bytes(value: &impl HeaderExtension) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out
}

/// The value has these bytes, and they are read as it.
fn is_written_as<T: HeaderExtension + Debug + PartialEq>(value: T, expected: &[u8]) {
    assert_eq!(bytes(&value), expected, "{value:?}");
    assert_eq!(T::read(expected), Some(value));
}

#[test]
fn names() {
    is_written_as(MidExtension(Mid::new("v1").unwrap()), b"v1");
    is_written_as(RtpStreamId(Rid::new("h").unwrap()), b"h");
    is_written_as(RepairedRtpStreamId(Rid::new("h").unwrap()), b"h");
    assert_eq!(MidExtension::read(b"v1\0\0"), Some(MidExtension(Mid::new("v1").unwrap())));
    assert_eq!(MidExtension::read(b"\0"), None);
    assert_eq!(MidExtension::read(b"\xff\xfe"), None);
    assert_eq!(RtpStreamId::read(&[b'r'; 17]), None);
}

#[test]
fn levels() {
    is_written_as(AudioLevel { level: -35, voice: true }, &[0x80 | 35]);
    is_written_as(AudioLevel { level: 0, voice: false }, &[0]);
    assert_eq!(bytes(&AudioLevel { level: -128, voice: false }), [127]);
    is_written_as(CsrcAudioLevels::new(&[0, -1, -127]).unwrap(), &[0, 1, 127]);
    assert_eq!(CsrcAudioLevels::new(&[]), None);
    assert_eq!(CsrcAudioLevels::read(&[0; 16]), None);
}

#[test]
fn orientations() {
    let rotation = Rotation::Deg270;
    is_written_as(VideoOrientation { back_camera: true, flipped: true, rotation }, &[0x0f]);
    is_written_as(VideoOrientation { rotation: Rotation::Deg90, ..Default::default() }, &[0x01]);
    assert_eq!(VideoOrientation::read(&[0xf0]), Some(VideoOrientation::default()));
}

#[test]
fn times() {
    is_written_as(TransportSequenceNumber(0xabcd), &[0xab, 0xcd]);
    is_written_as(AbsSendTime::new(Duration::from_millis(1_500)), &[0x06, 0, 0]);
    let late = AbsSendTime::new(Duration::from_millis(64_250));
    assert_eq!(bytes(&late), [0x01, 0, 0], "it wraps at 64 s");
    let early = AbsSendTime::new(Duration::from_millis(63_750));
    assert_eq!((late.micros_since(early), early.micros_since(late)), (500_000, -500_000));
    let (timestamp, clock_offset) = (0x0102_0304_0506_0708, None);
    is_written_as(AbsCaptureTime { timestamp, clock_offset }, &[1, 2, 3, 4, 5, 6, 7, 8]);
    let clock_offset = Some(-1);
    let written = [1, 2, 3, 4, 5, 6, 7, 8, 255, 255, 255, 255, 255, 255, 255, 255];
    is_written_as(AbsCaptureTime { timestamp, clock_offset }, &written);
    let (min, max) = (Duration::from_millis(100), Duration::from_millis(40_950));
    is_written_as(PlayoutDelay::new(min, max).unwrap(), &[0x00, 0xaf, 0xff]);
    assert_eq!(PlayoutDelay::new(max, min), None);
    assert_eq!(PlayoutDelay::read(&[0xff, 0xf0, 0x00]), None);
    is_written_as(TransmissionOffset::new(-2), &[0xff, 0xff, 0xfe]);
    is_written_as(TransmissionOffset::new(i32::MAX), &[0x7f, 0xff, 0xff]);
}

#[test]
fn pictures() {
    is_written_as(VideoContentType::Screen, &[1]);
    assert_eq!(VideoContentType::read(&[0x04]), Some(VideoContentType::Unspecified));
    let timing =
        VideoTiming { flags: 1, encode_start_ms: 2, network2_ms: 0x1234, ..Default::default() };
    is_written_as(timing, &[1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34]);
    let old = VideoTiming::read(&[0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34]);
    assert_eq!(old, Some(VideoTiming { flags: 0, ..timing }));
    let color =
        ColorSpace { primaries: 1, transfer: 13, matrix: 6, range: 1, ..Default::default() };
    is_written_as(ColorSpace { chroma_siting: (2, 1), ..color }, &[1, 13, 6, 0x19]);
    let hdr = HdrMetadata { luminance_max: 1_000, chromaticity: [(1, 2); 4], ..Default::default() };
    let color = ColorSpace { hdr: Some(hdr), ..color };
    let written = bytes(&color);
    assert_eq!(
        (written.len(), &written[4..6], &written[8..12]),
        (28, &[3, 232][..], &[0, 1, 0, 2][..])
    );
    assert_eq!(ColorSpace::read(&written), Some(color));
    assert_eq!(ColorSpace::read(&written[..27]), None);
}

fn layer(temporal_layers: u8, kbps: &[u32], resolution: Option<(u32, u32, u8)>) -> AllocatedLayer {
    let mut targets_kbps = [0; ALLOCATED_LAYERS_MAX];
    targets_kbps[..kbps.len()].copy_from_slice(kbps);
    let resolution = resolution.map(|(width, height, framerate)| AllocatedResolution {
        width,
        height,
        framerate,
    });
    AllocatedLayer { temporal_layers, targets_kbps, resolution }
}

#[test]
fn allocations_of_one_shape() {
    let mut allocation =
        VideoLayersAllocation { stream: 1, streams: 2, ..VideoLayersAllocation::default() };
    allocation.layers[0][0] = Some(layer(2, &[100, 300], Some((320, 180, 15))));
    allocation.layers[1][0] = Some(layer(1, &[1_000], Some((640, 360, 30))));
    let written = [
        0x51, // stream 1 of 2, the lowest spatial layer of both
        0x40, // two temporal layers, then one
        100, 0xac, 0x02, 0xe8, 0x07, // 100, 300, 1,000
        0x01, 0x3f, 0x00, 0xb3, 15, 0x02, 0x7f, 0x01, 0x67, 30,
    ];
    is_written_as(allocation, &written);
    let target = allocation.layers[0][0].map(|layer| layer.target().as_bps());
    assert_eq!(target, Some(300_000));
}

#[test]
fn allocations_of_several_shapes() {
    let mut allocation =
        VideoLayersAllocation { stream: 0, streams: 3, ..VideoLayersAllocation::default() };
    allocation.layers[0][0] = Some(layer(1, &[50], None));
    allocation.layers[0][1] = Some(layer(3, &[60, 70, 80], None));
    allocation.layers[2][0] = Some(layer(1, &[90], None));
    is_written_as(allocation, &[0x20, 0x30, 0x10, 0x20, 50, 60, 70, 80, 90]);
    is_written_as(VideoLayersAllocation::default(), &[0]);
    let nothing = VideoLayersAllocation::read(&[0x40, 0]);
    assert_eq!(nothing, Some(VideoLayersAllocation::default()), "whichever stream says so");
}

/// What is read is written as bytes that are read the same.
fn settles<T: HeaderExtension + Debug + PartialEq>(value: &[u8]) -> Result<(), TestCaseError> {
    if let Some(read) = T::read(value) {
        prop_assert_eq!(T::read(&bytes(&read)), Some(read));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_not(value in prop::collection::vec(any::<u8>(), 0..64)) {
        settles::<MidExtension>(&value)?;
        settles::<RtpStreamId>(&value)?;
        settles::<RepairedRtpStreamId>(&value)?;
        settles::<AudioLevel>(&value)?;
        settles::<CsrcAudioLevels>(&value)?;
        settles::<VideoOrientation>(&value)?;
        settles::<TransportSequenceNumber>(&value)?;
        settles::<AbsSendTime>(&value)?;
        settles::<AbsCaptureTime>(&value)?;
        settles::<PlayoutDelay>(&value)?;
        settles::<VideoContentType>(&value)?;
        settles::<VideoTiming>(&value)?;
        settles::<ColorSpace>(&value)?;
        settles::<VideoLayersAllocation>(&value)?;
        settles::<TransmissionOffset>(&value)?;
    }
}
