//! The room server from outside, and on a simulated network.

mod client;
mod hostile;
mod simulated;
