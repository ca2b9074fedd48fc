//! Files that the programs write: never through a link, and what holds secrets for its owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Names tried for a file when others of its name are there.
const NAMES_MAX: u32 = 1000;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Whom the user's mask lets: it holds nothing that is not meant to be shown.
    Open,
    /// Its owner alone: it holds keys, or what people said.
    Secret,
}

impl Secrecy {
    const fn mode(self) -> u32 {
        match self {
            Secrecy::Open => 0o666,
            Secrecy::Secret => 0o600,
        }
    }
}

/// Makes a file where none is, not even a link.
///
/// # Errors
/// The system's; [`io::ErrorKind::AlreadyExists`] when something has that name.
pub fn create(path: &Path, secrecy: Secrecy) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(secrecy.mode()).custom_flags(no_follow());
    options.open(path)
}

/// Makes a file in place of one that may be there. What a link of that name leads to stays as it
/// is.
///
/// # Errors
/// The system's, also when a folder has that name.
pub fn replace(path: &Path, secrecy: Secrecy) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => create(path, secrecy),
    }
}

/// As [`replace`], with all that the file shall hold.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, bytes: &[u8], secrecy: Secrecy) -> io::Result<()> {
    replace(path, secrecy)?.write_all(bytes)
}

/// Makes a file under the first name that is free; `name` gives the one of each number, from 1 on.
///
/// # Errors
/// The system's, or that a thousand files of that name are there.
pub fn create_numbered<P: AsRef<Path>>(
    secrecy: Secrecy,
    name: impl Fn(u32) -> P,
) -> io::Result<(P, File)> {
    for number in 1..=NAMES_MAX {
        let path = name(number);
        match create(path.as_ref(), secrecy) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((path, file)),
        }
    }
    let text = format!("{NAMES_MAX} files of that name are there");
    Err(io::Error::new(io::ErrorKind::AlreadyExists, text))
}

/// Opens the file for reading that has the highest number of those that [`create_numbered`] made,
/// not through a link; `None` when there is none, or it cannot be opened.
pub fn open_last_numbered<P: AsRef<Path>>(name: impl Fn(u32) -> P) -> Option<File> {
    let there = |number: &u32| fs::symlink_metadata(name(*number).as_ref()).is_ok();
    let last = (1..=NAMES_MAX).take_while(there).last()?;
    open(name(last).as_ref()).ok()
}

/// Opens a file to go on with it, or makes it. It must be a plain file of one name: through a
/// link, symbolic or hard, something else would be written.
///
/// # Errors
/// The system's, and when it is no such file.
pub fn open_or_create(path: &Path, secrecy: Secrecy) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.mode(secrecy.mode()).custom_flags(no_follow()).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.nlink() != 1 {
        let text = "something else than a plain file of one name is there";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    Ok(file)
}

/// Opens a file for reading, not through a link.
///
/// # Errors
/// The system's.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(no_follow()).open(path)
}

/// Whether a path names this very file, and no link to it.
///
/// # Errors
/// The system's.
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let (open, named) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

fn no_follow() -> i32 {
    // A pipe of that name must not hold the program up either.
    (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits().cast_signed()
}

/// Where programs keep what they need at their next start: `lapwing` in `$XDG_STATE_HOME`, or
/// in `~/.local/state`. `None` when the environment names neither.
pub fn state_folder() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    state.map(|state| state.join("lapwing"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn secrets_are_for_their_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        create(&path, Secrecy::Secret).expect("it is made");
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
        write(&path, b"again", Secrecy::Secret).expect("it is replaced");
        assert_eq!((mode(&path), fs::read(&path).expect("there")), (0o600, b"again".to_vec()));
        let part = folder.path().join("part");
        open_or_create(&part, Secrecy::Secret).expect("it is made");
        assert_eq!(mode(&part), 0o600);
    }

    #[test]
    fn nothing_is_written_through_a_link_or_over_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let [target, link, dangling, hard] =
            ["target", "link", "dangling", "hard"].map(|name| folder.path().join(name));
        fs::write(&target, b"mine").expect("written");
        symlink(&target, &link).expect("linked");
        symlink(folder.path().join("nowhere"), &dangling).expect("linked");
        fs::hard_link(&target, &hard).expect("linked");
        for path in [&target, &link, &dangling] {
            let error = create(path, Secrecy::Open).expect_err("something is there");
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{path:?}");
        }
        for path in [&link, &dangling, &hard] {
            assert!(open_or_create(path, Secrecy::Open).is_err(), "{path:?}");
        }
        for path in [&link, &dangling, &hard] {
            write(path, b"new", Secrecy::Open).expect("the link is replaced");
            assert_eq!(fs::read(path).expect("there"), b"new");
        }
        assert_eq!(fs::read(&target).expect("there"), b"mine");
        assert!(!folder.path().join("nowhere").exists());
        assert!(replace(folder.path(), Secrecy::Open).is_err(), "a folder is no file");
    }

    #[test]
    fn a_pipe_does_not_hold_the_program_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &path, kind, mode, 0).expect("a pipe");
        assert!(open_or_create(&path, Secrecy::Open).is_err());
        assert!(create(&path, Secrecy::Open).is_err());
    }

    #[test]
    fn numbers_are_tried_until_a_name_is_free() {
        let folder = tempfile::tempdir().expect("a folder");
        let name = |number: u32| folder.path().join(format!("a{number}"));
        for number in 1..=2 {
            fs::write(name(number), b"old").expect("written");
        }
        let (path, file) = create_numbered(Secrecy::Open, name).expect("a third is free");
        assert_eq!(path, name(3));
        assert!(is_at(&file, &path).expect("there") && !is_at(&file, &name(1)).expect("there"));
        let always = |_| folder.path().join("a1");
        assert!(create_numbered(Secrecy::Open, always).is_err());
    }
}
