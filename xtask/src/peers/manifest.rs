//! What a `peer.toml` says about installing.

use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// A peer and what it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The folder's name.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) title: String,
    pub(crate) install: Install,
}

/// The table `[install]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Install {
    pub(crate) apt: Vec<String>,
    pub(crate) unpack: Vec<String>,
    pub(crate) npm: Vec<String>,
    pub(crate) pip: Vec<String>,
    pub(crate) build: Vec<Vec<String>>,
    pub(crate) cost: String,
}

impl Install {
    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        let lists = [&self.apt, &self.unpack, &self.npm, &self.pip];
        lists.iter().all(|list| list.is_empty()) && self.build.is_empty()
    }
}

/// A file that cannot be used: where, which field, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManifestError {
    /// The folder's name.
    pub(crate) name: String,
    path: PathBuf,
    what: String,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.path.display(), self.what)
    }
}

/// Reads `FOLDER/*/peer.toml`, in the order of names.
pub(crate) fn read_all(folder: &Path) -> std::io::Result<Vec<Result<Manifest, ManifestError>>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let at = entry?.path();
        if at.join("peer.toml").is_file() {
            folders.push(at);
        }
    }
    folders.sort();
    Ok(folders.iter().map(|folder| read_folder(folder)).collect())
}

fn read_folder(folder: &Path) -> Result<Manifest, ManifestError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let path = folder.join("peer.toml");
    let text = std::fs::read_to_string(&path);
    let read = text.map_err(|error| error.to_string()).and_then(|text| read(&text));
    match read {
        Ok(manifest) => Ok(Manifest { name, folder: folder.to_owned(), ..manifest }),
        Err(what) => Err(ManifestError { name, path, what }),
    }
}

/// The file. Most of it is the harness's to read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(default)]
    install: Install,
    #[serde(rename = "language")]
    _language: Option<String>,
    #[serde(rename = "run")]
    _run: Option<Vec<String>>,
    #[serde(rename = "browser")]
    _browser: Option<String>,
    #[serde(rename = "program")]
    _program: Option<String>,
    #[serde(rename = "simulated")]
    _simulated: Option<bool>,
}

fn read(text: &str) -> Result<Manifest, String> {
    let File { title, install, .. } =
        toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    for (field, names) in [
        ("apt", &install.apt),
        ("unpack", &install.unpack),
        ("npm", &install.npm),
        ("pip", &install.pip),
    ] {
        // No program may take a name for an option of its own.
        let odd = |name: &&String| name.starts_with('-') || name.contains(char::is_whitespace);
        if let Some(name) = names.iter().find(odd) {
            return Err(format!("install.{field}: {name:?} is no name of a package"));
        }
    }
    if install.build.iter().any(Vec::is_empty) {
        return Err("install.build: a command is empty".to_owned());
    }
    if !install.is_empty() && install.cost.is_empty() {
        return Err("install.cost is missing: say what it takes".to_owned());
    }
    Ok(Manifest { title, install, ..Manifest::default() })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_table_is_read_and_the_harness_keeps_its_own() {
        let text = "title = \"A\"\nlanguage = \"C\"\nrun = [\"{home}/a\"]\n[install]\napt = [\"b=1\"]\nnpm = [\"@c/d@1\"]\n\
                    build = [[\"sh\", \"{folder}/x\"]]\ncost = \"1 MB\"\n";
        let manifest = read(text).expect("it is good");
        assert_eq!(manifest.title, "A");
        assert_eq!(manifest.install.apt, ["b=1"]);
        assert_eq!(manifest.install.npm, ["@c/d@1"]);
        assert_eq!(manifest.install.build, [["sh", "{folder}/x"]]);
        assert!(!manifest.install.is_empty());
        assert!(read("title = \"A\"\nsimulated = true\n").expect("it is good").install.is_empty());
    }

    #[test]
    fn errors_name_line_and_field() {
        for (text, what) in [
            ("title = \"A\"\n[install]\nnmp = [\"x\"]\n", "line 3"),
            ("title = \"A\"\n[install]\nnmp = [\"x\"]\n", "nmp"),
            ("title = 3\n", "line 1"),
            ("title = \"A\"\n[install]\napt = [\"--purge\"]\n", "install.apt"),
            ("run = []\n", "title"),
            ("title = \"A\"\n[install]\npip = [\"x\"]\n", "install.cost"),
            ("title = \"A\"\n[install]\nbuild = [\"make\"]\n", "line 3"),
        ] {
            let fault = read(text).expect_err(text);
            assert!(fault.contains(what), "{text}: {fault}");
        }
    }
}
