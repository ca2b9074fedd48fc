//! What relaying costs the processor and the memory: our TURN server beside coturn's.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example relay
//! ```
//!
//! 1. A payload goes from a client through its relayed address to another client's relayed address
//!    and on to that client, all on the loopback interface, by channels. It is received and sent
//!    twice by the server. What counts is the processor time of the server's process, as the kernel
//!    tells it, by payload that arrived. Each server has one thread for packets.
//! 2. The growth of the server's resident memory by idle allocations, each of a client of its own.
//!
//! Both in one run, one server after the other, the rounds in turn. Writes `docs/turn-server.svg`.

mod client;
mod servers;

use std::error::Error;
use std::process::ExitCode;

use lapwing_benches::plot::{Bars, Table, Unit};

use self::client::Flow;
use self::servers::{Kind, Server};

/// Bytes of a payload, and pairs of clients that send in turn.
const CASES: [[usize; 2]; 4] = [[120, 1], [120, 16], [1200, 1], [1200, 16]];

/// Payloads of a round.
const PAYLOADS: usize = 200_000;

/// Rounds of each case and server; the median counts.
const ROUNDS: usize = 3;

/// Allocations that wait for nothing.
const IDLE: usize = 200;

const CHART: &str = "docs/turn-server.svg";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["serve"] => servers::serve(),
        _ => measure(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(["payload", "pairs", "Lapwing", "coturn", "times", "lost"]);
    let mut bars = Bars::new("Payloads relayed in a second of the processor", Unit::Count)
        .series(["Lapwing", "coturn"]);
    for [bytes, pairs] in CASES {
        let mut rates = [Vec::new(), Vec::new()];
        let mut lost = 0;
        for _ in 0..ROUNDS {
            for (kind, rates) in [Kind::Lapwing, Kind::Coturn].into_iter().zip(&mut rates) {
                let round = round(kind, bytes, pairs)?;
                rates.push(round.rate);
                lost += round.lost;
            }
        }
        let [ours, theirs] = rates.map(median);
        let times = format!("{:.2}", ours / theirs);
        let cells = [format!("{bytes} B"), pairs.to_string(), format!("{ours:.0}")];
        table.push(cells.into_iter().chain([format!("{theirs:.0}"), times, lost.to_string()]));
        bars = bars.group(format!("{bytes} B, {pairs} at once"), [ours, theirs]);
    }
    println!("payloads in a second of the server's processor time\n\n{table}");
    std::fs::write(CHART, bars.chart().svg())?;
    let mut table = Table::new(["", "resident bytes of an idle allocation"]);
    for (kind, name) in [(Kind::Lapwing, "Lapwing"), (Kind::Coturn, "coturn")] {
        table.push([name.to_owned(), idle(kind)?.to_string()]);
    }
    println!("{table}");
    Ok(())
}

struct Round {
    rate: f64,
    lost: usize,
}

fn round(kind: Kind, bytes: usize, pairs: usize) -> Result<Round, Box<dyn Error>> {
    let server = Server::start(kind)?;
    let mut flows = Vec::new();
    for _ in 0..pairs {
        flows.push(Flow::new(server.address(), bytes)?);
    }
    let start = server.processor_time()?;
    let arrived = client::play(&mut flows, PAYLOADS)?;
    let took = server.processor_time()? - start;
    Ok(Round { rate: arrived as f64 / took.as_secs_f64(), lost: PAYLOADS - arrived })
}

fn idle(kind: Kind) -> Result<usize, Box<dyn Error>> {
    let server = Server::start(kind)?;
    // What the first one needs once is not the allocation's.
    let first = client::Client::allocated(server.address())?;
    let start = server.resident_bytes()?;
    let mut clients = vec![first];
    for _ in 0..IDLE {
        clients.push(client::Client::allocated(server.address())?);
    }
    Ok(server.resident_bytes()?.saturating_sub(start) / IDLE)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
