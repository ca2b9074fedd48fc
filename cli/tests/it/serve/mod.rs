//! The room server over real sockets on loopback.

mod client;
mod hostile;
mod pages;
mod rooms;
mod simulated;
