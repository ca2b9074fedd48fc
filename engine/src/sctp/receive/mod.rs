//! What comes: numbers that arrived, messages that are put together, and what is said of both.
//!
//! 1. A piece has a number. One that came before is acknowledged again and forgotten; one that does
//!    not fit the window is as if it had been lost (`arrived.rs`).
//! 2. It joins what its stream has of the same message. Whole messages leave, ordered ones when it
//!    is their turn (`assembly.rs`).
//! 3. The sender hears what came, at once where something is missing (`acks.rs`), and how much more
//!    may come (`window.rs`).
//! 4. Where the application reads slowly, whole messages or parts of them stay (`reading.rs`), and
//!    the window closes.
//! 5. What the sender gave up is no longer waited for, whether it says so or not (`stranded.rs`),
//!    and streams that it resets begin anew (`requests.rs`).

mod acks;
mod arrived;
mod assembly;
mod reading;
mod receiver;
mod requests;
mod run;
mod stranded;
mod window;

pub(super) use assembly::Mode;
pub(super) use receiver::{News, Receiver, Verdict};
