//! Drivers on the loopback interface.

mod mio;
mod multi;
mod program;
