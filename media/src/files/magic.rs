//! The first bytes of files.

/// WAV.
pub(crate) use super::wav::is_wav;

/// Y4M.
pub(crate) const Y4M: &[u8] = super::y4m::MAGIC;
/// IVF.
pub(crate) const IVF: &[u8] = super::ivf::MAGIC;
/// Ogg.
pub(crate) const OGG: &[u8] = super::ogg_opus::MAGIC;
/// Bytes that tell all of them apart.
pub(crate) const LONGEST: u64 = 16;
