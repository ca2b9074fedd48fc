//! Whether a peer is there: a stamp of what it was installed from, and the system's packages.

use super::manifest::Manifest;
use crate::process::program;
use std::io;
use std::path::{Path, PathBuf};

/// In the peer's home: holds the stamp.
const STAMP: &str = ".installed";

/// A digest (FNV-1a) of the table `[install]`, and of the sources in the folder where something is
/// built from them.
pub(crate) fn stamp(manifest: &Manifest) -> io::Result<String> {
    let mut digest = Digest::default();
    let install = &manifest.install;
    for (kind, list) in [
        ("apt", &install.apt),
        ("unpack", &install.unpack),
        ("npm", &install.npm),
        ("pip", &install.pip),
    ] {
        digest.texts(kind, list);
    }
    for command in &install.build {
        digest.texts("build", command);
    }
    if !install.build.is_empty() {
        let mut files = Vec::new();
        walk(&manifest.folder, &mut files)?;
        files.sort();
        for file in files.iter().filter(|file| is_source(file)) {
            let name = file.strip_prefix(&manifest.folder).unwrap_or(file);
            digest.bytes(name.to_string_lossy().as_bytes());
            digest.bytes(&std::fs::read(file)?);
        }
    }
    Ok(format!("{:016x}\n", digest.0))
}

/// Words about the peer are not what it is built from.
fn is_source(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    name != "peer.toml" && file.extension().is_none_or(|kind| kind != "md" && kind != "pyc")
}

/// Whether all that the manifest asks for is there.
pub(crate) fn is_there(manifest: &Manifest, home: &Path) -> bool {
    let install = &manifest.install;
    if install.is_empty() {
        return true;
    }
    let known = std::fs::read_to_string(home.join(STAMP)).ok();
    known.is_some() && known == stamp(manifest).ok() && missing(&install.apt).is_empty()
}

/// Notes that the peer is there.
pub(crate) fn set(home: &Path, stamp: &str) -> io::Result<()> {
    std::fs::create_dir_all(home)?;
    std::fs::write(home.join(STAMP), stamp)
}

/// Notes that it is not, until it is there as a whole, and takes away what another list of packages
/// left: they must not mix.
pub(crate) fn clear(home: &Path) -> io::Result<()> {
    for name in ["root", "debs", "venv", "node_modules"] {
        let path = home.join(name);
        if path.is_dir() {
            std::fs::remove_dir_all(path)?;
        }
    }
    for name in [STAMP, "package.json", "package-lock.json"] {
        let path = home.join(name);
        if path.is_file() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Those of the Debian packages that the system does not have, in whatever version.
pub(crate) fn missing(packages: &[String]) -> Vec<&str> {
    let is_missing = |package: &&str| {
        let name = package.split('=').next().unwrap_or(package);
        let mut query = program("dpkg-query");
        let output = query.args(["-W", "-f", "${db:Status-Status} ", name]).output();
        !output.is_ok_and(|output| one_is_installed(&String::from_utf8_lossy(&output.stdout)))
    };
    packages.iter().map(String::as_str).filter(is_missing).collect()
}

/// Whether one of the states that a package has, by architecture, is that it is there. One that was
/// asked for and never came is `not-installed`.
fn one_is_installed(states: &str) -> bool {
    states.split_whitespace().any(|state| state == "installed")
}

/// What a folder takes on disk, in bytes.
pub(crate) fn size(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let mut files = Vec::new();
    // What cannot be read is not ours, and does not count.
    let _ = walk(folder, &mut files);
    let blocks = files.iter().filter_map(|file| file.symlink_metadata().ok());
    blocks.map(|file| file.blocks() * 512).sum()
}

/// All files below a folder, in no order; links are not followed.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                files.push(entry.path());
            } else if entry.file_name() != "__pycache__" {
                folders.push(entry.path());
            }
        }
    }
    Ok(())
}

struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    fn texts(&mut self, kind: &str, texts: &[String]) {
        self.bytes(kind.as_bytes());
        texts.iter().for_each(|text| self.bytes(text.as_bytes()));
        self.bytes(&[]);
    }

    /// Takes in bytes and their number.
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&(bytes.len() as u64).to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{clear, is_there, missing, set, size, stamp};
    use crate::peers::manifest::{Install, Manifest};
    use std::path::PathBuf;

    /// A folder that goes away.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).expect("there is room for a folder");
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn manifest(folder: &Folder, pip: &str, build: &str) -> Manifest {
        let build = build.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let install = Install {
            pip: vec![pip.to_owned()],
            build: if build.is_empty() { Vec::new() } else { vec![build] },
            ..Install::default()
        };
        Manifest { folder: folder.0.clone(), install, ..Manifest::default() }
    }

    #[test]
    fn a_stamp_changes_with_the_table_and_with_sources_that_are_built() {
        let folder = Folder::new("stamp");
        std::fs::write(folder.0.join("a.c"), "one").expect("there is room");
        let [plain, built] =
            ["", "cc a.c"].map(|build| stamp(&manifest(&folder, "x==1", build)).expect("it reads"));
        assert_ne!(plain, built);
        assert_ne!(plain, stamp(&manifest(&folder, "x==2", "")).expect("it reads"));
        std::fs::write(folder.0.join("README.md"), "words").expect("there is room");
        assert_eq!(built, stamp(&manifest(&folder, "x==1", "cc a.c")).expect("it reads"));
        std::fs::write(folder.0.join("a.c"), "two").expect("there is room");
        assert_ne!(built, stamp(&manifest(&folder, "x==1", "cc a.c")).expect("it reads"));
        assert_eq!(plain, stamp(&manifest(&folder, "x==1", "")).expect("it reads"));
    }

    #[test]
    fn a_peer_is_there_while_its_stamp_fits() {
        let (folder, home) = (Folder::new("folder"), Folder::new("home"));
        let manifest = manifest(&folder, "x==1", "");
        assert!(!is_there(&manifest, &home.0));
        set(&home.0, &stamp(&manifest).expect("it reads")).expect("there is room");
        assert!(is_there(&manifest, &home.0));
        let mut other = manifest.clone();
        other.install.pip.push("y".to_owned());
        assert!(!is_there(&other, &home.0));
        other.install = Install { apt: vec!["no-such-package=1".to_owned()], ..Install::default() };
        set(&home.0, &stamp(&other).expect("it reads")).expect("there is room");
        assert!(!is_there(&other, &home.0), "the system lacks a package");
        assert!(size(&home.0) > 0);
        clear(&home.0).expect("it is ours");
        assert!(!is_there(&manifest, &home.0));
        assert!(is_there(&Manifest::default(), &home.0), "nothing is always there");
    }

    #[test]
    fn a_package_that_the_system_only_knows_is_not_there() {
        assert!(!super::one_is_installed("not-installed "));
        assert!(!super::one_is_installed("config-files half-installed "));
        assert!(super::one_is_installed("not-installed installed "));
    }

    #[test]
    fn missing_packages_are_told_from_installed_ones() {
        let names = ["no-such-package-anywhere".to_owned()];
        assert_eq!(missing(&names), ["no-such-package-anywhere"]);
        if crate::needs::on_path("dpkg-query") {
            assert_eq!(missing(&["dpkg=1".to_owned()]), Vec::<&str>::new());
        }
    }
}
