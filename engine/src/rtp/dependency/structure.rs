//! The template dependency structure: what frames of a stream look like (AV1 RTP specification
//! appendix A.8.2), sent with keyframes.

use super::bits::{BitReader, BitWriter};
use super::error::DependencyError;

/// Templates of a structure: their identifiers have six bits.
pub const TEMPLATES_MAX: usize = 64;

/// Decode targets of a structure: their count has five bits.
pub const DECODE_TARGETS_MAX: usize = 32;

/// Frames that a frame refers to. AV1's refers to seven pictures at most (its specification section
/// 6.10.2), other codecs' to fewer.
pub const FRAME_DIFFS_MAX: usize = 8;

/// Spatial layers, by the two bits that other parts of RTP have for them.
const SPATIAL_LAYERS_MAX: usize = 4;

/// What a frame is to a decode target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecodeTargetIndication {
    /// No part of it.
    #[default]
    NotPresent,
    /// A part that nothing in it refers to.
    Discardable,
    /// A part at which a receiver may turn to it.
    Switch,
    /// Needed by later frames of it.
    Required,
}

impl DecodeTargetIndication {
    pub(super) fn of(bits: u8) -> Self {
        match bits & 0b11 {
            0 => DecodeTargetIndication::NotPresent,
            1 => DecodeTargetIndication::Discardable,
            2 => DecodeTargetIndication::Switch,
            _ => DecodeTargetIndication::Required,
        }
    }
}

/// How many frames before a frame those are that it refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameDiffs {
    diffs: [u16; FRAME_DIFFS_MAX],
    len: u8,
}

impl FrameDiffs {
    /// `None` for more than [`FRAME_DIFFS_MAX`], or one outside of 1 to 4,096.
    pub fn new(diffs: &[u16]) -> Option<Self> {
        let mut kept = FrameDiffs::default();
        diffs.iter().try_for_each(|diff| kept.push(*diff)).ok()?;
        Some(kept)
    }

    /// The distances.
    pub fn as_slice(&self) -> &[u16] {
        &self.diffs[..usize::from(self.len)]
    }

    pub(super) fn push(&mut self, diff: u16) -> Result<(), DependencyError> {
        let place = self.diffs.get_mut(usize::from(self.len));
        let place = place.filter(|_| (1..=4096).contains(&diff));
        *place.ok_or(DependencyError::TooManyReferences)? = diff;
        self.len += 1;
        Ok(())
    }
}

/// What a frame is, as a template has it or as it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameDefinition {
    /// Its spatial layer.
    pub spatial: u8,
    /// Its temporal layer.
    pub temporal: u8,
    /// What it is to each decode target; as many count as there are.
    pub targets: [DecodeTargetIndication; DECODE_TARGETS_MAX],
    /// What it refers to.
    pub diffs: FrameDiffs,
    /// For each chain how many frames before the last frame of it is, 0 for none; as many count as
    /// there are.
    pub chain_diffs: [u8; DECODE_TARGETS_MAX],
}

/// What frames of a stream look like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DependencyStructure {
    /// The identifier of the first template.
    pub template_id_offset: u8,
    /// Decode targets, 1 to 32.
    pub decode_targets: u8,
    /// Chains, at most as many as decode targets.
    pub chains: u8,
    /// The chain of each decode target, where there are chains.
    pub protected_by: [u8; DECODE_TARGETS_MAX],
    /// Templates, by spatial layer and within that by temporal layer.
    pub templates: Vec<FrameDefinition>,
    /// Width and height of each spatial layer, where they are told.
    pub resolutions: Vec<(u32, u32)>,
}

impl DependencyStructure {
    /// All decode targets.
    pub fn all_targets(&self) -> u32 {
        u32::MAX >> (DECODE_TARGETS_MAX - usize::from(self.decode_targets.clamp(1, 32)))
    }

    /// The template of an identifier.
    pub fn template(&self, id: u8) -> Option<&FrameDefinition> {
        let index = id.wrapping_sub(self.template_id_offset) & 0x3f;
        self.templates.get(usize::from(index))
    }

    /// Spatial layers that templates have.
    pub fn spatial_layers(&self) -> u8 {
        self.templates.iter().map(|template| template.spatial + 1).max().unwrap_or(0)
    }

    pub(super) fn read(bits: &mut BitReader<'_>) -> Result<Self, DependencyError> {
        let mut structure = DependencyStructure {
            template_id_offset: bits.byte(6).ok_or(DependencyError::Truncated)?,
            decode_targets: bits.byte(5).ok_or(DependencyError::Truncated)? + 1,
            ..DependencyStructure::default()
        };
        structure.read_layers(bits)?;
        structure.read_targets(bits).ok_or(DependencyError::Truncated)?;
        structure.read_diffs(bits)?;
        structure.read_chains(bits)?;
        structure.read_resolutions(bits).ok_or(DependencyError::Truncated)?;
        Ok(structure)
    }

    fn read_layers(&mut self, bits: &mut BitReader<'_>) -> Result<(), DependencyError> {
        let (mut spatial, mut temporal) = (0, 0);
        loop {
            if self.templates.len() == TEMPLATES_MAX {
                return Err(DependencyError::TooManyTemplates);
            }
            let template = FrameDefinition { spatial, temporal, ..FrameDefinition::default() };
            self.templates.push(template);
            match bits.byte(2).ok_or(DependencyError::Truncated)? {
                0 => {}
                1 => temporal += 1,
                2 => (spatial, temporal) = (spatial + 1, 0),
                _ => return Ok(()),
            }
            if usize::from(spatial) == SPATIAL_LAYERS_MAX {
                return Err(DependencyError::TooManyTemplates);
            }
        }
    }

    fn read_targets(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        let count = usize::from(self.decode_targets);
        for template in &mut self.templates {
            for target in &mut template.targets[..count] {
                *target = DecodeTargetIndication::of(bits.byte(2)?);
            }
        }
        Some(())
    }

    fn read_diffs(&mut self, bits: &mut BitReader<'_>) -> Result<(), DependencyError> {
        for template in &mut self.templates {
            while bits.flag().ok_or(DependencyError::Truncated)? {
                let less_one = bits.byte(4).ok_or(DependencyError::Truncated)?;
                template.diffs.push(u16::from(less_one) + 1)?;
            }
        }
        Ok(())
    }

    fn read_chains(&mut self, bits: &mut BitReader<'_>) -> Result<(), DependencyError> {
        let count = u32::from(self.decode_targets) + 1;
        self.chains = bits.non_symmetric(count).ok_or(DependencyError::Truncated)? as u8;
        if self.chains == 0 {
            return Ok(());
        }
        let chains = u32::from(self.chains);
        for target in &mut self.protected_by[..usize::from(self.decode_targets)] {
            *target = bits.non_symmetric(chains).ok_or(DependencyError::Truncated)? as u8;
        }
        for template in &mut self.templates {
            for diff in &mut template.chain_diffs[..usize::from(self.chains)] {
                *diff = bits.byte(4).ok_or(DependencyError::Truncated)?;
            }
        }
        Ok(())
    }

    fn read_resolutions(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        if bits.flag()? {
            for _ in 0..self.spatial_layers() {
                self.resolutions.push((bits.bits(16)? + 1, bits.bits(16)? + 1));
            }
        }
        Some(())
    }

    pub(super) fn write(&self, bits: &mut BitWriter<'_>) {
        bits.bits(6, self.template_id_offset.into());
        bits.bits(5, u32::from(self.decode_targets) - 1);
        for (index, template) in self.templates.iter().enumerate() {
            bits.bits(
                2,
                match self.templates.get(index + 1) {
                    None => 3,
                    Some(next) if next.spatial != template.spatial => 2,
                    Some(next) => u32::from(next.temporal - template.temporal),
                },
            );
        }
        for template in &self.templates {
            for target in &template.targets[..usize::from(self.decode_targets)] {
                bits.bits(2, *target as u32);
            }
        }
        for template in &self.templates {
            for diff in template.diffs.as_slice() {
                bits.flag(true);
                bits.bits(4, u32::from(*diff) - 1);
            }
            bits.flag(false);
        }
        self.write_chains(bits);
        bits.flag(!self.resolutions.is_empty());
        for (width, height) in &self.resolutions {
            bits.bits(16, width - 1);
            bits.bits(16, height - 1);
        }
    }

    fn write_chains(&self, bits: &mut BitWriter<'_>) {
        bits.non_symmetric(u32::from(self.decode_targets) + 1, self.chains.into());
        if self.chains == 0 {
            return;
        }
        for target in &self.protected_by[..usize::from(self.decode_targets)] {
            bits.non_symmetric(self.chains.into(), (*target).into());
        }
        for template in &self.templates {
            for diff in &template.chain_diffs[..usize::from(self.chains)] {
                bits.bits(4, (*diff).into());
            }
        }
    }

    /// Whether it can be written: counts in range, templates in order, distances that have room.
    pub fn is_valid(&self) -> bool {
        let order = |pair: &[FrameDefinition]| {
            let (a, b) = (&pair[0], &pair[1]);
            b.spatial == a.spatial && b.temporal.checked_sub(a.temporal).is_some_and(|up| up <= 1)
                || b.spatial == a.spatial + 1 && b.temporal == 0
        };
        let first = self.templates.first();
        let small = |template: &FrameDefinition| {
            template.diffs.as_slice().iter().all(|diff| *diff <= 16)
                && template.chain_diffs.iter().all(|diff| *diff <= 15)
        };
        let chains = self.protected_by.iter().all(|chain| *chain < self.chains.max(1));
        let sized = |(width, height): &(u32, u32)| {
            (1..=1 << 16).contains(width) && (1..=1 << 16).contains(height)
        };
        (1..=DECODE_TARGETS_MAX).contains(&usize::from(self.decode_targets))
            && self.template_id_offset < 64
            && self.chains <= self.decode_targets
            && self.templates.len() <= TEMPLATES_MAX
            && usize::from(self.spatial_layers()) <= SPATIAL_LAYERS_MAX
            && first.is_some_and(|first| (first.spatial, first.temporal) == (0, 0))
            && self.templates.windows(2).all(order)
            && self.templates.iter().all(small)
            && chains
            && (self.resolutions.is_empty()
                || self.resolutions.len() == usize::from(self.spatial_layers()))
            && self.resolutions.iter().all(sized)
    }
}
