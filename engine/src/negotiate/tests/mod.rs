//! Negotiations of two peers, and of one with descriptions from files.

mod candidates;
mod cases;
mod changes;
mod examples;
mod glare;
mod ladder;
mod old_peers;
mod pair;
mod sequences;
mod states;
