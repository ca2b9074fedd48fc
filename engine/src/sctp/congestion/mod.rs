//! How fast to send: congestion control of the association.
//!
//! [`Controller`] is told what was acknowledged and what was lost, and answers with a window and a
//! rate. The usual one, [`Bbr`], keeps a model of the path: nothing that halves a window at each
//! loss gets more than a hundredth of a long path on which one packet of a thousand is lost.

mod bbr;
mod bbr_model;
mod bbr_phases;
mod choice;
mod controller;
mod cubic;
mod hystart;
mod rate;
mod reno;

pub use bbr::Bbr;
pub use choice::CongestionControl;
pub use controller::{Ack, Controller, Loss, RateSample};
pub use cubic::Cubic;
pub use reno::Reno;

pub(super) use choice::build;
pub(super) use rate::{RateSampler, Snapshot};
