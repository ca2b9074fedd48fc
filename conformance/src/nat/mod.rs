//! Calls through the NATs of the kernel, with STUN and TURN servers between, in network namespaces.
//!
//! 1. A [`Laboratory`] is a street of public addresses (a bridge), a server on it, and two sides,
//!    each on the street itself or behind a [`Translator`] of a kind.
//! 2. An [`Authority`] signs a certificate for the server, and a [`Server`] shows it:
//!    coturn, or our own.
//! 3. A [`Cell`] says who stands behind what, and which servers each may use; [`play`] has them
//!    call each other, checks the frames, and gives an [`Outcome`] with what was selected.
//! 4. [`CELLS`] are the rows of `docs/nat-lab.md`; [`table`] writes it.
//!
//! Descriptions and candidates go by pipes and by the page's control channel on the loopback
//! interface of its own namespace, never through the network under test.

mod authority;
mod cell;
mod cells;
mod error;
mod laboratory;
mod outcome;
mod play;
mod server;
mod system;
mod table;
mod translator;

pub use authority::Authority;
pub use cell::{Cell, Help, Stack};
pub use cells::CELLS;
pub use error::NatError;
pub use laboratory::Laboratory;
pub use outcome::Outcome;
pub use play::play;
pub use server::Server;
pub use table::table;
pub use translator::Translator;
