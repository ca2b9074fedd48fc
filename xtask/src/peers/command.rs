//! `cargo xtask peers`.

use super::args::{self, Asked, HELP, Task};
use super::install::{home, install, last_lines, log};
use super::manifest::{Manifest, ManifestError, read_all};
use super::report::{self, Row, State};
use super::state;
use crate::process::root;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const EXIT_USAGE: u8 = 2;
/// Lines of a log that are shown when a step fails.
const LAST_LINES: usize = 8;

/// Does what the words ask for.
pub(crate) fn command(words: &[String]) -> ExitCode {
    let asked = match args::parse(words) {
        Ok(Asked { task: Task::Help, .. }) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(asked) => asked,
        Err(why) => return usage(&format!("{why}\n\n{HELP}")),
    };
    let folder = root().join("conformance/peers");
    let peers = match read_all(&folder) {
        Ok(peers) => peers,
        Err(error) => return usage(&format!("{}: {error}", folder.display())),
    };
    let peers = match choose(peers, &asked.names) {
        Ok(peers) => peers,
        Err(why) => return usage(&why),
    };
    let rows = match asked.task {
        Task::Install => install_all(&peers),
        Task::List { .. } | Task::Check | Task::Help => peers.iter().map(looked_at).collect(),
    };
    show(asked.task, &rows);
    let well = rows.iter().all(|row| row.state.is_well());
    match asked.task {
        Task::List { .. } => ExitCode::SUCCESS,
        _ if well => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn usage(why: &str) -> ExitCode {
    eprintln!("error: {why}");
    ExitCode::from(EXIT_USAGE)
}

type Peer = Result<Manifest, ManifestError>;

fn name(peer: &Peer) -> &str {
    match peer {
        Ok(manifest) => &manifest.name,
        Err(error) => &error.name,
    }
}

/// Those of the peers that have one of the names, in the order of names; all of them without names.
fn choose(peers: Vec<Peer>, names: &[String]) -> Result<Vec<Peer>, String> {
    if names.is_empty() {
        return Ok(peers);
    }
    let known: Vec<&str> = peers.iter().map(name).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("there is no peer `{unknown}`; there are: {}", known.join(", ")));
    }
    Ok(peers.into_iter().filter(|peer| names.iter().any(|wanted| wanted == name(peer))).collect())
}

fn show(task: Task, rows: &[Row]) {
    match task {
        Task::List { json: true } => print!("{}", report::json(rows)),
        Task::List { json: false } => print!("{}", report::list(rows)),
        Task::Install => print!("{}", report::results(rows)),
        Task::Check | Task::Help => {
            let bad: Vec<Row> = rows.iter().filter(|row| !row.state.is_well()).cloned().collect();
            if bad.is_empty() {
                println!("peers: nothing is missing");
            } else {
                print!("{}", report::list(&bad));
            }
        }
    }
}

/// A peer as it is.
fn looked_at(peer: &Peer) -> Row {
    match peer {
        Ok(manifest) => {
            let there = state::is_there(manifest, &home(&manifest.name));
            row(manifest, Duration::ZERO, if there { State::There } else { State::Missing })
        }
        Err(error) => Row {
            name: error.name.clone(),
            title: String::new(),
            cost: String::new(),
            size: 0,
            took: Duration::ZERO,
            state: State::Failed(error.to_string()),
        },
    }
}

fn row(manifest: &Manifest, took: Duration, state: State) -> Row {
    Row {
        name: manifest.name.clone(),
        title: manifest.title.clone(),
        cost: manifest.install.cost.clone(),
        size: state::size(&home(&manifest.name)),
        took,
        state,
    }
}

/// One after the other: package managers take turns anyway, and what one prints can be read. One
/// that fails does not stop the others.
fn install_all(peers: &[Peer]) -> Vec<Row> {
    let now: Vec<Row> = peers.iter().map(looked_at).collect();
    let wanted = now.iter().filter(|row| row.state == State::Missing).count();
    let mut begun = 0;
    let mut rows = Vec::new();
    for (peer, before) in peers.iter().zip(now) {
        let (Ok(manifest), State::Missing) = (peer, &before.state) else {
            rows.push(before);
            continue;
        };
        begun += 1;
        println!("\n== {} ({begun} of {wanted}): takes {}", manifest.name, manifest.install.cost);
        rows.push(installed(manifest));
    }
    rows
}

fn installed(manifest: &Manifest) -> Row {
    let start = Instant::now();
    let state = match install(manifest) {
        Ok(()) => State::Installed,
        Err(why) => {
            for line in last_lines(&manifest.name, LAST_LINES) {
                println!("peers: {}: | {line}", manifest.name);
            }
            State::Failed(format!("{why} (all of it: {})", log(&manifest.name).display()))
        }
    };
    let row = row(manifest, start.elapsed(), state);
    let word = if row.state.is_well() { "ok" } else { "FAILED" };
    println!("== {}: {word} after {:.0} s", row.name, row.took.as_secs_f64());
    row
}

#[cfg(test)]
mod tests {
    use super::{Peer, choose, name};
    use crate::peers::manifest::Manifest;

    fn peers() -> Vec<Peer> {
        let peer = |name: &str| Ok(Manifest { name: name.to_owned(), ..Manifest::default() });
        ["a", "b", "c"].map(peer).into()
    }

    #[test]
    fn names_choose_and_unknown_ones_are_told() {
        let chosen = choose(peers(), &["c".to_owned(), "a".to_owned()]).expect("they are there");
        assert_eq!(chosen.iter().map(name).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(choose(peers(), &[]).expect("all").len(), 3);
        let why = choose(peers(), &["d".to_owned()]).expect_err("there is none");
        assert!(why.contains("`d`") && why.contains("a, b, c"), "{why}");
    }
}
