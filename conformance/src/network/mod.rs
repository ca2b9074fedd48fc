//! Two network namespaces, joined by a link of the laboratory in real time.
//!
//! 1. Each side has a TUN device (`tun.rs`), the far end of which is a file of ours.
//! 2. A thread (`relay.rs`) reads packets from both, sends each through the
//!    [`Line`](lapwing_simnet::Line) of its direction, and writes it to the other when it is due.
//! 3. What passes and what is dropped goes into a capture (`tape.rs`).

mod captured;
mod devices;
mod joint;
mod lateness;
mod overflow;
mod path;
mod relay;
mod tape;
mod too_big;
mod tun;

pub use captured::Captured;
pub(crate) use devices::{BUFFER, Devices, TURN};
pub use joint::Network;
pub use lateness::Lateness;
pub(crate) use too_big::too_big;
pub use tun::INTERFACE;
pub(crate) use tun::{Tun, overruns};
