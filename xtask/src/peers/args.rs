//! The words after `cargo xtask peers`.

/// What `cargo xtask peers --help` prints.
pub(crate) const HELP: &str = "\
Installs the peers of the interop wall

Usage: cargo xtask peers [NAME..] [OPTIONS]

Each folder `conformance/peers/NAME` is a peer; its `peer.toml` says what it needs. All of it goes to `target/peers/NAME`, but for
Debian packages listed as `apt`, which the system gets (root or sudo). What is installed already is never upgraded. A peer that is
there is left alone until its folder changes; one that fails does not stop the others. Without names: all peers.

Options:
  --list        only list the peers, and whether they are there
  --json        with --list: as JSON
  --check       only say what is missing
  --all         all peers, which is what no names mean
  -h, --help    print this

Examples:
  cargo xtask peers
  cargo xtask peers aiortc pion
  cargo xtask peers --list
  cargo xtask peers --check werift

Exit codes:
  0  all that was asked for is there
  1  a peer could not be installed, or with --check one is missing
  2  the command line is wrong, or names no peer";

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Install,
    List { json: bool },
    Check,
}

/// A command line: what to do, and with which peers; none means all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) task: Task,
    pub(crate) names: Vec<String>,
}

/// Reads the words; or says what is wrong with them.
pub(crate) fn parse(words: &[String]) -> Result<Asked, String> {
    let (mut list, mut json, mut check, mut all) = (false, false, false, false);
    let mut names = Vec::new();
    for word in words {
        match word.as_str() {
            "-h" | "--help" => return Ok(Asked { task: Task::Help, names: Vec::new() }),
            "--list" => list = true,
            "--json" => json = true,
            "--check" => check = true,
            "--all" => all = true,
            option if option.starts_with('-') => {
                return Err(format!("`peers` has no option `{option}`"));
            }
            name => names.push(name.to_owned()),
        }
    }
    let task = match (list, check) {
        (true, true) => return Err("`--list` and `--check` are two tasks".to_owned()),
        (true, false) => Task::List { json },
        (false, _) if json => return Err("`--json` goes with `--list`".to_owned()),
        (false, true) => Task::Check,
        (false, false) => Task::Install,
    };
    if all && !names.is_empty() {
        return Err("`--all` means all peers: leave it or the names out".to_owned());
    }
    Ok(Asked { task, names })
}

#[cfg(test)]
mod tests {
    use super::{Asked, Task, parse};

    fn read(line: &str) -> Result<Asked, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn tasks_and_names_are_read() {
        let asked = |task, names: &[&str]| {
            Ok(Asked { task, names: names.iter().map(|name| (*name).to_owned()).collect() })
        };
        assert_eq!(read(""), asked(Task::Install, &[]));
        assert_eq!(read("--all"), asked(Task::Install, &[]));
        assert_eq!(read("aiortc pion"), asked(Task::Install, &["aiortc", "pion"]));
        assert_eq!(read("--list --json pion"), asked(Task::List { json: true }, &["pion"]));
        assert_eq!(read("--check"), asked(Task::Check, &[]));
        assert_eq!(read("pion --help --bad"), asked(Task::Help, &[]));
    }

    #[test]
    fn mistakes_are_named() {
        for line in ["--lst", "--json", "--list --check", "--all pion"] {
            assert!(read(line).is_err_and(|words| words.contains("--")), "{line}");
        }
    }
}
