//! RTCP: packets, reports, and feedback that repairs what was lost.
//!
//! | file | what it does | source |
//! |---|---|---|
//! | [`packet`] | packets read and written | RFC 3550, 4585, 5104, 3611, 8888, draft-holmer-rmcat-transport-wide-cc-extensions-01 |
//! | `ntp.rs` | wall-clock time as reports carry it | RFC 3550 section 4 |
//! | `schedule.rs` | when reports are due | RFC 3550 section 6.2 |
//! | `report.rs` | report blocks from what was received | RFC 3550 appendix A.3 |
//! | `round_trip.rs`, `remote.rs` | round trips, and what the peer tells of streams | RFC 3550 section 6.4, RFC 3611 sections 4.4 and 4.5 |
//! | `nack.rs` | what is missing and when to ask for it | RFC 4585 section 6.2.1 |
//! | `history.rs`, `rtx.rs` | what was sent and may be sent again | RFC 4588 |
//! | `keyframe.rs` | keyframes asked for, by and of the peer | RFC 4585 section 6.3.1, RFC 5104 section 4.3.1 |
//! | [`transport_feedback`] | arrivals recorded and told; what is told joined with what was sent | RFC 8888, draft-holmer |
//!
//! Everything here is a pure machine: time comes in as an argument, bytes go out into a buffer of
//! the caller's, and nothing knows RTP packets, keys or sockets. Numbers of packets that are `u64`
//! are extended by their roll-over count.
//!
//! A peer lost a packet, asks for it, and is understood:
//!
//! ```
//! use std::time::Instant;
//! use lapwing_engine::Ssrc;
//! use lapwing_engine::rtcp::packet::{Compound, Packet, write_nack};
//! use lapwing_engine::rtcp::{NackConfig, NackList};
//!
//! let now = Instant::now();
//! let mut missing = NackList::new(NackConfig::default());
//! missing.on_packet(10, now);
//! missing.on_packet(13, now);
//!
//! let mut wanted = Vec::new();
//! missing.poll(now, &mut wanted);
//! assert_eq!(wanted, [11, 12]);
//!
//! let mut bytes = Vec::new();
//! write_nack(&mut bytes, Ssrc(1), Ssrc(2), &wanted, 1_200);
//! let mut packets = Compound::parse(&bytes).unwrap();
//! let Some(Packet::Nack(nack)) = packets.next() else { panic!("it is a NACK") };
//! assert_eq!(nack.media_ssrc, Ssrc(2));
//! assert!(nack.sequences().eq([11, 12]));
//! ```

mod history;
mod keyframe;
mod nack;
mod ntp;
pub mod packet;
mod remote;
mod report;
mod round_trip;
mod rtx;
mod schedule;
#[cfg(test)]
mod tests;
pub mod transport_feedback;
mod unwrap;

pub use history::{HistoryConfig, ResendRefusal, SendHistory, SendHistoryCounters};
pub use keyframe::{KeyframeDemand, KeyframeMethod, KeyframeRequest, KeyframeRequester};
pub use nack::{NackConfig, NackCounters, NackList, PacketPlace, ReorderWait};
pub use ntp::{NtpClock, NtpTime};
pub use remote::{RemoteInbound, RemoteOutbound};
pub use report::{BlockSource, Reception, SenderFigures};
pub use round_trip::{ReferenceTimes, RoundTrip};
pub use rtx::{RTX_HEADER_BYTES, RtxPayload, write_rtx_payload};
pub use schedule::{REPORT_INTERVAL_AUDIO, REPORT_INTERVAL_VIDEO, ReportSchedule};
