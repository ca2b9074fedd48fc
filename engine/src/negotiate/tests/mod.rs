//! Negotiations of two peers, and of one with descriptions from files.

mod answers;
mod candidates;
mod cases;
mod changes;
mod examples;
mod formats;
mod glare;
mod ladder;
mod limits;
mod old_peers;
mod pair;
mod sequences;
mod states;
