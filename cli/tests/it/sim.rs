//! `lapwing sim`: what it prints, keeps and exits with.

use std::error::Error;
use std::process::Command;

use clap::Args as _;
use serde_json::Value;

use crate::command::{sim, text};

type Outcome = Result<(), Box<dyn Error>>;

const TINY: &str = "
[meta]
name = 'tiny'
duration_s = 3
seeds = [4]
schema = 1
[media.video]
model = 'rfc8593-statistical'
min_bps = 150000
max_bps = 500000
start_bps = 150000
fps = 30
[[link]]
name = 'fwd'
from = 'A'
to = 'B'
capacity_bps = 1000000
delay_ms = 20
queue = { type = 'tail-drop', size_ms = 300 }
[[flow]]
id = 1
direction = 'forward'
start_s = 0
end_s = 3
media = ['video']
[expect]
loss_max = 0.0
";

#[test]
fn a_run_is_shown_kept_and_repeated_in_another_process() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("tiny.toml"), folder.path().join("run"));
    std::fs::write(&file, TINY)?;
    let output = sim(["run", text(&file), "--verify", "--json", "--out", text(&out)])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("repeats in another process"), "{said}");
    let shown: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&shown["scenario"], &shown["seed"]), (&"tiny".into(), &4.into()));
    assert_eq!(shown["verdicts"][0]["pass"], true);
    let kept: Value = serde_json::from_slice(&std::fs::read(out.join("summary.json"))?)?;
    assert_eq!(kept["figures"], shown["figures"]);
    assert_eq!(kept["series"]["flows"][0]["sent_bps"].as_array().map(Vec::len), Some(30));
    let chain = std::fs::read(out.join("chain.bin"))?;
    assert_eq!(Some(chain.len() as u64), shown["events"].as_u64().map(|events| events * 8));
    let last = chain.last_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    assert_eq!(last, shown["chain"].as_u64());
    Ok(())
}

#[test]
fn an_expectation_that_is_not_met_is_1_and_a_fault_of_a_file_2() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tiny.toml");
    std::fs::write(&file, TINY.replace("loss_max = 0.0", "min_rate_bps = 1e9"))?;
    let output = sim(["run", text(&file)])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("FAIL"));
    std::fs::write(&file, TINY.replace("delay_ms = 20", "delay_ms = -20"))?;
    for command in ["run", "check"] {
        let output = sim([command, text(&file)])?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("tiny.toml:18: link[0].delay_ms: -20 is not within"), "{said}");
    }
    let output = sim(["run", "nothing"])?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}

/// The commands of the README that begin with `lapwing sim`.
fn commands_of_the_readme() -> Vec<Vec<&'static str>> {
    let lines = include_str!("../../../README.md").lines();
    let commands = lines.filter_map(|line| line.strip_prefix("lapwing sim "));
    let words = |line: &'static str| line.split('#').next().unwrap_or(line).split_whitespace();
    commands.map(|line| words(line).collect()).collect()
}

#[test]
fn the_readmes_commands_hold() -> Outcome {
    let folder = tempfile::tempdir()?;
    let commands = commands_of_the_readme();
    assert!(commands.iter().any(|words| words[0] == "run"), "{commands:?}");
    for words in commands {
        let mut words = words;
        match words[0] {
            "run" | "new" => {}
            // `cargo xtask laboratory` runs all suites and a test of its own the live network; here
            // they are seen to be commands.
            "suite" | "live" => {
                let program = lapwing::sim::Args::augment_args(clap::Command::new("sim"));
                program.try_get_matches_from([&["sim"][..], &words].concat())?;
                continue;
            }
            "explore" => {
                let count = words.iter().position(|word| *word == "--universes");
                words[count.ok_or("how many")? + 1] = "2";
                words.extend(["--out", "explored"]);
            }
            other => return Err(format!("no test runs `lapwing sim {other}`").into()),
        }
        let output = Command::new(env!("CARGO_BIN_EXE_lapwing"))
            .arg("sim")
            .args(&words)
            .current_dir(folder.path())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
    }
    assert!(folder.path().join("run/report.html").exists());
    Ok(())
}

#[test]
fn a_scenario_is_shown_and_left_in_a_file_that_is_new() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("my.toml");
    let shown = sim(["show", "rfc8867-5.4"])?;
    assert_eq!(shown.status.code(), Some(0));
    let shown = String::from_utf8(shown.stdout)?;
    let left = sim(["show", "rfc8867-5.4", "--out", text(&file)])?;
    assert_eq!(left.status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file)?, shown);
    assert_eq!(sim(["check", text(&file)])?.status.code(), Some(0));
    std::fs::write(&file, "mine")?;
    let again = sim(["show", "rfc8867-5.4", "--out", text(&file)])?;
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&file)?, "mine");
    let short = sim(["show", "rfc8868"])?;
    assert_eq!(short.status.code(), Some(2));
    let said = String::from_utf8_lossy(&short.stderr);
    assert!(said.contains("did you mean rfc8868-sweep?"), "{said}");
    Ok(())
}

#[test]
fn several_seeds_have_a_folder_each() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("tiny.toml"), folder.path().join("runs"));
    std::fs::write(&file, TINY)?;
    let seeds = ["run", text(&file), "--seeds", "7-8,3", "--brief", "--json", "--out", text(&out)];
    let output = sim(seeds)?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("MB in 6 files"), "{said}");
    let lines = String::from_utf8(output.stdout)?;
    let seeds = lines.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let seeds: Vec<_> = seeds.iter().map(|run| run["seed"].as_u64()).collect();
    assert_eq!(seeds, [Some(7), Some(8), Some(3)]);
    for seed in [3, 7, 8] {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(out.join(format!("seed-{seed}")))? {
            names.push(entry?.file_name());
        }
        names.sort();
        assert_eq!(names, ["report.html", "summary.json"]);
    }
    for bad in ["1-", "9-7", "1,1", "1-10001", ""] {
        let output = sim(["run", text(&file), "--seed", bad])?;
        assert_eq!(output.status.code(), Some(2), "{bad}");
    }
    Ok(())
}

#[test]
fn the_scenarios_of_the_program_are_listed() -> Outcome {
    let listed: Value = serde_json::from_slice(&sim(["list", "--json"])?.stdout)?;
    let names = listed.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str());
    assert_eq!(names.filter(|name| name.starts_with("rfc886")).count(), 49);
    Ok(())
}

const CLIP_IS_SEEN: &str = "
[[expect]]
loss_max = 0.05
[[expect]]
metric = 'quality'
flow = 1
from_s = 2
at_least = 28
";

#[test]
fn a_clip_goes_through_a_real_codec_and_the_run_repeats() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("clip.toml");
    let text = TINY
        .replace("duration_s = 3", "duration_s = 9")
        .replace("end_s = 3", "end_s = 9")
        .replace("model = 'rfc8593-statistical'", "model = 'clip'\nclip = 'bunny'")
        .replace("[expect]\nloss_max = 0.0", CLIP_IS_SEEN);
    std::fs::write(&file, &text).expect("there is room");
    let file = file.display().to_string();
    let output = sim(["run", &file, "--verify", "--json"]).expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let outcome: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let seen = &outcome["verdicts"][1];
    // Beside another picture of the clip it would be 20 dB and less.
    let quality = seen["measured"].as_f64().unwrap_or_default();
    assert!((28.0..60.0).contains(&quality), "{seen}");
    let flow = &outcome["figures"]["flows"][0];
    let figure = |name: &str| flow[name].as_f64().unwrap_or_else(|| panic!("{name} in {flow}"));
    // Longer than the clip, whose pictures begin again.
    assert!(figure("frames_received") > 230.0, "{flow}");
    assert!((25.0..400.0).contains(&figure("frame_delay_p50_ms")), "{flow}");
    std::fs::write(folder.path().join("no.toml"), text.replace("bunny", "hare")).expect("room");
    let none = folder.path().join("no.toml").display().to_string();
    let none = sim(["run", &none]).expect("it starts");
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("hare"));
}
