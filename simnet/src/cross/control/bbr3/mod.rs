//! BBR version 3 (draft-ietf-ccwg-bbr): the sender paces at the greatest rate of delivery of two
//! probes, and bounds what is on its way by what losses told.

mod bounds;
mod cycle;
mod floor;
mod model;

pub use model::Bbr3;
