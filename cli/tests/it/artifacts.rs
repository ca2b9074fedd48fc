//! What `lapwing sim` leaves in folders, and what is made of it later.

use std::error::Error;
use std::path::Path;

use lapwing_simnet::capture::{Block, PcapngReader};
use serde_json::Value;

use crate::command::{lapwing, said, text};

type Outcome = Result<(), Box<dyn Error>>;

/// Five seconds of video, with losses.
const CALL: &str = "
[meta]
name = 'call'
duration_s = 5
seeds = [4]
schema = 1
[media.video]
model = 'rfc8593-statistical'
min_bps = 150000
max_bps = 3000000
start_bps = 2500000
fps = 30
[[link]]
name = 'fwd'
from = 'A'
to = 'B'
capacity = [{ at_s = 0, bps = 4000000 }, { at_s = 4, bps = 2000000 }]
delay_ms = 20
queue = { type = 'tail-drop', size_ms = 300 }
loss = { model = 'bernoulli', p = 0.01 }
[[flow]]
id = 1
direction = 'forward'
start_s = 0
end_s = 5
media = ['video']
[expect]
loss_max = 0.5
";

/// Four runs of a second.
const SWEEP: &str = "
[sweep]
link.fwd.delay_ms = [10, 40]
link.fwd.queue.size_ms = [100, 300]
";

/// Runs the call into a folder.
fn run(file: &Path, out: &Path, seed: &str) -> Outcome {
    std::fs::write(file, CALL)?;
    let run = ["sim", "run", text(file), "--seed", seed, "--out", text(out)];
    let output = lapwing(run)?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    Ok(())
}

#[test]
fn a_run_leaves_a_folder_that_can_be_read_and_drawn_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("call.toml"), folder.path().join("run"));
    run(&file, &out, "4")?;
    let capture = std::fs::read(out.join("run.pcapng"))?;
    let keys = std::fs::read_to_string(out.join("run.keys"))?;
    assert!(keys.contains("CLIENT_TRAFFIC_SECRET_0 "), "{keys}");
    let blocks = PcapngReader::new(&capture)?.collect::<Result<Vec<_>, _>>()?;
    let is_packet = |block: &&Block<'_>| matches!(block, Block::Packet { .. });
    assert!(blocks.iter().filter(is_packet).count() > 1_000);

    let events = std::fs::read_to_string(out.join("events.jsonl"))?;
    let events = events.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let is = |kind: &str, detail: &str| {
        events.iter().any(|event| event["kind"] == kind && event["detail"] == detail)
    };
    assert!(is("connection-state", "connected"));
    assert!(events.iter().any(|event| event["kind"] == "drop"));
    assert!(events.is_sorted_by_key(|event| event["t"].as_f64().unwrap_or_default().to_bits()));

    let log = std::fs::read_to_string(out.join("rfc8868.log"))?;
    let mut lines = log.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = lines.next().ok_or("a header")?;
    assert_eq!(header[..2], ["#sent_s", "received_s"]);
    let packets: Vec<_> = lines.collect();
    assert!(packets.iter().all(|columns| columns.len() == header.len()));
    let lost = packets.iter().filter(|columns| columns[1].is_empty()).count();
    let summary: Value = serde_json::from_slice(&std::fs::read(out.join("summary.json"))?)?;
    let flow = &summary["figures"]["flows"][0];
    assert!(lost > 0 && lost as u64 <= flow["packets_lost"].as_u64().unwrap_or_default());

    let page = std::fs::read(out.join("report.html"))?;
    let html = String::from_utf8_lossy(&page);
    for wanted in ["<svg", "The one expectation is met", "capacity 2 Mbit/s", "connected"] {
        assert!(html.contains(wanted), "{wanted}");
    }
    assert!(!html.contains("src=\"http") && !html.contains("<script") && !html.contains("NaN"));
    std::fs::remove_file(out.join("report.html"))?;
    let output = lapwing(["plot", text(&out)])?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(std::fs::read(out.join("report.html"))? == page, "the same bytes");
    Ok(())
}

#[test]
fn peers_of_a_run_are_replayed_from_their_recordings() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("call.toml"), folder.path().join("run"));
    std::fs::write(&file, CALL)?;
    let output = lapwing(["sim", "run", text(&file), "--out", text(&out), "--record"])?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for side in ["sender", "receiver"] {
        let recording = out.join(format!("flow-1-{side}.log"));
        let output = lapwing(["replay", text(&recording)])?;
        assert_eq!(output.status.code(), Some(0), "{side}: {}", said(&output));
    }
    let output = lapwing(["sim", "run", text(&file), "--out", text(&out)])?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!out.join("flow-1-sender.log").exists(), "that of the earlier run is gone");
    Ok(())
}

#[test]
fn full_logs_end_and_say_so() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("call.toml"), folder.path().join("run"));
    std::fs::write(&file, CALL)?;
    let arguments = ["sim", "run", text(&file), "--log-limit", "1", "--out", text(&out)];
    let output = lapwing(arguments)?;
    assert!(said(&output).contains("run.pcapng ends at "), "{}", said(&output));
    let capture = std::fs::read(out.join("run.pcapng"))?;
    assert!((500_000..=1_000_000).contains(&capture.len()), "{}", capture.len());
    assert!(PcapngReader::new(&capture)?.all(|block| block.is_ok()), "it ends between blocks");
    let page = std::fs::read_to_string(out.join("report.html"))?;
    assert!(page.contains("run.pcapng ends at "));

    let output = lapwing(["sim", "run", text(&file), "--no-pcap", "--out", text(&out)])?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!out.join("run.pcapng").exists(), "that of the earlier run is gone");
    assert!(out.join("rfc8868.log").exists());
    Ok(())
}

#[test]
fn summaries_that_are_cut_or_foreign_are_named_with_the_field() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("call.toml"), folder.path().join("run"));
    run(&file, &out, "4")?;
    let path = out.join("summary.json");
    let whole = std::fs::read_to_string(&path)?;
    let row = whole.find("\"sent_bps\":[").ok_or("a row of rates")?;
    let cases = [
        (whole[..row + 15].to_owned(), "series.flows[0].sent_bps[0]: EOF"),
        (whole.replace("\"seed\":4", "\"seed\":\"four\""), "seed: invalid type"),
        (whole.replace("\"bin_s\":0.1", "\"bin_s\":-1"), "series.bin_s: -1 is not"),
        (whole.replace("\"target_bps\":[", "\"target_bps\":[1,"), "series.flows[0].target_bps: 51"),
        ("[1, 2]".to_owned(), "invalid"),
        (String::new(), "EOF"),
    ];
    for (text_of, wanted) in cases {
        std::fs::write(&path, text_of)?;
        let output = lapwing(["plot", text(&out)])?;
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("summary.json") && said.contains(wanted), "{wanted}: {said}");
    }
    std::fs::remove_file(&path)?;
    assert_eq!(lapwing(["plot", text(&out)])?.status.code(), Some(2));
    Ok(())
}

#[test]
fn runs_are_compared() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, a, b) = (
        folder.path().join("call.toml"),
        folder.path().join("first"),
        folder.path().join("second"),
    );
    run(&file, &a, "1")?;
    run(&file, &b, "2")?;
    let page = folder.path().join("pages/both.html");
    let output = lapwing(["sim", "compare", text(&a), text(&b), "--out", text(&page)])?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.contains("against first") && table.contains("Utilisation"), "{table}");
    assert_eq!(std::fs::read_to_string(&page)?.matches("<svg").count(), 5);
    let output = lapwing(["sim", "compare", text(&a), text(&b), "--json"])?;
    let json: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&json["runs"][0]["name"], &json["runs"][1]["seed"]), (&"first".into(), &2.into()));
    let loss = json["figures"].as_array().into_iter().flatten().find(|one| one["figure"] == "loss");
    let loss = loss.ok_or("the loss")?;
    let value = |index: usize| loss["values"][index].as_f64().unwrap_or_default();
    // Reading a number may cost its last bit.
    let difference = loss["differences"][1].as_f64().ok_or("a difference")?;
    assert!((difference - (value(1) - value(0))).abs() < 1e-12, "{loss}");
    Ok(())
}

#[test]
fn a_sweep_is_resumed() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("call.toml"), folder.path().join("sweep"));
    std::fs::write(&file, CALL.replace("duration_s = 5", "duration_s = 1") + SWEEP)?;
    let sweep = ["sim", "sweep", text(&file), "--out", text(&out), "--jobs", "1", "--json"];
    let output = lapwing(sweep)?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let first: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(first["runs"].as_array().map(Vec::len), Some(4));
    assert_eq!(first["axes"][0]["name"], "link.fwd.delay_ms");
    assert_eq!(first["points"][3]["values"], serde_json::json!([40.0, 300.0]));
    let page = std::fs::read(out.join("sweep.html"))?;
    assert_eq!(String::from_utf8_lossy(&page).matches("<svg").count(), 3);

    let rows = |name: &str| -> Result<Vec<Vec<String>>, std::io::Error> {
        let text = std::fs::read_to_string(out.join(name))?;
        Ok(text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect())
    };
    let runs = rows("sweep.csv")?;
    let names = ["run", "point", "seed", "link.fwd.delay_ms", "link.fwd.queue.size_ms"];
    assert_eq!(runs[0][..5], names);
    assert_eq!(runs[4][..5], ["3", "3", "4", "40", "300"]);
    assert!(runs.len() == 5 && runs.iter().all(|row| row.len() == runs[0].len()), "{runs:?}");
    let sent = runs[0].iter().position(|name| name == "sent_bps").ok_or("the rate")?;
    assert_eq!(runs[1][sent].parse::<f64>().ok(), first["runs"][0]["figures"]["sent_bps"].as_f64());
    let series = rows("series.csv")?;
    assert_eq!(series[0][..5], ["run", "point", "seed", "flow", "time_s"]);
    // A second of each run, in tenths.
    assert_eq!(series.len(), 1 + 4 * 10);
    assert_eq!(series[40][..5], ["3", "3", "4", "1", "0.9"]);

    // One is cut, as by an interruption; the others are not made again.
    let summary = |point: usize| out.join(format!("point-{point}/seed-4/summary.json"));
    let made = |point: usize| std::fs::metadata(summary(point)).and_then(|file| file.modified());
    let before = made(0)?;
    let whole = std::fs::read(summary(2))?;
    std::fs::write(summary(2), &whole[..whole.len() / 2])?;
    let output = lapwing(sweep)?;
    assert!(said(&output).contains("3 of 4 runs are there already"), "{}", said(&output));
    let second: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(second["points"].as_array().map(Vec::len), Some(4));
    assert_eq!(second["runs"][3], first["runs"][3]);
    assert!(made(0)? == before, "the first is as it was");
    let again: Value = serde_json::from_slice(&std::fs::read(summary(2))?)?;
    let whole: Value = serde_json::from_slice(&whole)?;
    assert_eq!(again["chain"], whole["chain"]);

    // Its page is drawn again, and a contradiction is named.
    let page = std::fs::read(out.join("sweep.html"))?;
    std::fs::remove_file(out.join("sweep.html"))?;
    assert_eq!(lapwing(["plot", text(&out)])?.status.code(), Some(0));
    assert!(std::fs::read(out.join("sweep.html"))? == page, "the same bytes");
    let table = std::fs::read_to_string(out.join("sweep.json"))?;
    std::fs::write(out.join("sweep.json"), table.replace("\"point\":3", "\"point\":9"))?;
    let output = lapwing(["plot", text(&out)])?;
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("sweep.json: runs[3].point: 9"), "{}", said(&output));

    // Another text is another scenario.
    std::fs::write(&file, CALL.replace("duration_s = 5", "duration_s = 1") + SWEEP + "# new\n")?;
    let output = lapwing(sweep)?;
    assert!(!said(&output).contains("there already"), "{}", said(&output));
    Ok(())
}

#[test]
fn a_sweep_of_the_command_line_has_seeds_bands_and_parts() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("call.toml"), folder.path().join("sweep"));
    std::fs::write(&file, CALL)?;
    let words = ["sim", "sweep", text(&file), "--set", "meta.duration_s=1"];
    let axis = ["--axis", "link.fwd.queue.type=tail-drop,codel", "--seeds", "101-103", "--json"];
    let sweep = |more: &[&str]| {
        let words = [&words[..], &axis, &["--out", text(&out)], more].concat();
        lapwing(words)
    };
    // A part, as on another machine; then the rest.
    let part = sweep(&["--point", "1"])?;
    assert_eq!(part.status.code(), Some(0), "{}", said(&part));
    let part: Value = serde_json::from_slice(&part.stdout)?;
    assert_eq!(part["runs"].as_array().map(Vec::len), Some(3));
    let all = sweep(&["--no-series"])?;
    assert_eq!(all.status.code(), Some(0), "{}", said(&all));
    assert!(said(&all).contains("3 of 6 runs are there already"), "{}", said(&all));
    assert!(!out.join("series.csv").exists(), "that of the part is gone");
    let all: Value = serde_json::from_slice(&all.stdout)?;
    assert_eq!(all["axes"][0]["values"], serde_json::json!(["tail-drop", "codel"]));
    assert_eq!(all["seeds"], serde_json::json!([101, 102, 103]));
    let point = &all["points"][1];
    let (mean, band) = (&point["means"]["sent_bps"], &point["bands"]["sent_bps"]);
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    assert!(number(&band[0]) < number(mean) && number(mean) < number(&band[1]), "{point}");
    // A run of it is made again by the same words.
    let one = ["sim", "run", text(&file), "--seed", "102", "--point", "1", "--json"];
    let same = ["--set", "meta.duration_s=1", "--axis", "link.fwd.queue.type=tail-drop,codel"];
    let one = lapwing(one.into_iter().chain(same))?;
    let one: Value = serde_json::from_slice(&one.stdout)?;
    let summary = std::fs::read(out.join("point-1/seed-102/summary.json"))?;
    let summary: Value = serde_json::from_slice(&summary)?;
    assert_eq!(one["chain"], summary["chain"]);
    let far =
        lapwing(["sim", "sweep", text(&file), "--axis", "link.far.x=1", "--out", text(&out)])?;
    assert_eq!(far.status.code(), Some(2));
    assert!(
        said(&far).contains("call.toml: sweep.link.far: \"far\" is none of fwd"),
        "{}",
        said(&far)
    );
    Ok(())
}
