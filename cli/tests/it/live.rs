//! `lapwing sim live`: how it ends, and what it leaves.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use lapwing_conformance::live::Live;
use lapwing_conformance::skip;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

const LONG: Duration = Duration::from_secs(60);

const WIRE: &str = "
[meta]
name = 'wire'
duration_s = 60
seeds = [4]
schema = 1
[[link]]
name = 'there'
from = 'A'
to = 'B'
capacity_bps = 1000000
delay_ms = 5
queue = { type = 'tail-drop', size_ms = 300 }
[[link]]
name = 'back'
from = 'B'
to = 'A'
";

/// To a port where nobody listens: the answer is an error by ICMP, which passes too.
const ASK: &str = "bash -c 'exec 3<>/dev/tcp/$LAPWING_LIVE_PEER/9' 2>/dev/null";

/// Whether this machine can do it; where it cannot, the test is noted as skipped.
fn can(test: &str) -> bool {
    Live::create().map_err(|why| skip::note(&format!("live::{test}"), &why)).is_ok()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lapwing"));
    command.args(["sim", "live"]).args(arguments);
    command
}

fn live(file: &Path, more: &[&str], line: &str) -> std::io::Result<Output> {
    let file = [file.to_str().unwrap_or_default()];
    command(&[&file, more, &["--", "sh", "-c", line]].concat()).output()
}

#[test]
fn the_status_is_the_commands_or_says_what_failed() -> Outcome {
    if !can("the_status_is_the_commands_or_says_what_failed") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("wire.toml");
    std::fs::write(&file, WIRE)?;
    let slow = ["--error-max-ms", "60000", "--error-peak-ms", "60000"];
    let status = |more: &[&str], line: &str| -> Result<Option<i32>, Box<dyn Error>> {
        let output = live(&file, more, line)?;
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        Ok(output.status.code())
    };
    assert_eq!(status(&slow, &format!("{ASK}; exit 7"))?, Some(7));
    assert_eq!(status(&slow, &format!("{ASK}; true"))?, Some(0));
    assert_eq!(status(&slow, "kill -KILL $$")?, Some(137));
    assert_eq!(status(&["--error-max-ms", "0.001"], &format!("{ASK}; true"))?, Some(4));
    // Nothing passed: nothing was learnt.
    assert_eq!(status(&slow, "true")?, Some(4));
    assert_eq!(status(&["--from", "A", "--to", "C"], "true")?, Some(2));
    assert_eq!(status(&["--link", "there,there"], "true")?, Some(2));
    let none = command(&[file.to_str().unwrap_or_default(), "--", "/no/such/program"]).output()?;
    assert_eq!(none.status.code(), Some(2));
    let over = [&slow[..], &["--seconds", "1"]].concat();
    assert_eq!(status(&over, &format!("{ASK}; sleep 1000"))?, Some(0));
    Ok(())
}

#[test]
fn figures_are_printed_and_kept() -> Outcome {
    if !can("figures_are_printed_and_kept") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("wire.toml"), folder.path().join("live"));
    std::fs::write(&file, WIRE)?;
    let more = ["--json", "--link", "there", "--out", out.to_str().unwrap_or_default()];
    let output = live(&file, &more, &format!("{ASK}; exit 3"))?;
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let shown: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&shown["command"], &shown["seed"]), (&3.into(), &4.into()));
    // The question, and its refusal.
    let sent = [&shown["ways"][0]["packets_in"], &shown["ways"][1]["packets_out"]];
    assert_eq!(sent, [1, 1]);
    assert_eq!(shown["release_error"]["packets"], 2);
    assert!(shown["release_error"]["max_ms"].as_f64() >= shown["release_error"]["p50_ms"].as_f64());
    assert_eq!(
        (&shown["links"][0]["name"], shown["links"].as_array().map(Vec::len)),
        (&"there".into(), Some(1))
    );
    let kept: Value = serde_json::from_slice(&std::fs::read(out.join("live.json"))?)?;
    assert_eq!(kept["ways"], shown["ways"]);
    assert_eq!(kept["links"][0]["series"]["capacity_bps"][0], 1e6);
    for name in ["report.html", "run.pcapng"] {
        assert!(out.join(name).exists(), "{name}");
    }
    Ok(())
}

#[test]
fn a_signal_ends_it_and_leaves_nothing() -> Outcome {
    if !can("a_signal_ends_it_and_leaves_nothing") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let (file, mark) = (folder.path().join("wire.toml"), folder.path().join("begun"));
    std::fs::write(&file, WIRE)?;
    let line = format!("echo $LAPWING_LIVE_NS > {}; sleep 1000", mark.display());
    let arguments =
        [file.to_str().unwrap_or_default(), "--peer-command", "sleep 1000", "--lead", "0"];
    let mut child = command(&[&arguments[..], &["--", "sh", "-c", &line]].concat()).spawn()?;
    let until = Instant::now() + LONG;
    let name = loop {
        let name = std::fs::read_to_string(&mark).unwrap_or_default();
        if name.ends_with('\n') {
            break name.trim_end().to_owned();
        }
        assert!(Instant::now() < until && child.try_wait()?.is_none(), "it begins");
        std::thread::yield_now();
    };
    let namespace = Path::new("/run/netns").join(&name);
    assert!(namespace.exists(), "{name}");
    kill(Pid::from_raw(i32::try_from(child.id())?), Signal::SIGTERM)?;
    assert_eq!(child.wait()?.code(), Some(130));
    assert!(!namespace.exists(), "{name}");
    Ok(())
}
