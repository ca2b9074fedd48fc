//! A congestion controller and a queue of one's own, for scenarios of Lapwing's laboratory.

mod controller;
mod parts;
mod queue;

pub use controller::DelayTarget;
pub use parts::parts;
pub use queue::Ramp;
