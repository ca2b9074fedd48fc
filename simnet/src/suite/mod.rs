//! Suites: every case of an RFC over several seeds, as a table, held against what is known to fail.

mod board;
mod cases;
mod known;

pub use board::{Board, Judgement};
pub use cases::{Suite, SuiteCase};
pub use known::{BadKnown, KnownFailure, known_failures};
