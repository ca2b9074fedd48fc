//! What a run came to, for the terminal.

use std::io::{Write, stderr, stdout};

use lapwing_benches::lab;
use lapwing_rooms::text::count;
use lapwing_simnet::run::Outcome;

/// Prints a text and ends the line.
pub(super) fn say(text: &str) {
    // A reader that has seen enough, as `head` does, is no reason to fail.
    let _ = writeln!(stdout(), "{}", text.trim_end());
}

/// Tells the person at the terminal something, beside what is printed.
pub(super) fn tell(text: &str) {
    // As above: a long sweep does not end because nobody listens any more.
    let _ = writeln!(stderr(), "{text}");
}

/// Prints figures and verdicts.
pub(super) fn tables(outcome: &Outcome) {
    let Outcome { scenario, seed, duration_s, events, chain, figures, .. } = outcome;
    let mut text = format!(
        "{scenario}, seed {seed}: {duration_s} s, {}, chain {chain:016x}\n",
        count(*events, "event")
    );
    let verdicts = lab::verdicts_table(&outcome.verdicts);
    let tables = [
        Some(lab::flows_table(figures)),
        lab::channels_table(figures),
        lab::cross_table(figures),
        Some(lab::phases_table(figures)),
        Some(verdicts),
    ];
    for table in tables.into_iter().flatten() {
        text += &format!("\n{table}");
    }
    say(&text);
}
