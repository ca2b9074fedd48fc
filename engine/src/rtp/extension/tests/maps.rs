//! Identifiers and what they mean.

use crate::rtp::extension::{
    AudioLevel, EXTENSIONS_MAX, ElementForm, Elements, ExtensionKind, ExtensionMap,
    ExtensionMapError, TransportSequenceNumber,
};

#[test]
fn every_known_extension_is_found_by_its_uri() {
    for (index, kind) in ExtensionKind::ALL.iter().enumerate() {
        assert_eq!(*kind as usize, index);
        assert_eq!(ExtensionKind::of(kind.uri()), Some(*kind));
        let map = ExtensionMap::new([(7, kind.uri())]).unwrap();
        assert_eq!((map.kind(7), map.id(*kind)), (Some(*kind), Some(7)));
        assert_eq!(map.uri(7), Some(kind.uri()));
    }
}

#[test]
fn an_identifier_has_one_meaning() {
    let (level, mid) = (ExtensionKind::AudioLevel.uri(), ExtensionKind::Mid.uri());
    let map = |pairs: &[(u8, &str)]| ExtensionMap::new(pairs.iter().copied());
    assert_eq!(map(&[(0, mid)]), Err(ExtensionMapError::Id(0)));
    assert_eq!(map(&[(1, mid), (1, level)]), Err(ExtensionMapError::Taken(1)));
    assert_eq!(map(&[(1, mid), (2, mid)]), Err(ExtensionMapError::Taken(2)));
    assert_eq!(map(&[(1, "x:a"), (1, "x:b")]), Err(ExtensionMapError::Taken(1)));
    assert_eq!(map(&[(1, mid), (1, mid)]).map(|map| map.len()), Ok(1));
    assert_eq!(map(&[(1, &"x".repeat(257))]), Err(ExtensionMapError::TooMuch));
    let many: Vec<(u8, String)> = (1..=255).map(|id| (id, format!("x:{id}"))).collect();
    let first = |count: usize| {
        ExtensionMap::new(many.iter().take(count).map(|(id, uri)| (*id, uri.as_str())))
    };
    assert_eq!(first(EXTENSIONS_MAX).map(|map| map.len()), Ok(EXTENSIONS_MAX));
    assert_eq!(first(EXTENSIONS_MAX + 1), Err(ExtensionMapError::TooMuch));
}

#[test]
fn custom_ones_are_bytes() {
    let map = ExtensionMap::new([(3, "urn:example:own"), (20, "urn:example:far")]).unwrap();
    assert_eq!(map.custom(3), Some("urn:example:own"));
    assert_eq!(map.custom_id("urn:example:far"), Some(20));
    assert_eq!(map.custom_id("urn:example:none"), None);
    assert_eq!(map.kind(3), None);
}

#[test]
fn the_form_fits_what_was_agreed_on() {
    let map = |id| ExtensionMap::new([(id, "urn:example:own")]).unwrap();
    assert_eq!(map(14).form(false), ElementForm::OneByte);
    assert_eq!(map(15).form(false), ElementForm::TwoByte);
    assert_eq!(map(15).form(true), ElementForm::Mixed);
}

#[test]
fn elements_end_where_they_are_damaged() {
    // 15 ends an extension (RFC 8285 section 4.2), and 0 with a length is nothing.
    let elements = |data| Elements::new(0xbede, data).collect::<Vec<_>>();
    assert_eq!(elements(&[0x10, 1, 0xf0, 2, 0x20, 3]), [(1, &[1][..])]);
    assert_eq!(elements(&[0x10, 1, 0x01, 2, 3, 0x20, 3]), [(1, &[1][..])]);
    assert_eq!(elements(&[0x10, 1, 0, 0, 0x21, 3]), [(1, &[1][..])]);
    assert_eq!(elements(&[0, 0, 0x21, 3, 4]), [(2, &[3, 4][..])]);
    let two = Elements::new(0x1003, &[1, 0, 200, 2, 5, 6, 3, 9]).collect::<Vec<_>>();
    assert_eq!(two, [(1, &[][..]), (200, &[5, 6][..])]);
    assert_eq!(Elements::new(0x1234, &[0x10, 1]).count(), 0);
}

#[test]
fn one_of_several_is_read() {
    let level = ExtensionKind::AudioLevel.uri();
    let map = ExtensionMap::new([(2, level), (3, ExtensionKind::TransportSequenceNumber.uri())]);
    let map = map.unwrap();
    let elements = Elements::new(0xbede, &[0x20, 0x81, 0x31, 1, 2, 0x20, 0x05]);
    let level = AudioLevel { level: -1, voice: true };
    assert_eq!(map.read(elements.clone()), Some(level));
    assert_eq!(map.read(elements.clone()), Some(TransportSequenceNumber(0x102)));
    assert_eq!(map.find(ExtensionKind::Mid, elements), None);
}
