//! Integration tests: what must hold against specifications and real peers.

mod browser;
mod captures;
mod engine;
mod kernel_tcp;
mod live;
mod netns;
mod network;
mod simulated;
mod tbf;
mod vectors;
