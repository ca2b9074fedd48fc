//! Starting other programs: in the workspace's root, without standard input, with their output
//! counted on request.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The workspace's root folder, wherever the command was called from.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package
        .and_then(|folder| folder.parent().map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("."))
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A program, to be run in the workspace's root.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// The cargo that runs us, with these words.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let name = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = program(&name);
    command.args(words);
    command
}

/// Whether the command starts and ends well; what it prints is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs the command with its output shown, after printing it. A program that cannot be started
/// counts as failed.
pub(crate) fn shown(command: &mut Command) -> bool {
    announce(command);
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => could_not_start(command, &error),
    }
}

/// As [`shown`], and every line of standard output is handed to `each_line` too.
pub(crate) fn watched(command: &mut Command, mut each_line: impl FnMut(&str)) -> bool {
    announce(command);
    let mut child = match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return could_not_start(command, &error),
    };
    let pipe = child.stdout.take().expect("standard output was asked for as a pipe");
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // A closed terminal must not end the run: the exit code is still wanted.
        let _ = std::io::stdout().lock().write_all(&line);
        each_line(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    child.wait().is_ok_and(|status| status.success())
}

fn announce(command: &Command) {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let name = PathBuf::from(command.get_program());
    let name = name.file_name().unwrap_or(command.get_program()).to_string_lossy();
    println!("\n$ {name} {}", words.join(" "));
}

fn could_not_start(command: &Command, error: &std::io::Error) -> bool {
    eprintln!("cannot start {}: {error}", command.get_program().to_string_lossy());
    false
}

#[cfg(test)]
mod tests {
    use super::{program, succeeds, watched};

    #[test]
    fn a_program_that_is_not_there_counts_as_failed() {
        assert!(!succeeds(&mut program("no-such-program-anywhere")));
        assert!(!watched(&mut program("no-such-program-anywhere"), |_| ()));
    }

    #[test]
    fn watched_output_arrives_line_by_line() {
        let mut lines = Vec::new();
        let ended_well =
            watched(program("printf").arg("one\\ntwo\\n"), |line| lines.push(line.to_owned()));
        assert!(ended_well);
        assert_eq!(lines, ["one", "two"]);
    }
}
