//! Draws the rate of this crate's controller over the capacity, beside the engine's own:
//! `cargo run --release --example plot -- scenarios/step.toml rate.svg`.

use std::error::Error;

use lapwing_benches::plot::{Lines, Series, Unit};
use lapwing_simnet::run::run;
use lapwing_simnet::scenario::Scenario;
use lapwing_template::parts;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, picture] = &words[..] else {
        return Err("it takes a scenario and a picture: scenarios/step.toml rate.svg".into());
    };
    let text = std::fs::read_to_string(file)?;
    let none = |_: &str| Err("there are no traces".to_owned());
    let mut scenario = Scenario::read(file, &text, &none, &parts())?.scenario;
    let ours = run(&scenario, 1)?.series;
    for flow in &mut scenario.flows {
        flow.controller = None;
    }
    let theirs = run(&scenario, 1)?.series;

    let over_time = |bits: &[f64]| -> Vec<(f64, f64)> {
        bits.iter().enumerate().map(|(bin, bps)| (bin as f64 * ours.bin_s, *bps)).collect()
    };
    let lines = Lines::new(format!("{}: rate received", scenario.meta.name))
        .x("time", Unit::Seconds)
        .y(Unit::BitsPerSecond)
        .series(Series::step("capacity", over_time(&ours.links[0].capacity_bps)).muted())
        .series(Series::line("delay-target", over_time(&ours.flows[0].received_bps)))
        .series(Series::line("the engine's own", over_time(&theirs.flows[0].received_bps)));
    std::fs::write(picture, lines.chart().svg())?;
    println!("{picture}");
    Ok(())
}
