//! What a report's folder holds, by what it was made, and how it is made again.

use super::args::PaperArgs;
use super::draw::{Drawing, Drawn, quoted};
use super::task::Of;

/// How things are counted: what a reader of the figures has to know.
const DEFINITIONS: &str = "\
- Rates sent and received, capacities and losses count IP packets with their headers, in one direction.
- Goodput counts bits of encoded frames and audio packets that were whole at the receiving application, when they
  were: no headers, repairs, padding or duplicates, nor packets of frames that never were whole (RFC 8868 section 3).
- Goodput of capacity is goodput over what media could have: what the capacity leaves beside constant-rate traffic,
  as far as the flows' encoders can use it. The divisor has headers, so that some 95 % is the most.
- One-way delay is from sending to arrival of a packet at the hosts; queueing delay is its part in queues of links.
- Frame delay is from the writing of a video frame to its arrival as a whole.
- In tables, `±` is half of the interval of 95 % confidence of the mean over seeds (Student's t).
- Times are virtual: a run is a function of scenario, seed and program.
";

/// The text of the README.
pub(super) fn text(args: &PaperArgs, scenarios: &[Of], drawing: &Drawing) -> String {
    let mut text = "# Runs and figures\n\n".to_owned();
    if let Some(of) = scenarios.first() {
        let (version, program) = (&of.made.version, &of.made.program);
        text += &format!("Made by lapwing {version} (program {program}) with\n\n");
    }
    text += &format!("    {}\n\n", command(args));
    text += "| scenario | digest of its text | seeds |\n|---|---|---|\n";
    for of in scenarios {
        let seeds: Vec<String> = of.seeds.iter().map(u64::to_string).collect();
        text += &format!("| {} | {} | {} |\n", of.name, of.made.scenario, seeds.join(", "));
    }
    text += "\nEach run alone, with its report, capture and logs:\n\n";
    for of in scenarios {
        for sessions in &args.sessions {
            let (word, sessions) = (&of.word, sessions.name());
            text += &format!(
                "    lapwing sim run {word} --sessions {sessions} --seed SEED --out run\n"
            );
        }
    }
    let folders: Vec<String> =
        args.sessions.iter().map(|sessions| format!("runs/{}", sessions.name())).collect();
    text += &format!(
        "\nThe figures again, from the stored runs:\n\n    lapwing plot figures {} --out figures{}\n",
        folders.join(" "),
        options(args)
    );
    text += "\n## Files\n\n\
        - `runs/SESSIONS/SCENARIO/seed-SEED/summary.json`: all figures and series of a run\n\
        - `figures/table.md`, `figures/table.tex`, `figures/table.csv`: the table below; `.tex` needs \
        the package `booktabs`, `.csv` has all digits\n\
        - `figures/NAME.csv`: the points of the figure of the same name\n";
    for Drawn { files, caption } in &drawing.figures {
        text += &format!("- {}: {caption}\n", quoted(files, "figures/"));
    }
    text += &format!("\n## Means\n\n{}", drawing.table);
    text + "\n## What is counted\n\n" + DEFINITIONS
}

/// The command by which the report is made, anywhere.
fn command(args: &PaperArgs) -> String {
    let sessions: Vec<&str> = args.sessions.iter().map(|sessions| sessions.name()).collect();
    let seeds = args.seeds.as_ref().map(|seeds| {
        let seeds: Vec<String> = seeds.values().iter().map(u64::to_string).collect();
        format!(" --seeds {}", seeds.join(","))
    });
    format!(
        "lapwing sim paper {}{} --sessions {} --out DIR{}",
        args.scenarios.join(" "),
        seeds.unwrap_or_default(),
        sessions.join(","),
        options(args)
    )
}

fn options(args: &PaperArgs) -> String {
    let names = |names: Vec<String>| names.join(",");
    let formats = args.draw.format.iter().map(|format| format!("{format:?}").to_lowercase());
    let kinds: Vec<String> = args.draw.kind.iter().map(ToString::to_string).collect();
    let kind = if kinds.is_empty() { String::new() } else { format!(" --kind {}", names(kinds)) };
    format!(" --format {}{kind} --band {}", names(formats.collect()), args.draw.band)
}
