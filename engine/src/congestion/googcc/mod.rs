//! Congestion control after GoogCC (draft-ietf-rmcat-gcc-02, and libwebrtc's practice since).
//!
//! 1. Feedback tells when packets arrived. Packets that were sent together are a group
//!    (`arrivals`).
//! 2. Growing delay between groups is a queue that grows (`trendline`); so are marks of ECN
//!    (`marks`).
//! 3. Against a queue the rate falls below what arrives (`throughput`), else it grows, slowly near
//!    a capacity that is known (`aimd`, `capacity`); both are the delay-based estimate (`delay`).
//! 4. When the queue is gone, the rate is back at once at what the path carried meanwhile
//!    (`carried`). GoogCC climbs there by packets.
//! 5. A queue that stands is drained, and where others keep it full the rate goes by losses
//!    (`queue`, `competition`). GoogCC has only its adaptive threshold against either.
//! 6. A model of loss explains what is lost by the path's own loss and by a limit (`loss`); the
//!    target is the smaller one of the two, below what the receiver allows.
//! 7. Clusters of probes find capacity that is not used: at the beginning, in application-limited
//!    times (`alr`) and after a fall (`probe_control`, `probe_estimate`).
//! 8. Where no feedback comes, the rate falls by itself (`backoff`).
//!
//! All of it is deterministic: floating-point arithmetic uses only operations that IEEE 754 rounds
//! exactly.

mod aimd;
mod alr;
mod arrivals;
mod backoff;
mod capacity;
mod carried;
mod competition;
mod config;
mod delay;
mod loss;
mod loss_model;
mod loss_window;
mod machine;
mod marks;
mod math;
mod probe_control;
mod probe_estimate;
mod queue;
mod throughput;
mod trendline;

pub use config::GoogCcConfig;
pub use machine::GoogCc;
