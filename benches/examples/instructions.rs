//! Instructions per datagram, counted by valgrind: the same on a busy machine and an idle one.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example instructions
//! ```
//!
//! Where they go, line by line, is told by a build that knows its lines:
//!
//! ```text
//! cargo run --profile profiling -p lapwing-benches --example instructions
//! callgrind_annotate --auto=yes target/bench/instructions/own-3-out.callgrind
//! ```
//!
//! Valgrind knows no SHA extensions and no AVX-512, so that OpenSSL takes longer ways than on the
//! bare processor: compare the stacks, not the figures with others.

#[path = "../benches/raw/mod.rs"]
mod raw;

use std::error::Error;
use std::process::ExitCode;

use lapwing_benches::load::{Cost, Lapwing, Load, OfOurOwn, OverStr0m, Pair, Peer};
use lapwing_benches::measure::{Counted, FOLDER};
use lapwing_benches::plot::Table;
use raw::Str0m;

/// Items that are counted.
const ITEMS: u64 = 1_000;

/// Items per batch.
const BATCH: u64 = 200;

/// Functions of [`Pair`] whose instructions count, by end. Mangled names hold the length first.
const ENDS: [(&str, &[&str]); 2] =
    [("out", &["*4pair*4send*", "*4pair*9feed_back*"]), ("in", &["*4pair*7deliver*"])];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["run", stack, load] => run(stack, load),
        _ => count_all(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What runs inside valgrind: prints how many datagrams there were.
fn run(stack: &str, load: &str) -> Result<(), Box<dyn Error>> {
    let (_, load) = Load::COMPARED.get(load.parse::<usize>()?).ok_or("no such load")?;
    let cost = match stack {
        "str0m" => batches::<Str0m>(*load),
        "over" => batches::<Lapwing<OverStr0m>>(*load),
        _ => batches::<Lapwing<OfOurOwn>>(*load),
    };
    println!("{}", cost.datagrams);
    Ok(())
}

fn batches<P: Peer>(load: Load) -> Cost {
    let mut pair = Pair::<P>::connected(load);
    let mut cost = Cost::default();
    for _ in 0..ITEMS / BATCH {
        cost += pair.batch(BATCH);
    }
    cost
}

fn count_all() -> Result<(), Box<dyn Error>> {
    let header = ["instructions per datagram", "end", "str0m", "over it", "ratio", "own", "ratio"];
    let mut table = Table::new(header);
    for (index, (name, _)) in Load::COMPARED.iter().enumerate() {
        for (end, functions) in ENDS {
            let base = count("str0m", index, end, functions)?;
            let over = count("over", index, end, functions)?;
            let own = count("own", index, end, functions)?;
            table.push([
                (*name).to_owned(),
                end.to_owned(),
                format!("{base:.0}"),
                format!("{over:.0}"),
                format!("{:.3}", over / base),
                format!("{own:.0}"),
                format!("{:.3}", own / base),
            ]);
        }
    }
    println!("{table}\nProfiles for callgrind_annotate are in {FOLDER}.");
    Ok(())
}

/// Instructions per datagram of one stack at one end.
fn count(stack: &str, load: usize, end: &str, functions: &[&str]) -> Result<f64, Box<dyn Error>> {
    let name = format!("{stack}-{load}-{end}");
    let counted = Counted::run(&name, functions, &["run", stack, &load.to_string()])?;
    let datagrams: f64 = counted.printed.trim().parse()?;
    Ok(counted.profile.total() as f64 / datagrams)
}
