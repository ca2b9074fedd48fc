//! Integration tests: what must hold against specifications and real peers.

mod browser;
mod engine;
mod netns;
mod tbf;
