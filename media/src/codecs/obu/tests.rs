use super::*;
use proptest::prelude::*;

fn obu(kind: u8, payload: &[u8]) -> Obu<'_> {
    Obu { kind, extension: None, payload }
}

#[test]
fn delimiters_go_and_sizes_come() {
    // A delimiter, then a frame OBU (type 6) without size.
    let unit = [0x12, 0x00, 0x30, 0xaa, 0xbb];
    assert_eq!(normalise(&unit).unwrap(), [0x32, 0x02, 0xaa, 0xbb]);
    // With an extension, kept.
    let unit = [0x34, 0x28, 0xaa];
    assert_eq!(normalise(&unit).unwrap(), [0x36, 0x28, 0x01, 0xaa]);
}

#[test]
fn long_sizes_survive() {
    for length in [0, 1, 127, 128, 16_383, 16_384, 70_000] {
        let payload = vec![7; length];
        let mut bytes = Vec::new();
        write(obu(6, &payload), &mut bytes);
        assert_eq!(parse(&bytes).unwrap(), [obu(6, &payload)]);
        assert_eq!(normalise(&bytes).unwrap(), bytes);
    }
}

#[test]
fn errors_name_the_offset() {
    assert_eq!(parse(&[0x12, 0x00, 0x32, 0x05, 1]), Err(ObuError::Truncated { offset: 2 }));
    assert_eq!(parse(&[0x80]), Err(ObuError::Forbidden { offset: 0 }));
    assert_eq!(parse(&[0x36]), Err(ObuError::Truncated { offset: 0 }));
    assert_eq!(parse(&[0x32, 0x80]), Err(ObuError::Truncated { offset: 0 }));
    let oversized = [0x32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(parse(&oversized), Err(ObuError::Size { offset: 0 }));
    let flood: Vec<u8> = [0x12, 0x00].repeat(MAX_OBUS + 1);
    assert_eq!(parse(&flood), Err(ObuError::TooMany));
}

proptest! {
    #[test]
    fn no_bytes_panic(data in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = sequence_header(&data);
        if let Ok(normal) = normalise(&data) {
            prop_assert_eq!(normalise(&normal).unwrap(), normal);
        }
    }

    #[test]
    fn no_sequence_header_panics(payload in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut unit = Vec::new();
        write(obu(SEQUENCE_HEADER, &payload), &mut unit);
        prop_assert!(has_sequence_header(&unit));
        if let Ok(Some((header, _))) = sequence_header(&unit) {
            prop_assert!(header.width >= 1 && header.width <= 65_536);
        }
    }
}
