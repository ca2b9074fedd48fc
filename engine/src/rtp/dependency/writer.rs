//! Descriptors of a stream of one spatial layer, as its encoder tells of its temporal layers.
//!
//! 1. A keyframe begins, with the structure. It is the same for all streams: four temporal layers
//!    and a decode target for each, as nobody says at a keyframe how many there will be. It fits an
//!    element of the one-byte form (RFC 8285 section 4.2), and has no chains for that.
//! 2. Each frame has the next number. What it refers to is what its encoder names; where that names
//!    nothing, the latest frame of each layer from its own down, or of the lowest alone where its
//!    layer begins with it.

use super::descriptor::DependencyDescriptor;
use super::structure::{DecodeTargetIndication, DependencyStructure, FrameDefinition, FrameDiffs};
use crate::rtp::format::FrameInfo;

/// Temporal layers that are told apart; those above count as the highest.
const LAYERS: usize = 4;

/// Numbers that a distance may be apart.
const DIFF_MAX: u16 = 4096;

/// Tells of one stream's frames.
///
/// ```
/// use lapwing_engine::rtp::dependency::{DependencyReader, DependencyWriter};
/// use lapwing_engine::rtp::format::FrameInfo;
/// let (mut writer, mut reader) = (DependencyWriter::new(), DependencyReader::default());
/// let upper = FrameInfo { temporal: 1, layer_sync: true, ..FrameInfo::default() };
/// assert!(writer.frame(&upper).is_none(), "no keyframe came");
/// for info in [FrameInfo { keyframe: true, ..FrameInfo::default() }, upper] {
///     let descriptor = writer.frame(&info).unwrap();
///     let mut value = Vec::new();
///     assert!(descriptor.write(writer.structure(), &mut value));
///     assert_eq!(reader.read(&value).unwrap().frame.temporal, info.temporal);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct DependencyWriter {
    structure: DependencyStructure,
    /// Of the next frame.
    number: u16,
    /// The number of the latest frame of each layer since the keyframe.
    latest: [Option<u16>; LAYERS],
    begun: bool,
}

impl Default for DependencyWriter {
    fn default() -> Self {
        DependencyWriter::new()
    }
}

impl DependencyWriter {
    /// Of a stream that begins.
    pub fn new() -> Self {
        DependencyWriter { structure: structure(), number: 0, latest: [None; LAYERS], begun: false }
    }

    /// What descriptors refer to.
    pub fn structure(&self) -> &DependencyStructure {
        &self.structure
    }

    /// The next frame, as a frame of one packet. `None` before a keyframe, and from a frame of
    /// an upper spatial layer to the next keyframe: a keyframe is needed to tell anew.
    pub fn frame(&mut self, info: &FrameInfo) -> Option<DependencyDescriptor> {
        self.begun = (self.begun || info.keyframe) && info.spatial == 0;
        if !self.begun {
            return None;
        }
        if info.keyframe {
            self.latest = [None; LAYERS];
        }
        let number = self.number;
        self.number = number.wrapping_add(1);
        let temporal = usize::from(info.temporal).min(LAYERS - 1);
        let frame = FrameDefinition {
            temporal: temporal as u8,
            targets: targets(info, temporal),
            diffs: self.diffs(info, number, temporal),
            ..FrameDefinition::default()
        };
        self.latest[temporal] = Some(number);
        Some(DependencyDescriptor {
            starts_frame: true,
            ends_frame: true,
            frame_number: number,
            frame,
            has_structure: info.keyframe,
            active_targets: None,
        })
    }

    fn diffs(&self, info: &FrameInfo, number: u16, temporal: usize) -> FrameDiffs {
        let mut diffs = FrameDiffs::default();
        let mut push = |diff: u16| {
            if (1..=DIFF_MAX).contains(&diff) && !diffs.as_slice().contains(&diff) {
                diffs.push(diff).expect("there are fewer than a frame may have");
            }
        };
        let named = info.references.iter().filter(|back| **back != 0);
        let highest = if info.layer_sync { 0 } else { temporal };
        match () {
            () if info.keyframe => {}
            () if named.clone().next().is_some() => {
                named.for_each(|back| push(u16::from(*back)));
            }
            () => {
                let latest = self.latest[..=highest].iter().rev().flatten();
                latest.for_each(|latest| push(number.wrapping_sub(*latest)));
            }
        }
        diffs
    }
}

/// What a frame is to the decode targets, of which each has one layer more than the one before.
fn targets(
    info: &FrameInfo,
    temporal: usize,
) -> [DecodeTargetIndication; super::DECODE_TARGETS_MAX] {
    use DecodeTargetIndication::{Discardable, NotPresent, Required, Switch};
    let mut targets = [NotPresent; super::DECODE_TARGETS_MAX];
    let own = &mut targets[temporal..LAYERS];
    own.fill(if info.discardable { Discardable } else { Required });
    // Of the lowest layer each frame refers to that layer alone.
    match () {
        () if info.keyframe => own.fill(Switch),
        () if !info.discardable && (info.layer_sync || temporal == 0) => own[0] = Switch,
        () => {}
    }
    targets
}

/// A keyframe, and a frame of each layer as encoders mostly make them.
fn structure() -> DependencyStructure {
    let layer = |temporal: u8, keyframe: bool, diffs: &[u16]| {
        let info = FrameInfo {
            keyframe,
            layer_sync: temporal == 1,
            discardable: temporal > 1,
            ..FrameInfo::default()
        };
        FrameDefinition {
            temporal,
            targets: targets(&info, temporal.into()),
            diffs: FrameDiffs::new(diffs).expect("distances in range"),
            ..FrameDefinition::default()
        }
    };
    DependencyStructure {
        decode_targets: LAYERS as u8,
        templates: vec![
            layer(0, true, &[]),
            layer(0, false, &[1]),
            layer(1, false, &[1]),
            layer(2, false, &[1]),
            layer(3, false, &[1]),
        ],
        ..DependencyStructure::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::DependencyReader;
    use super::*;

    fn written(writer: &mut DependencyWriter, info: &FrameInfo) -> (DependencyDescriptor, Vec<u8>) {
        let descriptor = writer.frame(info).expect("it began");
        let mut value = Vec::new();
        assert!(descriptor.write(writer.structure(), &mut value));
        (descriptor, value)
    }

    fn key() -> FrameInfo {
        FrameInfo { keyframe: true, ..FrameInfo::default() }
    }

    fn layer(temporal: u8, layer_sync: bool) -> FrameInfo {
        FrameInfo { temporal, layer_sync, ..FrameInfo::default() }
    }

    #[test]
    fn a_keyframe_fits_an_element_of_one_byte_form() {
        let (_, value) = written(&mut DependencyWriter::new(), &key());
        assert_eq!(value.len(), 15);
    }

    #[test]
    fn layers_say_what_is_needed_where_references_do_not() {
        let mut writer = DependencyWriter::new();
        let frames = [
            (key(), &[][..]),
            (layer(2, true), &[1]),
            (layer(1, true), &[2]),
            (layer(2, false), &[2, 1, 3]),
            (layer(0, false), &[4]),
            (layer(2, false), &[2, 3, 1]),
            (FrameInfo { references: [3, 5, 0], ..layer(1, false) }, &[3, 5]),
            (layer(7, false), &[2, 1, 3]),
            (key(), &[]),
            (layer(1, false), &[1]),
        ];
        for (index, (info, diffs)) in frames.into_iter().enumerate() {
            let (descriptor, _) = written(&mut writer, &info);
            assert_eq!(descriptor.frame.diffs.as_slice(), diffs, "{index}");
            assert_eq!(usize::from(descriptor.frame_number), index);
        }
    }

    #[test]
    fn spatial_layers_end_it_until_a_keyframe() {
        let mut writer = DependencyWriter::new();
        assert!(writer.frame(&layer(0, false)).is_none());
        assert!(writer.frame(&key()).is_some());
        assert!(writer.frame(&FrameInfo { spatial: 1, ..layer(0, false) }).is_none());
        assert!(writer.frame(&layer(0, false)).is_none());
        assert!(writer.frame(&key()).is_some());
    }

    proptest! {
        #[test]
        fn whatever_is_told_is_read_and_short(
            frames in prop::collection::vec(
                (any::<bool>(), any::<u8>(), any::<bool>(), any::<bool>(), any::<[u8; 3]>()),
                1..60,
            ),
        ) {
            let (mut writer, mut reader) = (DependencyWriter::new(), DependencyReader::default());
            for (index, (key, temporal, sync, discardable, references)) in
                frames.into_iter().enumerate()
            {
                let keyframe = key || index == 0;
                let info = FrameInfo {
                    keyframe,
                    temporal: if keyframe { 0 } else { temporal % 6 },
                    layer_sync: sync,
                    discardable: discardable && !keyframe,
                    references,
                    ..FrameInfo::default()
                };
                let (sent, value) = written(&mut writer, &info);
                prop_assert!(value.len() <= 16, "{}", value.len());
                let read = reader.read(&value).unwrap();
                prop_assert_eq!((read.frame, read.frame_number), (sent.frame, sent.frame_number));
                let told = read.described();
                prop_assert_eq!(told.keyframe, keyframe);
                prop_assert_eq!(told.discardable, info.discardable);
                prop_assert_eq!(told.temporal, info.temporal.min(3));
                if told.temporal > 0 && !info.discardable {
                    prop_assert_eq!(told.switch, info.layer_sync);
                }
            }
        }
    }
}
