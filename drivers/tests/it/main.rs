//! Drivers on the loopback interface.

mod caller;
mod carrier;
mod line;
mod mio;
mod multi;
mod program;
mod sharded;
mod smol;
mod tokio;
