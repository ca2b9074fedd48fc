//! Negotiations of two peers, and of one with descriptions from files.

mod cases;
mod changes;
mod glare;
mod ladder;
mod pair;
mod states;
