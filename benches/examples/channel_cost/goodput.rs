//! Messages through whole connections, by the time of the processor.

use std::time::Duration;

use lapwing_benches::load::{Cost, Kind, Lapwing, Load, OfOurOwn, OverStr0m, Pair};
use lapwing_benches::plot::Table;

use super::raw::Str0m;

/// Messages, each written a millisecond after the other: 131 Mbit/s.
const MESSAGE_BYTES: usize = 16 << 10;

/// Messages of a turn: a small window.
const MESSAGES: u64 = 8;

const TURNS: usize = 400;

/// Prints what each stack carries. They take turns, so that whatever else the machine does slows
/// all of them.
pub(super) fn print_table() {
    let load = Load::new(Kind::Messages, MESSAGE_BYTES);
    let mut str0m = Pair::<Str0m>::connected(load);
    let mut over = Pair::<Lapwing<OverStr0m>>::connected(load);
    let mut own = Pair::<Lapwing<OfOurOwn>>::connected(load);
    let mut costs = [Cost::default(); 3];
    for _ in 0..TURNS {
        costs[0] += str0m.batch(MESSAGES);
        costs[1] += over.batch(MESSAGES);
        costs[2] += own.batch(MESSAGES);
    }
    let header = ["messages of 16 KiB", "Mbit per CPU-second", "sender ns", "receiver ns"];
    let mut table = Table::new(header);
    for (name, cost) in ["str0m", "over str0m", "own"].into_iter().zip(costs) {
        let each = |time: Duration| (time.as_nanos() / u128::from(cost.items)).to_string();
        table.push([
            name.to_owned(),
            format!("{:.0}", megabits(&cost) / (cost.sender + cost.receiver).as_secs_f64()),
            each(cost.sender),
            each(cost.receiver),
        ]);
    }
    println!("{table}");
}

fn megabits(cost: &Cost) -> f64 {
    (cost.items * MESSAGE_BYTES as u64 * 8) as f64 / 1e6
}
