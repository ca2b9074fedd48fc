//! The keys of scenario files: what each is, and what it may be. Readers are held against this
//! table, and the reference for people is made of it.
//!
//! | what | files |
//! |---|---|
//! | what a key is | `key.rs` |
//! | the keys | `network.rs`, `links.rs`, `traffic.rs`, `events.rs`, `expected.rs` |
//! | all of them, as text | `all.rs` |

mod all;
mod events;
mod expected;
mod key;
mod links;
mod network;
#[cfg(test)]
mod tests;
mod traffic;

pub use all::{reference, tables};
pub(super) use key::{Ask, AskLog};
pub use key::{Key, KeyTable, Need, Shape};
use key::{may, must, or, words};
