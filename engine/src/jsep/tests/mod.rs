//! Negotiations of two peers, and of one with descriptions from files.

mod answers;
mod candidates;
mod cases;
mod changes;
mod encodings;
mod examples;
mod formats;
mod glare;
mod header_extensions;
mod kinds;
mod ladder;
mod limits;
mod old_peers;
mod pair;
mod sequences;
mod states;
mod wishes;
mod world;
