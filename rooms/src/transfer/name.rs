//! Names of files that strangers propose.

use std::path::PathBuf;

use super::digest::Digest;
use crate::protocol::data::FILE_NAME_BYTES_MAX;
use crate::text::{is_control, is_invisible};

/// What a file is called when nothing of the proposed name can be kept.
const FALLBACK: &str = "file";

/// Names that mean devices on Windows, with any extension.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// Devices of which there are nine.
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// Folders below each other that a stranger may propose.
pub const DEPTH_MAX: usize = 16;

/// Between digest and size in a part's name, and after both.
const PART_SEPARATOR: char = '-';
/// See [`PART_SEPARATOR`].
const PART_EXTENSION: &str = ".part";

/// A name that is safe in any folder: one path component, never empty, never hidden, without
/// control characters and without characters that turn the direction of text, at most
/// [`FILE_NAME_BYTES_MAX`] bytes long with its extension kept, and never that of a part.
///
/// ```
/// use lapwing_rooms::transfer::safe_name;
/// assert_eq!(safe_name("../../etc/passwd"), "passwd");
/// assert_eq!(safe_name("C:\\notes.txt"), "notes.txt");
/// assert_eq!(safe_name(".."), "file");
/// ```
pub fn safe_name(proposed: &str) -> String {
    let last = proposed.rsplit(['/', '\\', ':', '\0']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| is_harmless(*c)).collect();
    // A leading dot hides, a leading hyphen is taken for an option, trailing dots and spaces are
    // dropped by some systems, so that two names become one.
    let kept = kept.trim_start_matches(|c: char| c == '.' || c == '-' || c.is_whitespace());
    let kept = kept.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let kept = shorten(kept, FILE_NAME_BYTES_MAX);
    let kept = kept.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    match kept {
        "" => FALLBACK.to_owned(),
        name if is_device(name) || is_part(name) => {
            shorten(&format!("{FALLBACK}-{name}"), FILE_NAME_BYTES_MAX)
        }
        name => name.to_owned(),
    }
}

/// Folders below one of ours, each called as [`safe_name`] allows it. Names that nothing is left of
/// are passed over, and so is what is deeper than [`DEPTH_MAX`].
///
/// ```
/// use lapwing_rooms::transfer::safe_folder;
/// use std::path::Path;
/// assert_eq!(safe_folder("photos/2026"), Path::new("photos/2026"));
/// assert_eq!(safe_folder("../../etc"), Path::new("etc"));
/// ```
pub fn safe_folder(proposed: &str) -> PathBuf {
    let said = proposed.split(['/', '\\']).filter(|part| !part.trim_matches('.').is_empty());
    said.take(DEPTH_MAX).map(safe_name).collect()
}

/// The name with a number before its extension: how a second file of that name is called.
///
/// ```
/// use lapwing_rooms::transfer::numbered_name;
/// assert_eq!(numbered_name("a.tar", 2), "a (2).tar");
/// ```
pub fn numbered_name(name: &str, number: u32) -> String {
    let tail = format!(" ({number})");
    let (stem, extension) = split_extension(name);
    let room = FILE_NAME_BYTES_MAX.saturating_sub(tail.len() + extension.len());
    format!("{}{tail}{extension}", cut(stem, room))
}

/// How the part of a file is called: found again by digest and size alone.
pub(super) fn part_name(sha256: Digest, size: u64) -> String {
    format!("{sha256}{PART_SEPARATOR}{size}{PART_EXTENSION}")
}

/// Whether a name would be taken for one of [`part_name`], also where capitals make no difference.
fn is_part(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let stem = name.strip_suffix(PART_EXTENSION);
    stem.and_then(|stem| stem.split_once(PART_SEPARATOR))
        .is_some_and(|(digest, _)| Digest::parse(digest).is_some())
}

fn is_harmless(c: char) -> bool {
    !is_control(c) && !is_invisible(c) && !matches!(c, '<' | '>' | '"' | '|' | '?' | '*')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    DEVICES.contains(&stem.as_str())
        || NUMBERED_DEVICES.iter().any(|device| {
            stem.strip_prefix(device).is_some_and(|rest| {
                matches!(rest, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9")
            })
        })
}

/// Stem, and extension with its dot; an extension is at most 16 bytes long.
fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= 16 => name.split_at(dot),
        _ => (name, ""),
    }
}

fn shorten(name: &str, bytes: usize) -> String {
    if name.len() <= bytes {
        return name.to_owned();
    }
    let (stem, extension) = split_extension(name);
    format!("{}{extension}", cut(stem, bytes - extension.len()))
}

/// The longest beginning of at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_names() {
        for (proposed, safe) in [
            ("a.txt", "a.txt"),
            ("", "file"),
            (".", "file"),
            ("..", "file"),
            ("...", "file"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("a/", "file"),
            (".bashrc", "bashrc"),
            ("-rf", "rf"),
            ("C:evil", "evil"),
            ("a\0b", "b"),
            ("line\nbreak\u{1b}[2J", "linebreak[2J"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("name. . .", "name"),
            ("con", "file-con"),
            ("Nul.txt", "file-Nul.txt"),
            ("COM1.log", "file-COM1.log"),
            ("COMA", "COMA"),
            ("a<b>c|d?e*f\"g", "abcdefg"),
            ("übergröße.flac", "übergröße.flac"),
        ] {
            assert_eq!(safe_name(proposed), safe, "{proposed:?}");
        }
        let long = format!("{}.tar.gz", "ä".repeat(300));
        assert!(safe_name(&long).len() <= FILE_NAME_BYTES_MAX);
        assert!(safe_name(&long).ends_with(".gz"));
    }

    #[test]
    fn hostile_folders() {
        for (proposed, safe) in [
            ("", ""),
            ("/", ""),
            ("a//b/", "a/b"),
            ("/etc", "etc"),
            ("..\\..\\Windows", "Windows"),
            ("a/../../b", "a/b"),
            (".ssh/x", "ssh/x"),
            ("con/a", "file-con/a"),
        ] {
            assert_eq!(safe_folder(proposed), Path::new(safe), "{proposed:?}");
        }
        let deep = safe_folder(&"x/".repeat(1_000));
        assert_eq!(deep.components().count(), DEPTH_MAX);
    }

    #[test]
    fn no_file_is_called_as_a_part() {
        let part = part_name(Digest::of(b"x"), 7);
        let other = part.replace("-7.", "-x.");
        for name in [part.clone(), part.to_uppercase(), other, format!(".{part}")] {
            let safe = safe_name(&name);
            assert!(safe.starts_with("file-") && !is_part(&safe), "{name}: {safe}");
        }
        assert_eq!(safe_name("a-7.part"), "a-7.part");
    }

    #[test]
    fn numbers_stand_before_the_extension() {
        assert_eq!(numbered_name("a", 2), "a (2)");
        let long = format!("{}.txt", "x".repeat(251));
        assert_eq!(numbered_name(&long, 10).len(), FILE_NAME_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn no_name_leaves_its_folder(proposed in "(\\PC|[/\\\\.: \\x00-\\x1f]){0,80}") {
            let folder = Path::new("folder");
            for name in [safe_name(&proposed), numbered_name(&safe_name(&proposed), 3)] {
                let mut components = Path::new(&name).components();
                prop_assert!(matches!(components.next(), Some(Component::Normal(_))), "{:?}", name);
                prop_assert!(components.next().is_none(), "{:?}", name);
                let joined = folder.join(&name);
                prop_assert_eq!(joined.parent(), Some(folder));
                prop_assert!(!name.is_empty() && name.len() <= FILE_NAME_BYTES_MAX);
                prop_assert!(!name.starts_with('.') && !name.chars().any(char::is_control));
            }
            prop_assert_eq!(safe_name(&safe_name(&proposed)), safe_name(&proposed));
        }
    }
}
