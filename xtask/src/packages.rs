//! Packages of Debian and Ubuntu, from package lists that are not older than a day.
//!
//! 1. Lists that are missing or old are refreshed ([`are_old`]): old ones give browsers of months
//!    ago, or name files that the mirror no longer has. If refreshing fails, the old ones have to
//!    do.
//! 2. All packages are installed at once; if that fails, once more from lists of this moment, and
//!    then each alone, since one unknown name makes apt-get refuse all of them.

use crate::needs::on_path;
use crate::process::{program, shown, succeeds};
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

/// Other programs may hold the package database for a while after a machine starts.
const DPKG_LOCK_TIMEOUT: &str = "DPkg::Lock::Timeout=120";

/// By itself `apt-get update` counts as well done when no mirror could be reached and there are old
/// lists.
pub(crate) const ANY_FAILURE_COUNTS: &str = "APT::Update::Error-Mode=any";

/// Lists older than this are refreshed before something is installed.
const LISTS_AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Where apt keeps its lists.
const LISTS: &str = "/var/lib/apt/lists";

/// Some systems touch this file whenever lists were refreshed well.
const REFRESHED_WELL: &str = "/var/lib/apt/periodic/update-success-stamp";

/// Installs packages, and says so where it cannot.
pub(crate) fn install(packages: &[&str]) {
    if packages.is_empty() {
        return;
    }
    if !on_path("apt-get") {
        println!("set-up: no apt-get here; these are the Debian names of what is needed");
        return;
    }
    let Some(become_root) = Root::find() else {
        println!("set-up: neither root nor sudo; run this and come back:");
        println!("  apt-get update");
        println!("  apt-get install -y --no-install-recommends {}", packages.join(" "));
        return;
    };
    let old = are_old(refreshed(Path::new(LISTS), Path::new(REFRESHED_WELL)), SystemTime::now());
    if old {
        println!("set-up: the package lists are missing or older than a day: refreshing them");
        refresh(become_root);
    }
    if install_all(become_root, packages) {
        return;
    }
    // Since this morning the mirror may have replaced files that the lists name.
    if !old && refresh(become_root) && install_all(become_root, packages) {
        return;
    }
    if packages.len() > 1 {
        for package in packages {
            install_all(become_root, &[package]);
        }
    }
}

fn refresh(become_root: Root) -> bool {
    let well = shown(&mut become_root.apt_get(&["update", "-o", ANY_FAILURE_COUNTS]));
    if !well {
        println!("set-up: the package lists could not be refreshed; going on with the old ones");
    }
    well
}

fn install_all(become_root: Root, packages: &[&str]) -> bool {
    // What is there stays as it is: nobody asked for another browser.
    let words = ["install", "-y", "--no-upgrade", "--no-install-recommends"];
    let mut command = become_root.apt_get(&words);
    shown(command.args(packages))
}

/// Whether lists that are known to be as new as `refreshed` are to be refreshed at `now`. A time to
/// come was set by a clock that went wrong and says nothing.
pub(crate) fn are_old(refreshed: Option<SystemTime>, now: SystemTime) -> bool {
    let age = refreshed.and_then(|refreshed| now.duration_since(refreshed).ok());
    age.is_none_or(|age| age > LISTS_AGE_MAX)
}

/// A time at which the lists were as new as they are now, or `None` without lists.
///
/// apt gives each list the time at which the mirror made it, so the newest one is a little older
/// than the refreshing; archives with security updates make one several times a day. Folders and
/// the lock are touched by refreshings that fail, too, and say nothing.
pub(crate) fn refreshed(lists: &Path, stamp: &Path) -> Option<SystemTime> {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let entries = std::fs::read_dir(lists).into_iter().flatten().flatten();
    let is_list = |name: &str| name.contains("_Packages") || name.ends_with("Release");
    let newest = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_list))
        .filter_map(|entry| modified(&entry.path()))
        .max()?;
    Some(modified(stamp).map_or(newest, |stamp| stamp.max(newest)))
}

/// A way to act as root.
#[derive(Clone, Copy)]
enum Root {
    /// We are root.
    Already,
    /// Through sudo, which does not ask.
    Sudo,
    /// Through sudo, which may ask the person at the terminal for a password.
    SudoAsks,
}

impl Root {
    fn find() -> Option<Self> {
        let user = std::fs::metadata("/proc/self").map(|process| process.uid());
        if user.is_ok_and(|id| id == 0) {
            Some(Self::Already)
        } else if !on_path("sudo") {
            None
        } else if succeeds(program("sudo").args(["-n", "true"])) {
            Some(Self::Sudo)
        } else if std::io::stdin().is_terminal() {
            Some(Self::SudoAsks)
        } else {
            None
        }
    }

    fn apt_get(self, words: &[&str]) -> Command {
        let mut command = match self {
            Self::Already => program("env"),
            Self::Sudo => program("sudo"),
            Self::SudoAsks => {
                let mut command = program("sudo");
                command.stdin(Stdio::inherit());
                command
            }
        };
        if matches!(self, Self::Sudo) {
            command.args(["-n", "env"]);
        } else if matches!(self, Self::SudoAsks) {
            command.arg("env");
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", DPKG_LOCK_TIMEOUT]);
        command.args(words);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::{are_old, refreshed};
    use std::fs::File;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, SystemTime};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + 500_000 * HOUR
    }

    #[test]
    fn lists_older_than_a_day_are_old_and_so_are_none() {
        assert!(are_old(None, now()));
        assert!(!are_old(Some(now()), now()));
        assert!(!are_old(Some(now() - 24 * HOUR), now()));
        assert!(are_old(Some(now() - 25 * HOUR), now()));
        assert!(are_old(Some(now() + HOUR), now()));
    }

    /// A folder that goes away.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).expect("there is room for a folder");
            Self(path)
        }

        fn put(&self, name: &str, modified: SystemTime) -> PathBuf {
            let path = self.0.join(name);
            let file = File::create(&path).expect("there is room for a file");
            file.set_modified(modified).expect("the file is ours");
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_newest_list_or_the_stamp_tells_when_lists_were_refreshed() {
        let folder = Folder::new("lists");
        let no_stamp = Path::new("/no/such/stamp");
        folder.put("lock", now());
        std::fs::create_dir_all(folder.0.join("partial")).expect("there is room for a folder");
        let stamp = folder.put("stamp", now());
        // A stamp without lists is that of an image whose lists were thrown away.
        assert_eq!(refreshed(&folder.0, &stamp), None);
        folder.put("mirror_dists_stable_main_binary-amd64_Packages.lz4", now() - 90 * HOUR);
        folder.put("mirror_dists_stable_InRelease", now() - 50 * HOUR);
        assert_eq!(refreshed(&folder.0, no_stamp), Some(now() - 50 * HOUR));
        assert_eq!(refreshed(&folder.0, &stamp), Some(now()));
        assert_eq!(refreshed(Path::new("/no/such/folder"), no_stamp), None);
    }
}
