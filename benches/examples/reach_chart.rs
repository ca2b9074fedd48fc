//! Times to connect of two engines behind every kind of box, as shades.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example reach_chart -- docs/traversal.svg
//! ```

use std::process::ExitCode;

use lapwing_benches::plot::{Heat, HeatPanel, Unit};
use lapwing_simnet::reach::{Behind, Help, Matrix, SEED};

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("reach_chart: give the file to write");
        return ExitCode::from(2);
    };
    let names: Vec<String> = Behind::all().iter().map(ToString::to_string).collect();
    let mut heat = Heat::new("Time to connect, 100 ms between the peers", Unit::Seconds)
        .width(1_000)
        .x("answers", names.clone())
        .y("offers", names.clone());
    for help in Help::ALL {
        let matrix = Matrix::run(help, SEED);
        let times = matrix.reached.iter().map(|(_, reached)| {
            reached.connected.map(|time| (time.as_secs_f64() * 100.0).round() / 100.0)
        });
        let times: Vec<Option<f64>> = times.collect();
        let rows = times.chunks(names.len()).map(<[_]>::to_vec).collect();
        heat = heat.row(help.title(), [HeatPanel { title: String::new(), rows }]);
    }
    if let Err(error) = std::fs::write(&file, heat.chart().svg()) {
        eprintln!("reach_chart: {file}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
