//! The dependency descriptor of a packet (AV1 RTP specification appendix A.8.1).
//!
//! 1. Three bytes that each packet has: whether its frame begins and ends with it, the template,
//!    the frame's number.
//! 2. Where there is more: the structure itself, decode targets that are sent, and what of the
//!    frame differs from its template.

use super::bits::{BitReader, BitWriter};
use super::error::DependencyError;
use super::structure::{DecodeTargetIndication, DependencyStructure, FrameDefinition, FrameDiffs};

/// Bytes that each descriptor has.
const MANDATORY_BYTES: usize = 3;

/// What a packet's descriptor tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DependencyDescriptor {
    /// The packet is the first of its frame.
    pub starts_frame: bool,
    /// The packet is the last of its frame.
    pub ends_frame: bool,
    /// The frame's number, 16 bits.
    pub frame_number: u16,
    /// The frame.
    pub frame: FrameDefinition,
    /// A structure came with it: a keyframe, or a change of layers at one.
    pub has_structure: bool,
    /// Decode targets that are sent, a bit each, from here on; where the packet tells.
    pub active_targets: Option<u32>,
}

/// What each descriptor tells whether or not its structure is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescriptorHead {
    /// The packet is the first of its frame.
    pub starts_frame: bool,
    /// The packet is the last of its frame.
    pub ends_frame: bool,
    /// The frame's number.
    pub frame_number: u16,
    /// A structure follows.
    pub has_structure: bool,
}

impl DescriptorHead {
    /// Reads it; `None` for what is too short.
    ///
    /// ```
    /// use lapwing_engine::rtp::dependency::DescriptorHead;
    /// let head = DescriptorHead::read(&[0x80, 0, 7]).unwrap();
    /// assert!(head.starts_frame && !head.ends_frame && !head.has_structure);
    /// assert_eq!(head.frame_number, 7);
    /// ```
    pub fn read(value: &[u8]) -> Option<Self> {
        let (&[head, high, low], more) = value.split_first_chunk::<MANDATORY_BYTES>()?;
        Some(DescriptorHead {
            starts_frame: head & 0x80 != 0,
            ends_frame: head & 0x40 != 0,
            frame_number: u16::from_be_bytes([high, low]),
            has_structure: more.first().is_some_and(|flags| flags & 0x80 != 0),
        })
    }
}

/// Reads the descriptors of one stream, and keeps the structure that they refer to.
///
/// Only packets that were authenticated are shown to it.
///
/// ```
/// use lapwing_engine::rtp::dependency::{DependencyError, DependencyReader};
/// let mut reader = DependencyReader::default();
/// // A packet in the midst of a stream whose structure did not come.
/// assert_eq!(reader.read(&[0x80, 0, 1]), Err(DependencyError::UnknownTemplate));
/// ```
#[derive(Clone, Debug, Default)]
pub struct DependencyReader {
    structure: Option<Box<DependencyStructure>>,
    active_targets: u32,
}

impl DependencyReader {
    /// The structure that came last.
    pub fn structure(&self) -> Option<&DependencyStructure> {
        self.structure.as_deref()
    }

    /// Decode targets that are sent, a bit each.
    pub fn active_targets(&self) -> u32 {
        self.active_targets
    }

    /// Reads a packet's descriptor. After an error nothing changed.
    pub fn read(&mut self, value: &[u8]) -> Result<DependencyDescriptor, DependencyError> {
        let mut bits = BitReader::new(value);
        let head = bits.bits(8).ok_or(DependencyError::Truncated)?;
        let frame_number = bits.bits(16).ok_or(DependencyError::Truncated)? as u16;
        let flags = match value.len() > MANDATORY_BYTES {
            true => bits.byte(5).ok_or(DependencyError::Truncated)?,
            false => 0,
        };
        let structure = match flags & 0b10000 != 0 {
            true => Some(DependencyStructure::read(&mut bits)?),
            false => None,
        };
        let known = structure.as_ref().or(self.structure.as_deref());
        let known = known.ok_or(DependencyError::UnknownTemplate)?;
        let mut active_targets = structure.as_ref().map(DependencyStructure::all_targets);
        if flags & 0b1000 != 0 {
            let told = bits.bits(known.decode_targets.into());
            active_targets = Some(told.ok_or(DependencyError::Truncated)?);
        }
        let template = known.template(head as u8 & 0x3f);
        let mut frame = *template.ok_or(DependencyError::UnknownTemplate)?;
        read_custom(&mut frame, known, flags, &mut bits)?;
        let has_structure = structure.is_some();
        if let Some(structure) = structure {
            self.structure = Some(Box::new(structure));
        }
        self.active_targets = active_targets.unwrap_or(self.active_targets);
        Ok(DependencyDescriptor {
            starts_frame: head & 0x80 != 0,
            ends_frame: head & 0x40 != 0,
            frame_number,
            frame,
            has_structure,
            active_targets,
        })
    }
}

/// What of the frame differs from its template.
fn read_custom(
    frame: &mut FrameDefinition,
    structure: &DependencyStructure,
    flags: u8,
    bits: &mut BitReader<'_>,
) -> Result<(), DependencyError> {
    if flags & 0b100 != 0 {
        for target in &mut frame.targets[..usize::from(structure.decode_targets)] {
            let told = bits.byte(2).ok_or(DependencyError::Truncated)?;
            *target = DecodeTargetIndication::of(told);
        }
    }
    if flags & 0b10 != 0 {
        frame.diffs = FrameDiffs::default();
        loop {
            let size = bits.byte(2).ok_or(DependencyError::Truncated)?;
            if size == 0 {
                break;
            }
            let less_one = bits.bits(4 * usize::from(size)).ok_or(DependencyError::Truncated)?;
            frame.diffs.push(less_one as u16 + 1)?;
        }
    }
    if flags & 0b1 != 0 {
        for diff in &mut frame.chain_diffs[..usize::from(structure.chains)] {
            *diff = bits.byte(8).ok_or(DependencyError::Truncated)?;
        }
    }
    Ok(())
}

impl DependencyDescriptor {
    /// Appends it to `out`, with the structure where [`Self::has_structure`] says so. False, and
    /// nothing written, where the structure has no template of the frame's layers or cannot be
    /// written itself.
    pub fn write(&self, structure: &DependencyStructure, out: &mut Vec<u8>) -> bool {
        let Some((index, differs)) = self.nearest_template(structure) else { return false };
        let id = (structure.template_id_offset + index) & 0x3f;
        let active = match self.active_targets {
            // The structure says that all are.
            Some(all) if self.has_structure && all == structure.all_targets() => None,
            told => told,
        };
        let flags = u8::from(self.has_structure) << 4 | u8::from(active.is_some()) << 3 | differs;
        let mut bits = BitWriter::new(out);
        bits.flag(self.starts_frame);
        bits.flag(self.ends_frame);
        bits.bits(6, id.into());
        bits.bits(16, self.frame_number.into());
        if flags == 0 {
            return true;
        }
        bits.bits(5, flags.into());
        if self.has_structure {
            structure.write(&mut bits);
        }
        if let Some(active) = active {
            bits.bits(structure.decode_targets.into(), active);
        }
        self.write_custom(structure, differs, &mut bits);
        true
    }

    /// The template that the fewest parts of the frame differ from, and which those are, as flags.
    fn nearest_template(&self, structure: &DependencyStructure) -> Option<(u8, u8)> {
        if !structure.is_valid() {
            return None;
        }
        let layers = |frame: &FrameDefinition| (frame.spatial, frame.temporal);
        let fitting = structure.templates.iter().enumerate();
        let fitting = fitting.filter(|(_, template)| layers(template) == layers(&self.frame));
        let targets = usize::from(structure.decode_targets);
        let chains = usize::from(structure.chains);
        fitting
            .map(|(index, template)| {
                let frame = &self.frame;
                let targets = template.targets[..targets] != frame.targets[..targets];
                let diffs = template.diffs != frame.diffs;
                let chains = template.chain_diffs[..chains] != frame.chain_diffs[..chains];
                (index as u8, u8::from(targets) << 2 | u8::from(diffs) << 1 | u8::from(chains))
            })
            .min_by_key(|(_, differs)| differs.count_ones())
    }

    fn write_custom(&self, structure: &DependencyStructure, differs: u8, bits: &mut BitWriter<'_>) {
        if differs & 0b100 != 0 {
            for target in &self.frame.targets[..usize::from(structure.decode_targets)] {
                bits.bits(2, *target as u32);
            }
        }
        if differs & 0b10 != 0 {
            for diff in self.frame.diffs.as_slice() {
                let less_one = u32::from(*diff) - 1;
                let size = (32 - less_one.leading_zeros()).div_ceil(4).max(1);
                bits.bits(2, size);
                bits.bits(4 * size as usize, less_one);
            }
            bits.bits(2, 0);
        }
        if differs & 0b1 != 0 {
            for diff in &self.frame.chain_diffs[..usize::from(structure.chains)] {
                bits.bits(8, (*diff).into());
            }
        }
    }

    /// What the assembly of frames needs of it.
    pub fn described(&self) -> DescribedFrame {
        let is = |one: DecodeTargetIndication| self.frame.targets.contains(&one);
        let needed = is(DecodeTargetIndication::Switch) || is(DecodeTargetIndication::Required);
        DescribedFrame {
            number: self.frame_number,
            starts: self.starts_frame,
            ends: self.ends_frame,
            spatial: self.frame.spatial,
            temporal: self.frame.temporal,
            diffs: self.frame.diffs,
            keyframe: self.has_structure,
            switch: is(DecodeTargetIndication::Switch),
            discardable: is(DecodeTargetIndication::Discardable) && !needed,
        }
    }
}

/// A frame as its references go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescribedFrame {
    /// Its number.
    pub number: u16,
    /// The packet is its first.
    pub starts: bool,
    /// The packet is its last.
    pub ends: bool,
    /// Its spatial layer.
    pub spatial: u8,
    /// Its temporal layer.
    pub temporal: u8,
    /// How many frames before it those are that it refers to.
    pub diffs: FrameDiffs,
    /// A structure came with it.
    pub keyframe: bool,
    /// A receiver may turn to a decode target with it.
    pub switch: bool,
    /// No other frame of any decode target refers to it.
    pub discardable: bool,
}

impl DescribedFrame {
    /// The numbers of the frames that it refers to.
    pub fn references(&self) -> impl Iterator<Item = u16> + '_ {
        self.diffs.as_slice().iter().map(|diff| self.number.wrapping_sub(*diff))
    }
}
