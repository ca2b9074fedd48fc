//! The engine against real browsers: one peer connection each, media and data both ways.

mod calls;
mod echo;
mod loopback;
mod names;
mod rsa;
