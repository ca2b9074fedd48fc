//! The workspace as `cargo metadata` and the file system show it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A member of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Path of its Cargo.toml from the workspace's root.
    pub(crate) manifest: String,
    pub(crate) manifest_text: String,
    /// Names of all it depends on, for building and for testing.
    pub(crate) dependencies: Vec<String>,
}

impl Package {
    /// The line of the manifest on which a dependency stands; 1 where it cannot be found.
    pub(crate) fn line_of(&self, dependency: &str) -> usize {
        let mut lines = self.manifest_text.lines();
        lines.position(|line| line.starts_with(dependency)).map_or(1, |index| index + 1)
    }
}

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("xtask lies below the workspace's root").to_owned()
}

/// The members of the workspace.
pub(crate) fn packages() -> Vec<Package> {
    let words = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = Command::new(env!("CARGO")).args(words).current_dir(root()).output();
    let output = output.expect("the cargo that built this test runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    packages.iter().map(package).collect()
}

fn package(value: &serde_json::Value) -> Package {
    let manifest = value["manifest_path"].as_str().expect("a package has a manifest");
    let dependencies = value["dependencies"].as_array().expect("a package lists dependencies");
    let names = dependencies.iter().filter_map(|dependency| dependency["name"].as_str());
    Package {
        name: value["name"].as_str().expect("a package has a name").to_owned(),
        manifest: relative(Path::new(manifest)),
        manifest_text: std::fs::read_to_string(manifest).expect("the manifest can be read"),
        dependencies: names.map(str::to_owned).collect(),
    }
}

/// All files of text in the workspace, as paths from its root and their contents, in order of path.
pub(crate) fn texts() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    paths.sort();
    let texts = paths.iter().filter_map(|path| {
        // What is not UTF-8 is a picture or a recording.
        let text = std::fs::read_to_string(path).ok()?;
        Some((relative(path), text))
    });
    texts.collect()
}

/// Kinds of file that people write.
const EXTENSIONS: &[&str] = &["rs", "toml", "md", "js", "mjs", "html", "css", "sh", "txt", "py"];

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("folders of the workspace can be read");
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("the file system tells folders from files");
        if kind.is_dir() {
            let is_ours = !["target", "node_modules", ".git"].contains(&name.as_str());
            if is_ours {
                walk(&path, paths);
            }
        } else if EXTENSIONS.iter().any(|extension| name.ends_with(&format!(".{extension}"))) {
            paths.push(path);
        }
    }
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}
