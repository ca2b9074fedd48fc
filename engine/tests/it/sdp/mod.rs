//! Session descriptions: texts of real stacks, texts made at random, and another reader beside ours.

mod corpus;
mod round_trip;
