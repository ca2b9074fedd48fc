//! The folder of a run.

use std::path::Path;

use lapwing_rooms::disk::{self, Secrecy};
use lapwing_rooms::text::count;
use lapwing_simnet::ChainLog;

use super::SimError;

/// The page.
pub(super) const PAGE: &str = "report.html";
/// Figures and series.
pub(super) const SUMMARY: &str = "summary.json";
/// The hash chain, eight bytes an event.
pub(super) const CHAIN: &str = "chain.bin";

/// The folder of the run with a seed, beside those of others.
pub(super) fn of_seed(seed: u64) -> String {
    format!("seed-{seed}")
}

/// Makes a folder and those above it.
pub(super) fn make(folder: &Path) -> Result<(), SimError> {
    std::fs::create_dir_all(folder).map_err(|error| SimError::File(folder.to_owned(), error))
}

/// Writes a file whole, in place of one that may be there.
pub(super) fn write_file(path: &Path, bytes: &[u8], secrecy: Secrecy) -> Result<(), SimError> {
    disk::write(path, bytes, secrecy).map_err(|error| SimError::File(path.to_owned(), error))
}

/// What a folder holds, for readers: `DIR: 3.4 MB in 12 files`.
pub(super) fn size(folder: &Path) -> Result<String, SimError> {
    let (bytes, files) = walk(folder).map_err(|error| SimError::File(folder.to_owned(), error))?;
    let megabytes = bytes as f64 / 1e6;
    Ok(format!("{}: {megabytes:.1} MB in {}", folder.display(), count(files, "file")))
}

/// Bytes and files in a folder and those below; links are not followed.
fn walk(folder: &Path) -> std::io::Result<(u64, u64)> {
    let (mut bytes, mut files) = (0, 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                bytes += metadata.len();
                files += 1;
            }
        }
    }
    Ok((bytes, files))
}

/// Reads the chain of a run.
pub(super) fn chain(folder: &Path) -> Result<ChainLog, SimError> {
    let path = folder.join(CHAIN);
    let bytes = std::fs::read(&path).map_err(|error| SimError::File(path, error))?;
    Ok(ChainLog::from_bytes(&bytes))
}
