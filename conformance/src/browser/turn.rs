//! One test with browsers at a time on this machine.
//!
//! Browsers are heavy: those of two tests at work beside each other on a small machine make each
//! other time out. Test binaries are processes, and more than one may run, so the turn is a lock on
//! a file.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The turn, until it is dropped. The kernel gives it back for a process that was killed.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "the lock lives as long as the file")] File);

impl Turn {
    /// Waits for the turn of this machine's user.
    ///
    /// # Errors
    /// If the lock's file cannot be made or locked.
    pub(super) fn take() -> io::Result<Self> {
        let user = std::fs::metadata("/proc/self")?.uid();
        Self::take_at(&std::env::temp_dir().join(format!("lapwing-browsers-{user}.lock")))
    }

    fn take_at(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        file.lock()?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::Turn;
    use std::fs::{File, TryLockError};

    #[test]
    fn one_has_the_turn_and_the_next_gets_it_when_it_is_given_back() {
        let folder = tempfile::tempdir().expect("there is room for files");
        let path = folder.path().join("lock");
        let turn = Turn::take_at(&path).expect("nobody has it");
        let other = File::open(&path).expect("it is there");
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(turn);
        assert!(other.try_lock().is_ok());
    }
}
