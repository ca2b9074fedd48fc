//! The room server over real sockets on loopback.

mod client;
mod pages;
mod rooms;
