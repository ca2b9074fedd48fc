//! Tests of payload formats.

mod audio;
mod descriptors;
mod frames;
mod hostile;
mod round_trips;
mod wire;
