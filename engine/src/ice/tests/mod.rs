//! The agent as a whole, in a network of its own.

mod connect;
mod differential;
mod hostile;
mod liveness;
mod nominate;
mod pairing;
mod peer;
mod procedures;
mod restart;
mod universes;
mod wire;
mod world;
