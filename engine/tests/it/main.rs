//! Two engines in virtual time.

mod channels;
mod connect;
mod media;
mod pair;
