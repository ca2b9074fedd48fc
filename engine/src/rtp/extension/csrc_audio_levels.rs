//! Loudness of what was mixed, by contributing source (RFC 6465).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Levels there may be: as many as contributing sources.
const LEVELS_MAX: usize = 15;

/// Levels in dBov, 0 (loudest) to -127 (silence), in the order of the packet's contributing
/// sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsrcAudioLevels {
    levels: [i8; LEVELS_MAX],
    len: u8,
}

impl CsrcAudioLevels {
    /// `None` for no levels, or more than 15.
    pub fn new(levels: &[i8]) -> Option<Self> {
        if levels.is_empty() || levels.len() > LEVELS_MAX {
            return None;
        }
        let mut kept = CsrcAudioLevels { levels: [0; LEVELS_MAX], len: levels.len() as u8 };
        for (kept, level) in kept.levels.iter_mut().zip(levels) {
            *kept = (*level).clamp(-127, 0);
        }
        Some(kept)
    }

    /// The levels.
    pub fn levels(&self) -> &[i8] {
        &self.levels[..usize::from(self.len)]
    }
}

impl HeaderExtension for CsrcAudioLevels {
    const KIND: ExtensionKind = ExtensionKind::CsrcAudioLevels;

    fn read(value: &[u8]) -> Option<Self> {
        let mut levels = [0; LEVELS_MAX];
        let kept = levels.get_mut(..value.len())?;
        for (level, byte) in kept.iter_mut().zip(value) {
            *level = -((byte & 0x7f) as i8);
        }
        CsrcAudioLevels::new(kept)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.levels().iter().map(|level| level.unsigned_abs()));
    }
}
