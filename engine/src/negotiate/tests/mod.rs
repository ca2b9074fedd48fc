//! Negotiations of two peers, through values.

mod ladder;
mod pair;
