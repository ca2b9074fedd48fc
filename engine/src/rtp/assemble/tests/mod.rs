//! Tests of the assembly of frames.

mod audio;
mod bounds;
mod clips;
mod described;
mod layers;
mod loss;
mod sender;
mod video;
