//! The folder into which files are received.
//!
//! A file that is not whole yet is `SHA256-SIZE.part`: found again by digest and size alone, with
//! nothing of a stranger's in its name. When it is whole it gets the proposed name, made safe, and
//! never replaces another file.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::digest::Digest;
use super::name::{numbered_name, part_name, safe_folder, safe_name};
use crate::disk::{self, Secrecy};

/// A folder for received files.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Why there is no part to write into.
#[derive(Debug)]
pub enum PartError {
    /// Another transfer, here or in another program, writes it.
    Busy,
    /// The system says no.
    Io(io::Error),
}

/// A file that is not whole yet, locked against others.
#[derive(Debug)]
pub struct Part {
    folder: PathBuf,
    path: PathBuf,
    file: File,
    length: u64,
}

/// A whole file, which may have blocks of one that comes.
#[derive(Debug)]
pub struct Older {
    file: File,
    length: u64,
}

impl Store {
    /// A store in this folder, which is made if it is not there.
    ///
    /// # Errors
    /// The system's.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Store { folder: folder.to_owned() })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The part of a file of this digest and size: what is there of it, or a new one.
    ///
    /// # Errors
    /// See [`PartError`].
    pub fn part(&self, sha256: Digest, size: u64) -> Result<Part, PartError> {
        let path = self.folder.join(part_name(sha256, size));
        let file = disk::open_or_create(&path, Secrecy::Open).map_err(PartError::Io)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => PartError::Busy,
            TryLockError::Error(error) => PartError::Io(error),
        })?;
        let length = file.metadata().map_err(PartError::Io)?.len();
        let mut part = Part { folder: self.folder.clone(), path, file, length };
        if length > size {
            part.shorten(0).map_err(PartError::Io)?;
        }
        Ok(part)
    }
}

impl Store {
    /// The newest file in the place that a file of this folder and name gets: the one with the
    /// highest number behind its name. `None` when there is none, or no plain file.
    pub fn older(&self, folder: &str, proposed: &str) -> Option<Older> {
        let (folder, name) = (self.folder.join(safe_folder(folder)), safe_name(proposed));
        let file = disk::open_last_numbered(|number| folder.join(nth_name(&name, number)))?;
        let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
        Some(Older { file, length: metadata.len() })
    }
}

impl Older {
    /// Its length in bytes when it was opened.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Reads bytes of it, up to the buffer's length; gives how many.
    ///
    /// # Errors
    /// The system's.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

impl Part {
    /// Bytes that are there, or were left out: what is known of a part is only that nothing is
    /// behind them.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads bytes that are there, up to the buffer's length; gives how many.
    ///
    /// # Errors
    /// The system's.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    /// Writes bytes at this place.
    ///
    /// # Errors
    /// The system's; the length stays as it was.
    pub fn write(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write_all_at(data, offset)?;
        self.length = self.length.max(offset + data.len() as u64);
        Ok(())
    }

    /// Throws away what is behind the first bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn shorten(&mut self, length: u64) -> io::Result<()> {
        if self.file.metadata()?.len() > length {
            self.file.set_len(length)?;
        }
        self.length = self.length.min(length);
        Ok(())
    }

    /// Makes it a whole file under a name like `proposed`, in a folder below the store's that is
    /// called as `folder` proposes; gives its path.
    ///
    /// # Errors
    /// The system's, that a thousand files of that name are there, or that another file has taken
    /// the part's place.
    pub fn keep(mut self, folder: &str, proposed: &str) -> io::Result<PathBuf> {
        self.file.flush()?;
        let name = safe_name(proposed);
        let folder = self.folder.join(safe_folder(folder));
        fs::create_dir_all(&folder)?;
        // An empty file takes the name first, so that two programs never take the same.
        let place = |number| folder.join(nth_name(&name, number));
        let (path, place) = disk::create_numbered(Secrecy::Open, place)?;
        let moved = if disk::is_at(&self.file, &self.path)? && disk::is_at(&place, &path)? {
            fs::rename(&self.path, &path).and_then(|()| disk::is_at(&self.file, &path))
        } else {
            Ok(false)
        };
        match moved {
            Ok(true) => Ok(path),
            Ok(false) => Err(io::Error::other("another file has taken the part's place")),
            Err(error) => Err(error),
        }
    }

    /// Removes it.
    ///
    /// # Errors
    /// The system's.
    pub fn discard(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// How the file is called of so many that have this name.
fn nth_name(name: &str, number: u32) -> String {
    if number == 1 { name.to_owned() } else { numbered_name(name, number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("in")).expect("a store");
        (folder, store)
    }

    #[test]
    fn a_part_is_found_again_by_digest_and_size() {
        let (_folder, store) = store();
        let digest = Digest::of(b"hello");
        let mut part = store.part(digest, 5).expect("a new part");
        part.write(0, b"hel").expect("room");
        assert!(matches!(store.part(digest, 5), Err(PartError::Busy)));
        drop(part);
        let part = store.part(digest, 5).expect("the old part");
        assert_eq!(part.length(), 3);
        let mut buffer = [0; 8];
        assert_eq!(part.read(1, &mut buffer).expect("readable"), 2);
        assert_eq!(&buffer[..2], b"el");
        assert_eq!(store.part(digest, 6).expect("another").length(), 0);
    }

    #[test]
    fn a_part_longer_than_the_file_is_thrown_away() {
        let (_folder, store) = store();
        let digest = Digest::of(b"");
        let path = store.folder().join(format!("{digest}-2.part"));
        fs::write(path, b"too long").expect("written");
        assert_eq!(store.part(digest, 2).expect("a part").length(), 0);
    }

    #[test]
    fn a_link_is_no_part() {
        let (folder, store) = store();
        let digest = Digest::of(b"abc");
        let path = store.folder().join(part_name(digest, 3));
        let target = folder.path().join("target");
        fs::write(&target, b"mine").expect("written");
        std::os::unix::fs::symlink(&target, &path).expect("linked");
        assert!(matches!(store.part(digest, 3), Err(PartError::Io(_))));
        fs::remove_file(&path).expect("it is there");
        fs::hard_link(&target, &path).expect("linked");
        assert!(matches!(store.part(digest, 3), Err(PartError::Io(_))));
        assert_eq!(fs::read(&target).expect("there"), b"mine");
    }

    #[test]
    fn what_takes_the_place_of_a_part_is_not_kept() {
        let (_folder, store) = store();
        let mut part = store.part(Digest::of(b"abc"), 3).expect("a part");
        part.write(0, b"abc").expect("room");
        let path = part.path().to_owned();
        fs::remove_file(&path).expect("it is there");
        fs::write(&path, b"xyz").expect("written");
        assert!(part.keep("", "a.txt").is_err());
    }

    #[test]
    fn files_are_never_replaced() {
        let (_folder, store) = store();
        let mut names = Vec::new();
        for content in [b"one", b"two"] {
            let mut part = store.part(Digest::of(content), 3).expect("a part");
            part.write(0, content).expect("room");
            let path = part.keep("", "../a.txt").expect("a name");
            assert_eq!(fs::read(&path).expect("there"), content);
            names.push(path.strip_prefix(store.folder()).expect("in the folder").to_owned());
            let mut newest = [0; 3];
            let older = store.older("", "../a.txt").expect("there is one");
            older.read(0, &mut newest).expect("readable");
            assert_eq!((older.length(), &newest), (3, content));
        }
        assert_eq!(names, [Path::new("a.txt"), Path::new("a (2).txt")]);
        assert_eq!(fs::read_dir(store.folder()).expect("there").count(), 2, "no part is left");
    }
}
