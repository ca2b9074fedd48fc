//! Tests of the assembly of frames.

mod audio;
mod bounds;
mod clips;
mod layers;
mod loss;
mod sender;
mod video;
