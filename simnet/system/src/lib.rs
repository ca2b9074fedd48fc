//! The operating system's randomness and clock, replaced in a process that does nothing but repeat
//! runs.
//!
//! Engine and simulator ask for neither. The library str0m does, for what its users cannot give it:
//! SCTP tags, the order of hash maps, the first SCTP timer, wall-clock stamps in sender reports. So
//! tests and the laboratory's tables of str0m's session run where this is linked. In a process
//! that called [`replace`], each thread draws the same numbers from its start on, and clocks stand
//! still; so a run on a thread of its own ([`on_fresh_thread`]) repeats byte for byte in every such
//! process.
//!
//! The C library's `getrandom` and `clock_gettime` are shadowed in every program that is linked
//! with this crate: no program that serves real calls is. A process decides once, and there is no
//! way back from either:
//!
//! 1. Until it decides, the two do what those of the C library do.
//! 2. A process that called [`replace`] repeats, and makes no secrets: [`keep`] refuses there.
//! 3. A process that called [`keep`] may make secrets: [`replace`] panics there, whoever calls it.
//!
//! So no process does both.

#![cfg(target_os = "linux")]

mod replaced;

pub use replaced::{Replaced, is_replaced, keep, on_fresh_thread, replace};
