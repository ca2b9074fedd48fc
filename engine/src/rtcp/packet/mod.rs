//! RTCP packets: views of what came, and writers for what goes out.
//!
//! [`Compound::parse`] takes a datagram apart into [`Packet`]s. Views borrow the bytes, judge
//! nothing but bounds, and allocate nothing. Each writer appends one packet to a buffer, and what
//! it writes, its view reads. [`CompoundContents`] joins packets to datagrams of a bounded size by
//! the rules of RFC 3550 section 6.1, or of reduced size (RFC 5506).
//!
//! The views are our own: the crate `rtcp-types` refuses a whole datagram for a fault in one of its
//! packets, or for padding in any but the last, which libwebrtc sends, reads some descriptions and
//! DLRR blocks wrongly, and does not know RFC 8888 and REMB. The writers are tested against it.
//!
//! ```
//! use lapwing_engine::Ssrc;
//! use lapwing_engine::rtcp::packet::{Compound, Packet, Pli, write_pli};
//!
//! let mut bytes = Vec::new();
//! write_pli(&mut bytes, Pli { sender: Ssrc(7), media_ssrc: Ssrc(9) });
//! bytes.extend([0x80, 200, 0, 9]); // A sender report that ends before it began.
//!
//! let mut packets = Compound::parse(&bytes).unwrap();
//! assert!(matches!(packets.next(), Some(Packet::Pli(pli)) if pli.media_ssrc == Ssrc(9)));
//! assert!(packets.next().is_none());
//! assert_eq!(packets.faults().count, 1);
//! ```

mod app;
mod bye;
mod ccfb;
mod ccfb_write;
mod compound;
mod compound_write;
mod error;
mod fir;
mod kind;
mod nack;
mod pli;
mod raw;
mod remb;
mod report;
mod sdes;
#[cfg(test)]
mod tests;
mod transport_cc;
mod transport_cc_write;
mod write;
mod xr;

pub use app::{App, write_app};
pub use bye::{Goodbye, write_bye};
pub use ccfb::{ArrivalOffset, Ccfb, CcfbArrival, CcfbBlock};
pub use ccfb_write::{CCFB_REPORTS_MAX, CcfbWriter};
pub use compound::Compound;
pub use compound_write::{CompoundContents, DueReport, RtcpMode};
pub use error::{RtcpFault, RtcpFaults};
pub use fir::{Fir, FirEntry, write_fir};
pub use kind::Packet;
pub use nack::{Nack, write_nack};
pub use pli::{Pli, write_pli};
pub use raw::RawPacket;
pub use remb::{REMB_SSRCS_MAX, Remb, write_remb};
pub use report::{
    BLOCKS_MAX, ReceiverReport, ReportBlock, ReportBlocks, SenderInfo, SenderReport,
    write_receiver_report, write_sender_report,
};
pub use sdes::{SdesChunk, SdesItem, SdesKind, SourceDescription, write_cname, write_sdes};
pub use transport_cc::{TransportCc, TransportCcStatus};
pub use transport_cc_write::{DELTA_TICK, REFERENCE_TICK, TransportCcWriter};
pub use xr::{DlrrBlock, DlrrBlocks, ExtendedReport, XrBlock, write_dlrr, write_rrtr};
