//! Encoded media, as frames and as packets.

use std::sync::Arc;
use std::time::Instant;

use crate::codec::Codec;
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::rtcp::NtpTime;
use crate::rtp::assemble::SpatialLayer;
use crate::rtp::extension::PlayoutDelay;
use crate::rtp::format::{FrameInfo, PictureId};
use crate::shared_bytes::SharedBytes;
use crate::time::MediaTime;

/// One encoded picture, or one packet's worth of encoded sound: what an encoder makes and a
/// decoder takes.
///
/// VP8: one frame. VP9: one frame, or the spatial layers of one moment with the index that tells
/// them apart (bitstream specification, annex B); where a sender writes them, each by itself. AV1:
/// one temporal unit of OBUs with size fields (the low-overhead format of the specification's
/// section 5), no temporal delimiter needed. H.264: one access unit, Annex B.
/// Opus: one packet. G.711: samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedFrame {
    /// How `data` is encoded.
    pub codec: Codec,
    /// Presentation time on the codec's RTP clock.
    pub time: MediaTime,
    /// Decodable without anything before it. Always true for audio.
    pub keyframe: bool,
    /// The encoded bytes, shared so that a forwarder sends one copy to many.
    pub data: Arc<[u8]>,
}

/// A frame that arrived, with what the network told about it.
#[derive(Clone, Debug)]
pub struct ReceivedFrame {
    /// The m-line it belongs to.
    pub mid: Mid,
    /// The simulcast layer, where the sender uses layers.
    pub rid: Option<Rid>,
    /// The payload type it came with.
    pub payload_type: PayloadType,
    /// The frame.
    pub frame: EncodedFrame,
    /// When its first packet arrived.
    pub received_at: Instant,
    /// False when frames between the last one handed out and this one were lost.
    pub contiguous: bool,
    /// Level of RFC 6464 in dBov, 0 (loudest) to -127 (silence), when the sender said it.
    pub audio_level: Option<i8>,
    /// The packets that it came in, where the session knows them: what a jitter buffer tells lost
    /// frames from late ones by.
    pub packets: Option<FramePackets>,
    /// What else the network told about it.
    pub facts: FrameFacts,
    /// The spatial layers of VP9 that came as this one picture, the smallest first, for forwarders
    /// that leave some out. None where there is one layer, of other codecs, and of str0m's session.
    pub layers: Vec<SpatialLayer>,
}

/// What the network told about a frame beside its bytes, as far as the session knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameFacts {
    /// Pictures of VP8 and VP9: layers and references, as the payload descriptor has them (RFC 7741
    /// section 4.2, RFC 9628 section 4.2). Where several spatial layers came as one frame, the
    /// references are those of the lowest and `spatial` is the highest. Of other codecs what the
    /// dependency descriptor tells (AV1 RTP specification, appendix A), where that was agreed on
    /// and comes; references are counted in pictures that were handed out, and are left out where
    /// there are spatial layers or more than three.
    pub info: Option<FrameInfo>,
    /// The number that the payload descriptor has for the picture.
    pub picture_id: Option<PictureId>,
    /// When it was captured.
    pub captured: Option<CaptureTime>,
    /// The bounds that the sender asks for between capture and showing (header extension
    /// `playout-delay`), as they were told last.
    pub playout_delay: Option<PlayoutDelay>,
}

/// When a frame was captured, on a wall clock of the other side's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureTime {
    /// The time.
    pub at: NtpTime,
    /// Who told it, and so on which clock it is.
    pub source: CaptureSource,
}

impl CaptureTime {
    /// It is on the clock of whoever sends the stream: times of all its streams can be compared.
    pub fn is_senders(&self) -> bool {
        self.source != CaptureSource::Capturer
    }
}

/// Who told when a frame was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureSource {
    /// The stream's latest RTCP sender report, and the distance of both RTP timestamps (RFC 3550
    /// section 6.4.1).
    SenderReport,
    /// The header extension `abs-capture-time`, of this frame or of one shortly before, turned to
    /// the sender's clock by the offset that it tells.
    HeaderExtension,
    /// The same without an offset: on the clock of whoever captured, which behind a forwarder is
    /// not the sender's.
    Capturer,
}

/// The packets of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FramePackets {
    /// Sequence number of the first, extended by its roll-over count.
    pub first: u64,
    /// Of the last. Sound has one packet a frame; of a frame that redundancy brought back it is the
    /// packet that did not come.
    pub last: u64,
    /// Sound: packets missing between the latest frame that was handed out and this one; zero for
    /// one that comes late, whose number is lower than the latest. `None` for pictures, of which
    /// [`ReceivedFrame::contiguous`] tells, and where the session does not know.
    pub lost_before: Option<u64>,
}

/// An RTCP packet that arrived, decrypted: one of those that
/// [`Config::rtcp_events`](crate::Config::rtcp_events) asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRtcp {
    /// The packet type (RFC 3550 section 12.1).
    pub packet_type: u8,
    /// The five bits beside the version: a count, a subtype or a format of feedback.
    pub count: u8,
    /// All of it, from the header to the end of its padding.
    pub bytes: Arc<[u8]>,
    /// When it arrived.
    pub received_at: Instant,
}

/// An RTP packet that arrived, decrypted.
#[derive(Clone, Debug)]
pub struct ReceivedPacket {
    /// The m-line it belongs to.
    pub mid: Mid,
    /// The simulcast layer, where the sender uses layers.
    pub rid: Option<Rid>,
    /// Synchronisation source of the packet (the primary one, also for repaired packets).
    pub ssrc: Ssrc,
    /// The payload type.
    pub payload_type: PayloadType,
    /// Sequence number, extended by its roll-over count.
    pub sequence_number: u64,
    /// The RTP timestamp, extended by its roll-over count.
    pub time: MediaTime,
    /// The marker bit.
    pub marker: bool,
    /// The payload after header and extensions. Its buffer is used for another packet once all who
    /// hold it have dropped it.
    pub payload: SharedBytes,
    /// When it arrived.
    pub received_at: Instant,
}

/// An RTP packet to be sent as it is: a forwarder numbers it, the engine protects it.
#[derive(Clone, Debug)]
pub struct OutgoingPacket {
    /// The payload type, as negotiated with this peer.
    pub payload_type: PayloadType,
    /// Sequence number, extended by its roll-over count.
    pub sequence_number: u64,
    /// RTP timestamp, 32 bits.
    pub timestamp: u32,
    /// The marker bit.
    pub marker: bool,
    /// May be sent again when the receiver asks.
    pub nackable: bool,
    /// The payload, shared: as many connections as it is forwarded to read it from where it is.
    pub payload: SharedBytes,
}
