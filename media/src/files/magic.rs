//! The first bytes of files.

/// WAV.
pub(crate) use super::wav::is_wav;

/// Y4M.
pub(crate) const Y4M: &[u8] = super::y4m::MAGIC;
/// IVF.
pub(crate) const IVF: &[u8] = super::ivf::MAGIC;
/// Ogg.
pub(crate) const OGG: &[u8] = super::ogg_opus::MAGIC;
/// Matroska, WebM among them.
const EBML: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3];
/// Bytes that tell all of them apart.
pub(crate) const LONGEST: u64 = 16;

/// Whether a file begins as Matroska does.
pub(crate) fn is_matroska(start: &[u8]) -> bool {
    start.starts_with(EBML)
}

/// Whether a file begins with a box that MP4 and MOV files begin with.
pub(crate) fn is_mp4(start: &[u8]) -> bool {
    const FIRST: [&[u8]; 7] = [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"];
    start.get(4..8).is_some_and(|kind| FIRST.contains(&kind))
}
