//! What is measured: two connections joined in virtual time that exchange frames, packets or
//! messages as fast as the processor allows, and what that costs each side; and [`Call`], a call in
//! the laboratory.
//!
//! [`Pair`] does not know which stack it drives: [`Lapwing`] is the engine, and the comparison in
//! `benches/benches/raw` is the library behind it.

mod call;
mod compare;
mod lapwing;
mod pair;
mod peer;
mod writer;

pub use call::{Call, Caller, link};
pub use compare::{Compared, compare};
pub use lapwing::{Below, Lapwing, OfOurOwn, OverStr0m};
pub use pair::{Cost, Pair, Setup, setup};
pub use peer::{Kind, Load, Peer, Version, frame};
pub use writer::{Carried, Writer, exchange};
