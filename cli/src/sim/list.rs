//! `lapwing sim list`.

use lapwing_benches::plot::{Align, Table};
use lapwing_simnet::scenario::{BUILT_IN, Scenario};
use serde::Serialize;

use super::args::ListArgs;
use super::{SimError, show};

/// A scenario as it is listed.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    duration_s: f64,
    flows: usize,
    runs: usize,
    reference: String,
}

/// Prints the scenarios that the program carries.
pub(super) fn list(args: &ListArgs) -> Result<(), SimError> {
    let mut listed = Vec::new();
    for built_in in BUILT_IN {
        let scenario = Scenario::parse(built_in.name, built_in.text)
            .map_err(|bad| SimError::Bad(vec![bad]))?;
        listed.push(Listed {
            name: built_in.name,
            duration_s: scenario.meta.duration.as_secs_f64(),
            flows: scenario.flows.len(),
            runs: scenario.points() * scenario.meta.seeds.len(),
            reference: scenario.meta.reference,
        });
    }
    if args.json {
        let json = serde_json::to_string_pretty(&listed).expect("a list can be written as JSON");
        show::say(&json);
        return Ok(());
    }
    let [left, right] = [Align::Left, Align::Right];
    let mut table = Table::new(["scenario", "seconds", "flows", "runs", "reference"])
        .align([left, right, right, right, left]);
    for one in listed {
        let numbers = [one.duration_s.to_string(), one.flows.to_string(), one.runs.to_string()];
        let [seconds, flows, runs] = numbers;
        table.push([one.name.to_owned(), seconds, flows, runs, one.reference]);
    }
    show::say(&table.to_string());
    Ok(())
}
