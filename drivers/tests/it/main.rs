//! Drivers on the loopback interface.

mod line;
mod mio;
mod multi;
mod program;
mod smol;
mod tokio;
