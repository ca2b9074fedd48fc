//! `peer.toml`: a column of the wall.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::browser::Kind;

/// In a peer's home: what it was installed from.
const STAMP: &str = ".installed";

/// A column: how a stack is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The folder's name.
    pub name: String,
    /// The column's head.
    pub title: String,
    /// How it is started.
    pub start: Start,
    /// What `cargo xtask peers` leaves when it has installed it. `None` when there is nothing to
    /// install.
    pub stamp: Option<PathBuf>,
}

/// How a stack is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// A program that speaks the protocol on standard input and output.
    Program {
        /// Program and arguments, all names filled in.
        run: Vec<String>,
    },
    /// A browser and its page.
    Browser {
        /// Which.
        kind: Kind,
        /// Its program, where it is not the one on the path.
        program: Option<PathBuf>,
    },
    /// Lapwing in virtual time.
    Simulated,
}

/// A manifest that cannot be used: the file, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub fault: String,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.fault)
    }
}

impl std::error::Error for ManifestError {}

/// The file as it stands. What is in `[install]` is for `cargo xtask peers` to read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(rename = "language")]
    _language: Option<String>,
    #[serde(default)]
    run: Vec<String>,
    browser: Option<String>,
    program: Option<String>,
    #[serde(default)]
    simulated: bool,
    install: Option<toml::Table>,
}

/// Reads every `FOLDER/*/peer.toml`, in the order of names. `homes` is where peers are installed;
/// `lapwing` is the program to be run where a manifest says so.
///
/// # Errors
/// The first file that cannot be read or understood.
pub fn read_manifests(
    folder: &Path,
    homes: &Path,
    lapwing: &Path,
) -> Result<Vec<Manifest>, ManifestError> {
    let unreadable = |path: &Path, error: std::io::Error| ManifestError {
        path: path.to_owned(),
        fault: error.to_string(),
    };
    let mut manifests = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let at = entry.map_err(|error| unreadable(folder, error))?.path();
        let path = at.join("peer.toml");
        if !path.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let name = at.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let places = Places { folder: &at, home: &homes.join(&name), lapwing };
        let manifest = read(&name, &text, &places);
        manifests.push(manifest.map_err(|fault| ManifestError { path, fault })?);
    }
    manifests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(manifests)
}

/// What the names in braces stand for.
struct Places<'a> {
    folder: &'a Path,
    home: &'a Path,
    lapwing: &'a Path,
}

impl Places<'_> {
    fn fill(&self, word: &str) -> String {
        word.replace("{folder}", &self.folder.to_string_lossy())
            .replace("{home}", &self.home.to_string_lossy())
            .replace("{lapwing}", &self.lapwing.to_string_lossy())
    }
}

fn read(name: &str, text: &str, places: &Places<'_>) -> Result<Manifest, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    let program = file.program.map(|program| PathBuf::from(places.fill(&program)));
    let start = match (file.run.is_empty(), file.browser.as_deref(), file.simulated) {
        (false, None, false) if program.is_none() => {
            Start::Program { run: file.run.iter().map(|word| places.fill(word)).collect() }
        }
        (true, Some("chromium"), false) => Start::Browser { kind: Kind::Chromium, program },
        (true, Some("firefox"), false) => Start::Browser { kind: Kind::Firefox, program },
        (true, Some(other), false) => {
            return Err(format!("browser: chromium or firefox, not {other:?}"));
        }
        (true, None, true) if program.is_none() => Start::Simulated,
        _ => return Err("one of `run`, `browser` and `simulated` says how it is started".into()),
    };
    let stamp = file.install.map(|_| places.home.join(STAMP));
    Ok(Manifest { name: name.to_owned(), title: file.title, start, stamp })
}

impl Manifest {
    /// Whether what it needs is there; else what is missing.
    ///
    /// # Errors
    /// The file or program that is missing, in words for a person.
    pub fn installed(&self) -> Result<(), String> {
        // Its program may be there, and what that needs not.
        if self.stamp.as_ref().is_some_and(|stamp| !stamp.is_file()) {
            return Err("cargo xtask peers has not installed it".to_owned());
        }
        match &self.start {
            Start::Program { run } => run.iter().try_for_each(|word| {
                let path = Path::new(word);
                let absent = path.is_absolute() && !path.exists()
                    || word == &run[0] && crate::programs::find_program(&[word]).is_none();
                if absent { Err(format!("{word} is not there")) } else { Ok(()) }
            }),
            Start::Browser { program: Some(program), .. } if program.is_file() => Ok(()),
            Start::Browser { program: Some(program), .. } => {
                Err(format!("{} is not there", program.display()))
            }
            Start::Browser { kind, program: None } => {
                crate::browser::available(*kind).map_err(|reason| reason.to_string())
            }
            Start::Simulated => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, String> {
        let (folder, home, lapwing) = (Path::new("/f/x"), Path::new("/h/x"), Path::new("/l"));
        read("x", text, &Places { folder, home, lapwing })
    }

    #[test]
    fn names_in_braces_are_filled_in() {
        let text = "title = 'X'\nrun = ['{home}/python', '{folder}/peer.py', '{lapwing}']";
        let run = ["/h/x/python", "/f/x/peer.py", "/l"].map(String::from).to_vec();
        assert_eq!(parse(text).unwrap().start, Start::Program { run });
        let text = "title = 'X'\nbrowser = 'firefox'\nprogram = '{home}/fx'";
        let program = Some(PathBuf::from("/h/x/fx"));
        assert_eq!(parse(text).unwrap().start, Start::Browser { kind: Kind::Firefox, program });
    }

    #[test]
    fn what_is_to_be_installed_is_there_when_it_was() {
        let text = "title = 'X'\nrun = ['sh']";
        assert_eq!(parse(text).unwrap().installed(), Ok(()));
        let peer = parse(&format!("{text}\n[install]\napt = ['x']")).unwrap();
        assert_eq!(peer.stamp, Some(PathBuf::from("/h/x/.installed")));
        assert!(peer.installed().unwrap_err().contains("xtask peers"));
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (text, says) in [
            ("title = 'X'", "one of"),
            ("title = 'X'\nbrowser = 'lynx'", "lynx"),
            ("title = 'X'\nrun = ['a']\nsimulated = true", "one of"),
            ("titel = 'X'", "titel"),
        ] {
            assert!(parse(text).unwrap_err().contains(says), "{text}");
        }
    }
}
