//! Which version of a browser is here. Two years of versions are in use at a time, and they differ
//! in what they offer and tell.

use super::Kind;
use super::kind::program;
use super::process::Process;
use crate::notes;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// Asking a browser for its version loads most of it, from a cold disk too.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// What the browser calls itself, as `Chromium 148.0.7778.167`. Asked once in a process, and noted
/// then.
pub fn version(kind: Kind) -> &'static str {
    static CHROMIUM: OnceLock<String> = OnceLock::new();
    static FIREFOX: OnceLock<String> = OnceLock::new();
    let known = match kind {
        Kind::Chromium => &CHROMIUM,
        Kind::Firefox => &FIREFOX,
    };
    known.get_or_init(|| {
        let asked = program(kind).ok().and_then(|program| ask(&program));
        let version = asked.unwrap_or_else(|| format!("{kind} of unknown version"));
        notes::tell("BROWSERS", &version);
        version
    })
}

/// What a browser's program calls itself, as `Chromium 148.0.7778.167`. `None` when it does not
/// answer.
pub(super) fn ask(program: &Path) -> Option<String> {
    let asked = Process::start(|_| {
        let mut command = Command::new(program);
        command.arg("--version");
        Ok::<_, std::io::Error>(command)
    });
    let process = asked.ok()?;
    process.log().wait_for_end(ANSWER_WITHIN);
    process.log().browser().iter().find_map(|line| read(line))
}

/// Reads a line as `Mozilla Firefox 140.10.2esr` or `Chromium 148.0.7778.167 built on Debian`.
fn read(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches("Mozilla ");
    let is_name = ["Firefox", "Chrom", "Google Chrome"].iter().any(|name| line.starts_with(name));
    let words: Vec<&str> = line.split(' ').collect();
    let number = words.iter().position(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    is_name.then(|| words[..=number].join(" "))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn versions_are_read_among_complaints() {
        for (line, version) in [
            (
                "Chromium 148.0.7778.167 built on Debian GNU/Linux 12 (bookworm)",
                Some("Chromium 148.0.7778.167"),
            ),
            ("Google Chrome 156.0.8078.108 ", Some("Google Chrome 156.0.8078.108")),
            ("Mozilla Firefox 140.10.2esr", Some("Firefox 140.10.2esr")),
            ("/usr/bin/chromium: 9: [: 25276510208: unexpected operator", None),
            ("[22007] Sandbox: CanCreateUserNamespace() clone() failure: EPERM", None),
            ("Firefox", None),
        ] {
            assert_eq!(read(line).as_deref(), version);
        }
    }
}
