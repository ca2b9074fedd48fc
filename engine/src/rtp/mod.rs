//! RTP (RFC 3550): packets, header extensions, payload formats, which stream a packet belongs to,
//! and frames from packets. Nothing here is protected or sent: packets come in authenticated and
//! decrypted, and go out as bytes.
//!
//! What comes in passes, in this order:
//!
//! 1. [`RtpPacket`], a view;
//! 2. [`PacketNames`] and [`StreamTable`]: the m-line and the encoding that it belongs to;
//! 3. [`SequenceTracker`], [`TimestampTracker`], [`Reception`]: its place in the stream, and what
//!    is counted of it;
//! 4. [`assemble`]: frames, by the [`format`](mod@format) of the payload type and by the
//!    [`dependency`] descriptor.
//!
//! What goes out: [`format::Packetizer`] plans the payloads of a frame, [`PacketWriter`] writes
//! each as a packet with its [`extension`]s, [`RtpPacketMut`] changes one that is forwarded.
//!
//! ```
//! use std::time::Instant;
//! use lapwing_engine::rtp::assemble::{VideoAssembler, VideoPacket};
//! use lapwing_engine::rtp::extension::ElementForm;
//! use lapwing_engine::rtp::format::{FrameInfo, Packetizer, PayloadFormat, PayloadPlan};
//! use lapwing_engine::rtp::{PacketWriter, RtpHeader, RtpPacket, SequenceTracker};
//! use lapwing_engine::{PayloadType, Ssrc};
//!
//! let (frame, now) = (vec![0x10; 3_000], Instant::now());
//! let mut packetizer = Packetizer::new(PayloadFormat::Vp8, 0);
//! let mut plan = PayloadPlan::default();
//! let (mut tracker, mut assembler) =
//!     (SequenceTracker::default(), VideoAssembler::new(PayloadFormat::Vp8));
//! let info = FrameInfo { keyframe: true, ..FrameInfo::default() };
//! packetizer.plan(&frame, &info, 1_200, &mut plan).unwrap();
//! for (sequence_number, payload) in (0..).zip(plan.payloads(&frame)) {
//!     let header = RtpHeader {
//!         marker: payload.marker(),
//!         payload_type: PayloadType(96),
//!         sequence_number,
//!         timestamp: 90_000,
//!         ssrc: Ssrc(1),
//!     };
//!     let mut buffer = Vec::new();
//!     let writer = PacketWriter::begin(&mut buffer, &header, &[], ElementForm::OneByte);
//!     payload.write(writer.payload());
//!     // Here the packet is protected, sent, received and unprotected.
//!     let packet = RtpPacket::parse(&buffer).unwrap();
//!     let placed = tracker.on_packet(packet.sequence_number());
//!     assembler.push(VideoPacket {
//!         sequence_number: placed.number().unwrap(),
//!         time: packet.timestamp().into(),
//!         payload_type: packet.payload_type(),
//!         marker: packet.marker(),
//!         payload: packet.payload_range(),
//!         descriptor: None,
//!         received_at: now,
//!         buffer,
//!     });
//! }
//! assert_eq!(*assembler.poll(now).unwrap().data, *frame);
//! ```

mod announcement;
pub mod assemble;
mod copies;
pub mod dependency;
pub mod extension;
pub mod format;
mod heading;
mod leb128;
mod mutable;
mod packet;
mod reception;
mod rewrite;
mod route;
mod sequence;
#[cfg(test)]
mod tests;
mod writer;

pub use announcement::Announcement;
pub use copies::{CopyLevel, CopyPolicy, SoundLosses, copy_level};
pub use heading::{Heading, HeadingIds, PacketNames};
pub use mutable::clear_mutable;
pub use packet::{FIXED_HEADER_BYTES, PacketError, RtpPacket};
pub use reception::{Reception, ReceptionCounts};
pub use rewrite::RtpPacketMut;
pub use route::{
    LEARNT_PER_LINE_MAX, LINES_MAX, Learnt, Route, RoutedEncoding, RoutedLine, StreamRole,
    StreamTable, Unroutable,
};
pub use sequence::{Placed, SequenceTracker, TimestampTracker};
pub use writer::{CSRCS_MAX, PacketWriter, RtpHeader, pad};
pub(crate) use writer::{PADDING_BIT, push_padding};
