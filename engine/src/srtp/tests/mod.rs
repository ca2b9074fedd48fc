//! Vectors, properties and another implementation's packets.

mod libsrtp2;
mod limits;
mod order;
mod refused;
pub(super) mod support;
mod trip;
mod vectors;
