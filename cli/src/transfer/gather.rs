//! Which files are to be sent: those that were named, and all in folders that were named.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lapwing_rooms::transfer::DEPTH_MAX;

use super::error::TransferError;

/// Files in one go: what a person who names the wrong folder does not wait for.
const FILES_MAX: usize = 100_000;

/// A file, and the folder that it is in at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Parts are separated by `/`; empty for a file that was named.
    pub(super) folder: String,
}

/// All files, in the order of the names on the command line and by name in each folder. Links
/// below a folder that was named are not followed, and what is no plain file is left out.
///
/// # Errors
/// Of the path that cannot be read, and when there is no file or there are too many.
pub(super) fn gather(named: &[PathBuf]) -> Result<Vec<Found>, TransferError> {
    let mut found = Vec::new();
    for path in named {
        let fault = |error| TransferError::File(path.clone(), error);
        let before = found.len();
        let metadata = fs::metadata(path).map_err(fault)?;
        if !metadata.is_dir() {
            found.push(Found { path: path.clone(), folder: String::new() });
            continue;
        }
        // `.` and `..` have no name of their own.
        let whole = fs::canonicalize(path).map_err(fault)?;
        let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
        below(&whole, &name, 1, &mut found)?;
        if found.len() == before {
            return Err(fault(io::Error::new(io::ErrorKind::NotFound, "no file is in it")));
        }
    }
    Ok(found)
}

fn below(
    folder: &Path,
    name: &str,
    depth: usize,
    found: &mut Vec<Found>,
) -> Result<(), TransferError> {
    let fault = |error| TransferError::File(folder.to_owned(), error);
    if depth > DEPTH_MAX {
        let text = format!("more than {DEPTH_MAX} folders in each other");
        return Err(fault(io::Error::new(io::ErrorKind::InvalidInput, text)));
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(fault)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(fault)?;
        if kind.is_dir() {
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            below(&entry.path(), &name, depth + 1, found)?;
        } else if kind.is_file() {
            if found.len() == FILES_MAX {
                let text = format!("more than {FILES_MAX} files");
                return Err(fault(io::Error::new(io::ErrorKind::InvalidInput, text)));
            }
            found.push(Found { path: entry.path(), folder: name.to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order() {
        let root = tempfile::tempdir().expect("a folder");
        let top = root.path().join("top");
        fs::create_dir_all(top.join("b/c")).expect("made");
        for name in ["z", "a", "b/2", "b/c/3"] {
            fs::write(top.join(name), name).expect("written");
        }
        std::os::unix::fs::symlink("/etc", top.join("link")).expect("made");
        let single = top.join("a");
        let found = gather(&[single.clone(), top.clone()]).expect("all can be read");
        let told: Vec<(&str, &str)> = found
            .iter()
            .map(|it| (it.folder.as_str(), it.path.file_name().and_then(|n| n.to_str()).unwrap()))
            .collect();
        assert_eq!(told, [("", "a"), ("top", "a"), ("top/b", "2"), ("top/b/c", "3"), ("top", "z")]);
        assert_eq!(found[0].path, single);
        let empty = root.path().join("empty");
        fs::create_dir(&empty).expect("made");
        for missing in [empty, root.path().join("none")] {
            let refused = gather(std::slice::from_ref(&missing));
            let path = match refused {
                Err(TransferError::File(path, _)) => path,
                other => panic!("{other:?}"),
            };
            assert_eq!(path, missing);
        }
    }
}
