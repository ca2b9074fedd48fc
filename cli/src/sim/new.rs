//! `lapwing sim new`: a crate with a controller and a queue of one's own, from the template.

use std::path::{Path, PathBuf};

use super::args::NewArgs;
use super::error::NewError;
use super::{SimError, show};

/// The template's files, as they stand in it.
const FILES: [(&str, &str); 11] = [
    ("README.md", include_str!("../../template/README.md")),
    ("src/lib.rs", include_str!("../../template/src/lib.rs")),
    ("src/main.rs", include_str!("../../template/src/main.rs")),
    ("src/controller.rs", include_str!("../../template/src/controller.rs")),
    ("src/parts.rs", include_str!("../../template/src/parts.rs")),
    ("src/queue.rs", include_str!("../../template/src/queue.rs")),
    ("tests/it.rs", include_str!("../../template/tests/it.rs")),
    ("examples/plot.rs", include_str!("../../template/examples/plot.rs")),
    ("scenarios/step.toml", include_str!("../../template/scenarios/step.toml")),
    ("scenarios/two-flows.toml", include_str!("../../template/scenarios/two-flows.toml")),
    ("scenarios/beside-tcp.toml", include_str!("../../template/scenarios/beside-tcp.toml")),
];

/// What the template's crate is called, in code.
const TEMPLATE: &str = "lapwing_template";
/// Longest name.
const NAME_MAX: usize = 64;

/// Writes the crate.
pub(super) fn new(args: &NewArgs) -> Result<(), SimError> {
    let name = args.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !is_crate_name(name) {
        return Err(SimError::New(NewError::Name(name.to_owned())));
    }
    let lapwing = checkout(args.lapwing.as_deref())?;
    if args.folder.exists() {
        return Err(SimError::New(NewError::Exists(args.folder.clone())));
    }
    let in_code = name.replace('-', "_");
    for (file, text) in FILES {
        write(&args.folder.join(file), &text.replace(TEMPLATE, &in_code))?;
    }
    write(&args.folder.join("Cargo.toml"), &manifest(name, &lapwing))?;
    write(&args.folder.join(".gitignore"), "/target\n/run\n")?;
    // The same versions of all libraries as this program has.
    if let Ok(lock) = std::fs::read_to_string(lapwing.join("Cargo.lock")) {
        write(&args.folder.join("Cargo.lock"), &lock)?;
    }
    let folder = args.folder.display();
    show::say(&format!(
        "{folder} is there. Next:\n  cd {folder}\n  cargo test\n  \
         cargo run --release -- sim run scenarios/step.toml --out run"
    ));
    Ok(())
}

/// What cargo takes for the name of a crate.
fn is_crate_name(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= NAME_MAX
        && name.chars().all(is_word)
        && !matches!(name, "lapwing" | "test" | "core" | "std")
}

/// The folder of Lapwing's sources: the one that was named, or the one that this program was made
/// of.
fn checkout(named: Option<&Path>) -> Result<PathBuf, SimError> {
    let made_of = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = named.unwrap_or(&made_of);
    let found = folder.join("simnet").join("Cargo.toml").is_file().then(|| folder.canonicalize());
    found.and_then(Result::ok).ok_or_else(|| SimError::New(NewError::NoSources(folder.to_owned())))
}

fn write(path: &Path, text: &str) -> Result<(), SimError> {
    let written = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text)),
        None => std::fs::write(path, text),
    };
    written.map_err(|error| SimError::File(path.to_owned(), error))
}

fn manifest(name: &str, lapwing: &Path) -> String {
    let path = |folder: &str| {
        let path = lapwing.join(folder).display().to_string();
        format!("{{ path = '{path}' }}")
    };
    let [cli, engine, simnet, benches] = ["cli", "engine", "simnet", "benches"].map(path);
    format!(
        "[package]\n\
         name = \"{name}\"\n\
         version = \"0.1.0\"\n\
         edition = \"2024\"\n\
         publish = false\n\
         \n\
         [dependencies]\n\
         lapwing = {cli}\n\
         lapwing-engine = {engine}\n\
         lapwing-simnet = {simnet}\n\
         \n\
         [dev-dependencies]\n\
         lapwing-benches = {benches}\n\
         \n\
         # Codecs and ciphers are slow without.\n\
         [profile.dev.package.\"*\"]\n\
         opt-level = 2\n\
         \n\
         [workspace]\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_crates() {
        for good in ["lab", "my-lab", "lab_2"] {
            assert!(is_crate_name(good), "{good}");
        }
        for bad in ["", "2lab", "my lab", "../x", "lapwing", "über"] {
            assert!(!is_crate_name(bad), "{bad}");
        }
    }
}
