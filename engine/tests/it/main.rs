//! Two engines in virtual time.

mod channels;
mod connect;
mod determinism;

mod hostile;
mod media;
mod pair;
mod process;
mod recording;
