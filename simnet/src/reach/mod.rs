//! Who reaches whom: two engines behind every kind of box, with every kind of help, against the
//! oracle.
//!
//! | file | what is there |
//! |---|---|
//! | `behind.rs` | what a peer is behind |
//! | `help.rs` | which servers help, and what is blocked |
//! | `cell.rs` | one pair of peers, run |
//! | `matrix.rs` | all pairs, and their table |
//! | `special.rs` | networks beyond one box for each |
//! | `report.rs` | all tables, as they are committed |
//! | `change.rs`, `speaker.rs` | what happens to a call under way, and who listens |

mod behind;
mod cell;
mod change;
mod help;
mod matrix;
mod report;
mod speaker;
mod special;

pub use behind::Behind;
pub use cell::{Cell, Reached};
pub use change::{Change, Outage};
pub use help::Help;
pub use matrix::{Matrix, cells};
pub use report::{Report, SEED};
pub use special::Special;
