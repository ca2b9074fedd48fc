//! Figures for papers, and the report with its runs.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use crate::command::{lapwing, said};

type Outcome = Result<(), Box<dyn Error>>;

/// Six seconds of video beside TCP; the second flow is late.
const CALLS: &str = "
[meta]
name = 'calls'
duration_s = 6
seeds = [1, 2]
schema = 1
[media.video]
model = 'rfc8593-statistical'
min_bps = 150000
max_bps = 1500000
start_bps = 600000
fps = 30
[[link]]
name = 'fwd'
from = 'A'
to = 'B'
capacity_bps = 3000000
delay_ms = 20
queue = { type = 'tail-drop', size_ms = 300 }
[[flow]]
id = 1
direction = 'forward'
start_s = 0
end_s = 6
media = ['video']
[[flow]]
id = 2
direction = 'forward'
start_s = 3
end_s = 6
media = ['video']
[[cross]]
kind = 'tcp-long'
cc = 'cubic'
link = 'fwd'
count = 1
start_s = 0
end_s = 6
";

fn files(folder: &Path) -> Result<BTreeSet<String>, std::io::Error> {
    let entries = std::fs::read_dir(folder)?;
    Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

#[test]
fn a_report_has_runs_figures_data_tables_and_says_how_it_is_made() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("calls.toml"), folder.path().join("paper"));
    std::fs::write(&file, CALLS)?;
    let (file, folder) = (file.display().to_string(), out.display().to_string());
    let paper =
        ["sim", "paper", &file, "--seeds", "1-2", "--out", &folder, "--format", "svg,pdf,png"];
    let output = lapwing(paper)?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let figures = out.join("figures");
    let there = files(&figures)?;
    for kind in ["delay", "cdf", "goodput", "window", "bands", "multiples"] {
        for ending in ["svg", "pdf", "png", "csv"] {
            let name = format!("calls-{kind}.{ending}");
            assert!(there.contains(&name), "{name} among {there:?}");
        }
    }
    // There is one session: nothing to compare.
    assert_eq!(there.len(), 6 * 4 + 4, "{there:?}");
    let read = |name: &str| std::fs::read_to_string(figures.join(name));
    let window = read("calls-window.csv")?;
    for row in ["flow 2,estimate,rate_bps,", "tcp-long 1,congestion window,window_segments,"] {
        assert!(window.contains(row), "{row}");
    }
    let bands = read("calls-bands.csv")?;
    assert!(bands.starts_with("panel,series,quantity,time_s,value,low,high\n"), "{bands}");
    assert!(read("calls-delay.svg")?.contains(">one-way delay (ms)<"));
    assert!(read("table.md")?.contains("| calls | own | 2 |"));
    let readme = std::fs::read_to_string(out.join("README.md"))?;
    for wanted in ["--seeds 1,2 --sessions own", "| calls | own | 2 |", "figures/calls-cdf.pdf"] {
        assert!(readme.contains(wanted), "{wanted} in {readme}");
    }

    // Once more nothing is run, and every byte is the same; so it is drawn from the runs alone.
    let all: Vec<Vec<u8>> =
        there.iter().map(|name| std::fs::read(figures.join(name))).collect::<Result<_, _>>()?;
    let output = lapwing(paper)?;
    assert!(said(&output).contains("2 of 2 runs are there already"), "{}", said(&output));
    let again = out.join("again");
    let (runs, text) = (out.join("runs/own").display().to_string(), again.display().to_string());
    let output = lapwing(["plot", "figures", &runs, "--out", &text, "--format", "svg,pdf,png"])?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for (name, bytes) in there.iter().zip(&all) {
        assert!(std::fs::read(figures.join(name))? == *bytes, "{name} is the same");
        assert!(std::fs::read(again.join(name))? == *bytes, "{name} is the same again");
    }

    // Two folders are held against each other; what is none is named.
    let seed = |seed: u32| out.join(format!("runs/own/calls/seed-{seed}")).display().to_string();
    let (one, two) = (seed(1), seed(2));
    let compare =
        ["plot", "figures", &one, &two, "--out", &text, "--kind", "compare", "--band", "mean"];
    let output = lapwing(compare)?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = std::fs::read_to_string(again.join("calls-compare.svg"))?;
    assert!(text.contains(">seed-1<") && text.contains(">seed-2<"));
    let nothing = figures.display().to_string();
    let output = lapwing(["plot", "figures", &nothing, "--out", &nothing])?;
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("summary.json"), "{}", said(&output));
    Ok(())
}
