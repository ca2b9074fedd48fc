//! Session descriptions: texts of real stacks, texts made at random, and other readers beside ours.

mod corpus;
mod damage;
mod format_strategies;
mod grammar;
mod limits;
mod oracle;
mod reader;
mod round_trip;
mod strategies;
mod transport_strategies;
