//! Congestion controllers of TCP and QUIC senders: one file each behind one trait.

mod bbr1;
mod bbr3;
mod bbr3_bounds;
mod bbr3_cycle;
mod bbr3_floor;
mod controller;
mod cubic;
mod filters;
mod hystart;
mod prague;
mod reno;

pub use bbr1::Bbr1;
pub use bbr3::Bbr3;
pub use controller::{
    Ack, CongestionControl, INITIAL_WINDOW, LostSegment, Phase, RateSample, Timeout,
};
pub use cubic::Cubic;
pub use prague::Prague;
pub use reno::Reno;
