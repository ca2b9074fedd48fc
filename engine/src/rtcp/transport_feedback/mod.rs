//! When packets arrived: recorded and told by their receiver, understood by their sender.
//!
//! A receiver keeps a [`TransportCcRecorder`] or a [`CcfbRecorder`], whichever both sides agreed
//! on, and sends what they write. A sender keeps a [`SentHistory`] and gets from each message a
//! [`TransportFeedback`](crate::TransportFeedback), the same for both kinds.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use lapwing_engine::rtcp::packet::{Compound, Packet};
//! use lapwing_engine::rtcp::transport_feedback::{SentHistory, TransportCcRecorder};
//! use lapwing_engine::{FeedbackKind, PacketClass, SentPacket, Ssrc, TransportFeedback};
//!
//! let (start, ms) = (Instant::now(), Duration::from_millis(1));
//! let mut sender = SentHistory::new(FeedbackKind::TransportWide);
//! let mut receiver = TransportCcRecorder::new(start);
//! for number in 0..3 {
//!     sender.on_sent(SentPacket {
//!         number,
//!         ssrc: Ssrc(1),
//!         sequence: 100 + number as u16,
//!         sent_at: start,
//!         size: 1_200,
//!         ecn: None,
//!         class: PacketClass::Video,
//!         probe: None,
//!     });
//! }
//! receiver.on_packet(0, Ssrc(1), start + 20 * ms);
//! receiver.on_packet(2, Ssrc(1), start + 21 * ms);
//!
//! let due_at = receiver.next_due().unwrap();
//! let mut message = Vec::new();
//! receiver.poll(due_at, Ssrc(9), 1_200, &mut message);
//! let Some(Packet::TransportCc(told)) = Compound::parse(&message).unwrap().next() else {
//!     panic!("it is transport-wide feedback")
//! };
//! let mut feedback = TransportFeedback::empty(start);
//! assert!(sender.on_transport_cc(&told, due_at + 20 * ms, &mut feedback));
//! assert_eq!(feedback.losses(), (1, 3));
//! ```

mod arrivals;
mod ccfb_recorder;
mod sent;
mod stream_index;
mod transport_cc_recorder;

pub use ccfb_recorder::{CcfbRecorder, ReportedLosses};
pub use sent::{SentCounters, SentHistory};
pub use transport_cc_recorder::TransportCcRecorder;
