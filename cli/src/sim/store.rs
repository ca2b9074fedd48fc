//! The folder of a run.

use std::path::Path;

use lapwing_rooms::disk::{self, Secrecy};
use lapwing_simnet::ChainLog;

use super::SimError;

/// The page.
pub(super) const PAGE: &str = "report.html";
/// Figures and series.
pub(super) const SUMMARY: &str = "summary.json";
/// The hash chain, eight bytes an event.
pub(super) const CHAIN: &str = "chain.bin";

/// Makes a folder and those above it.
pub(super) fn make(folder: &Path) -> Result<(), SimError> {
    std::fs::create_dir_all(folder).map_err(|error| SimError::File(folder.to_owned(), error))
}

/// Writes a file whole, in place of one that may be there.
pub(super) fn write_file(path: &Path, bytes: &[u8], secrecy: Secrecy) -> Result<(), SimError> {
    disk::write(path, bytes, secrecy).map_err(|error| SimError::File(path.to_owned(), error))
}

/// Reads the chain of a run.
pub(super) fn chain(folder: &Path) -> Result<ChainLog, SimError> {
    let path = folder.join(CHAIN);
    let bytes = std::fs::read(&path).map_err(|error| SimError::File(path, error))?;
    Ok(ChainLog::from_bytes(&bytes))
}
