//! The first bytes of files.

/// Y4M.
pub(crate) const Y4M: &[u8] = super::y4m::MAGIC;
/// IVF.
pub(crate) const IVF: &[u8] = super::ivf::MAGIC;
/// WAV: at the start, and at byte 8.
pub(crate) const WAV: (&[u8], &[u8]) = super::wav::MAGIC;
/// Ogg.
pub(crate) const OGG: &[u8] = super::ogg_opus::MAGIC;
/// Bytes that tell all of them apart.
pub(crate) const LONGEST: u64 = 16;
