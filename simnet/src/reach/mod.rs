//! Who reaches whom: two engines behind every kind of box, with every kind of help, against the
//! oracle.
//!
//! | file | what is there |
//! |---|---|
//! | `behind.rs` | what a peer is behind |
//! | `help.rs` | which servers help, and what is blocked |
//! | `cell.rs` | one pair of peers, run |
//! | `matrix.rs` | all pairs, and their table |

mod behind;
mod cell;
mod help;
mod matrix;

pub use behind::Behind;
pub use cell::{Cell, Reached};
pub use help::Help;
pub use matrix::{Matrix, cells};
