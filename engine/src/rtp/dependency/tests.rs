//! Structures of the AV1 RTP specification's appendix, written by hand.

use proptest::prelude::*;

use super::DecodeTargetIndication::{Discardable, NotPresent, Required, Switch};
use super::*;

/// Spatial and temporal layer, indications, differences and chains of a template.
type Row<'a> = (u8, u8, &'a str, &'a [u16], &'a [u8]);

/// Lines as the specification's tables have them: layers, indications, distances, chains.
fn structure(decode_targets: u8, protected_by: &[u8], rows: &[Row<'_>]) -> DependencyStructure {
    let mut structure = DependencyStructure {
        decode_targets,
        chains: protected_by.iter().max().map_or(0, |chain| chain + 1),
        ..DependencyStructure::default()
    };
    structure.protected_by[..protected_by.len()].copy_from_slice(protected_by);
    for (spatial, temporal, targets, diffs, chain_diffs) in rows {
        let mut template = FrameDefinition {
            spatial: *spatial,
            temporal: *temporal,
            diffs: FrameDiffs::new(diffs).unwrap(),
            ..FrameDefinition::default()
        };
        for (target, letter) in template.targets.iter_mut().zip(targets.chars()) {
            *target = match letter {
                'D' => Discardable,
                'S' => Switch,
                'R' => Required,
                _ => NotPresent,
            };
        }
        template.chain_diffs[..chain_diffs.len()].copy_from_slice(chain_diffs);
        structure.templates.push(template);
    }
    structure
}

/// L1T3: three temporal layers.
fn l1t3() -> DependencyStructure {
    structure(
        3,
        &[0, 0, 0],
        &[
            (0, 0, "SSS", &[], &[0]),
            (0, 0, "SSS", &[4], &[4]),
            (0, 1, "-DS", &[2], &[2]),
            (0, 2, "--D", &[1], &[1]),
            (0, 2, "--D", &[1], &[3]),
        ],
    )
}

/// L3T3_KEY: three spatial layers that refer to each other at keyframes only.
fn l3t3_key() -> DependencyStructure {
    structure(
        9,
        &[0, 0, 0, 1, 1, 1, 2, 2, 2],
        &[
            (0, 0, "SSSSSSSSS", &[], &[0, 0, 0]),
            (0, 0, "SSS------", &[12], &[12, 11, 10]),
            (0, 1, "-DS------", &[6], &[6, 5, 4]),
            (0, 2, "--D------", &[3], &[3, 2, 1]),
            (0, 2, "--D------", &[3], &[9, 8, 7]),
            (1, 0, "---SSSSSS", &[1], &[1, 1, 1]),
            (1, 0, "---SSS---", &[12], &[1, 12, 11]),
            (1, 1, "----DS---", &[6], &[7, 6, 5]),
            (1, 2, "-----D---", &[3], &[4, 3, 2]),
            (1, 2, "-----D---", &[3], &[10, 9, 8]),
            (2, 0, "------SSS", &[1], &[2, 1, 1]),
            (2, 0, "------SSS", &[12], &[2, 1, 12]),
            (2, 1, "-------DS", &[6], &[8, 7, 6]),
            (2, 2, "--------D", &[3], &[5, 4, 3]),
            (2, 2, "--------D", &[3], &[11, 10, 9]),
        ],
    )
}

fn descriptor(structure: &DependencyStructure, template: usize) -> DependencyDescriptor {
    DependencyDescriptor {
        starts_frame: true,
        ends_frame: true,
        frame_number: 0x1234,
        frame: structure.templates[template],
        has_structure: false,
        active_targets: None,
    }
}

fn write(descriptor: &DependencyDescriptor, structure: &DependencyStructure) -> Vec<u8> {
    let mut out = Vec::new();
    assert!(descriptor.write(structure, &mut out));
    out
}

/// A reader that has the structure.
fn reader(structure: &DependencyStructure) -> DependencyReader {
    let mut reader = DependencyReader::default();
    let first = DependencyDescriptor { has_structure: true, ..descriptor(structure, 0) };
    let read = reader.read(&write(&first, structure)).unwrap();
    assert_eq!((read.has_structure, read.active_targets), (true, Some(structure.all_targets())));
    reader
}

/// `1 0 ...` as bytes, the last filled up with zeros.
fn bits(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|bit| bit - b'0').collect();
    let byte =
        |bits: &[u8]| (0..8).fold(0, |byte, at| byte << 1 | bits.get(at).copied().unwrap_or(0));
    bits.chunks(8).map(byte).collect()
}

#[test]
fn a_structure_of_one_spatial_layer_bit_by_bit() {
    let structure = l1t3();
    let mut first = DependencyDescriptor { has_structure: true, ..descriptor(&structure, 0) };
    first.ends_frame = false;
    let expected = bits(
        "1 0 000000 0001001000110100 10000 \
         000000 00010 \
         00 01 01 00 11 \
         101010 101010 000110 000001 000001 \
         0 1 0011 0 1 0001 0 1 0000 0 1 0000 0 \
         01 \
         0000 0100 0010 0001 0011 \
         0",
    );
    assert_eq!(write(&first, &structure), expected);
    let mut reader = DependencyReader::default();
    let read = reader.read(&expected).unwrap();
    assert_eq!(read.frame, structure.templates[0]);
    assert!(read.starts_frame && !read.ends_frame && read.has_structure);
    assert_eq!(reader.structure(), Some(&structure));
    assert_eq!(reader.active_targets(), 0b111);
}

#[test]
fn packets_after_it_need_three_bytes() {
    for structure in [l1t3(), l3t3_key()] {
        let mut reader = reader(&structure);
        for template in 0..structure.templates.len() {
            let sent = descriptor(&structure, template);
            let written = write(&sent, &structure);
            assert_eq!(written.len(), 3);
            assert_eq!(reader.read(&written), Ok(sent));
        }
    }
}

#[test]
fn a_structure_of_three_spatial_layers_survives() {
    let mut structure = l3t3_key();
    structure.template_id_offset = 60;
    structure.resolutions = vec![(320, 180), (640, 360), (1 << 16, 1)];
    let reader = reader(&structure);
    assert_eq!(reader.structure(), Some(&structure));
    assert_eq!(reader.active_targets(), 0x1ff);
    assert_eq!(structure.template((60 + 5) % 64).map(|template| template.spatial), Some(1));
    assert_eq!(structure.template(20), None);
    assert_eq!(structure.spatial_layers(), 3);
}

#[test]
fn a_frame_may_differ_from_its_template() {
    let structure = l3t3_key();
    let mut reader = reader(&structure);
    let mut sent = descriptor(&structure, 7);
    sent.active_targets = Some(0b1_0101);
    sent.frame.targets[4] = Required;
    sent.frame.diffs = FrameDiffs::new(&[1, 16, 17, 256, 257, 4096]).unwrap();
    sent.frame.chain_diffs[..3].copy_from_slice(&[200, 0, 17]);
    assert_eq!(reader.read(&write(&sent, &structure)), Ok(sent));
    assert_eq!(reader.active_targets(), 0b1_0101);
    let references: Vec<u16> = sent.described().references().collect();
    assert_eq!(references[..2], [0x1233, 0x1224]);
}

#[test]
fn what_cannot_be_understood_changes_nothing() {
    let structure = l1t3();
    let mut reader = reader(&structure);
    let second = DependencyDescriptor { has_structure: true, ..descriptor(&l3t3_key(), 0) };
    let second = write(&second, &l3t3_key());
    for cut in 0..second.len() - 1 {
        // Three bytes alone are a descriptor of the structure before.
        if cut != 3 {
            assert_eq!(reader.read(&second[..cut]), Err(DependencyError::Truncated), "{cut}");
        }
    }
    assert_eq!(reader.structure(), Some(&structure));
    assert_eq!(reader.read(&[0x80 | 5, 0, 0]), Err(DependencyError::UnknownTemplate));
    assert_eq!(
        DependencyReader::default().read(&[0x80, 0, 0]),
        Err(DependencyError::UnknownTemplate)
    );
}

#[test]
fn what_is_no_structure_is_not_written() {
    let mut out = Vec::new();
    let good = l1t3();
    let sent = descriptor(&good, 0);
    let mut broken = [good.clone(), good.clone(), good.clone(), good.clone(), good.clone()];
    broken[0].decode_targets = 0;
    broken[1].templates.swap(0, 4);
    broken[2].templates[1].diffs = FrameDiffs::new(&[17]).unwrap();
    broken[3].chains = 4;
    broken[4].resolutions = vec![(1, 1), (2, 2)];
    for structure in &broken {
        assert!(!sent.write(structure, &mut out));
    }
    let mut other = sent;
    other.frame.spatial = 1;
    assert!(!other.write(&good, &mut out), "no template has these layers");
    assert_eq!(out, [0; 0]);
    assert_eq!(FrameDiffs::new(&[0]), None);
    assert_eq!(FrameDiffs::new(&[1; FRAME_DIFFS_MAX + 1]), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_not(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..5)) {
        let mut reader = reader(&l1t3());
        for value in values {
            let Ok(read) = reader.read(&value) else { continue };
            let structure = reader.structure().expect("it was read by one").clone();
            prop_assert!(structure.templates.len() <= TEMPLATES_MAX);
            // Ones that no encoder writes are read, and not written.
            let mut out = Vec::new();
            if read.write(&structure, &mut out) {
                let again = reader.read(&out).unwrap();
                prop_assert_eq!((again.frame, again.frame_number), (read.frame, read.frame_number));
            }
        }
    }
}
