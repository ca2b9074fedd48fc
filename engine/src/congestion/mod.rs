//! How fast a connection may send: congestion control (RFC 8836 says what it owes to others) and
//! the pacer that obeys it.
//!
//! [`CongestionController`] decides from feedback; [`GoogCc`] is the one that is there, after
//! draft-ietf-rmcat-gcc and what libwebrtc made of it, and an application can bring its own.
//! [`Pacer`] lets packets out at its rate, with the probes it wants. Both are pure machines,
//! usable alone:
//!
//! ```
//! use std::time::{Duration, Instant};
//! use lapwing_engine::{Bitrate, Ssrc};
//! use lapwing_engine::congestion::{
//!     CongestionController, GoogCc, GoogCcConfig, Item, Pacer, PacerConfig, Release,
//! };
//! use lapwing_engine::{
//!     Arrival, PacketClass, PacketResult, SentPacket, TransportFeedback,
//! };
//!
//! let start = Instant::now();
//! let mut controller = GoogCc::new(GoogCcConfig::default(), start);
//! let mut pacer = Pacer::new(PacerConfig::default(), start);
//! let mut feedback = TransportFeedback::empty(start);
//! let mut number = 0;
//! for step in 0..1_000 {
//!     let now = start + Duration::from_millis(10 * step);
//!     pacer.set_target(&controller.update(now), now);
//!     // As many packets as the encoder makes of the target; the path takes 20 ms.
//!     let item = Item { size: 500, class: PacketClass::Video, key: step };
//!     pacer.enqueue(item, now).unwrap();
//!     while let Some(release) = pacer.poll(now) {
//!         let (size, class, probe) = match release {
//!             Release::Packet(packet) => (packet.item.size, packet.item.class, packet.probe),
//!             Release::Padding { bytes, probe } => {
//!                 pacer.on_padding(bytes, now);
//!                 (bytes, PacketClass::Padding, probe)
//!             }
//!         };
//!         let sequence = number as u16;
//!         let sent = SentPacket {
//!             number, ssrc: Ssrc(1), sequence, sent_at: now, size, ecn: None, class, probe,
//!         };
//!         number += 1;
//!         controller.on_sent(&sent);
//!         let at = now - start + Duration::from_millis(20);
//!         let arrival = Arrival::Received { at, ecn: None, after_loss: false };
//!         feedback.results.push(PacketResult { sent, arrival });
//!     }
//!     if step % 10 == 9 {
//!         feedback.received_at = now + Duration::from_millis(40);
//!         controller.on_feedback(&feedback);
//!         feedback.results.clear();
//!     }
//! }
//! let target = controller.update(start + Duration::from_secs(10));
//! assert!(target.rate > Bitrate::kbps(400), "nothing stood in the way: {}", target.rate);
//! ```

pub mod googcc;
pub mod pacer;

mod controller;
mod factory;
mod receiver_estimate;
#[cfg(test)]
mod tests;

pub use controller::{CongestionController, IDLE_WAKEUP_EVERY, Limits, PROBES_MAX, Probe, Target};
pub use factory::ControllerFactory;
pub use googcc::{GoogCc, GoogCcConfig};
pub use pacer::{Full, Item, Pacer, PacerConfig, Release, Released, Waiting};
pub use receiver_estimate::ReceiverEstimate;
