//! Suites: every case of an RFC, of libwebrtc's tests or of data channels, over several seeds, as a
//! table, held against what is known to fail.

mod against;
mod board;
mod cases;
mod cells;
mod channel_rows;
mod known;

pub use against::{BadTable, Compared, Figure, compare, compared_markdown};
pub use board::{Board, Judgement};
pub use cases::{Suite, SuiteCase};
pub use known::{BadKnown, KnownFailure, known_failures};
