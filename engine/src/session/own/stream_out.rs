//! Streams that are sent: their numbers, and what was sent of them.

use std::collections::BTreeMap;
use std::time::Instant;

use super::beside::Beside;
use super::copies_out::CopiesOut;
use super::counts::OutboundCounts;
use super::due::Due;
use super::fec_out::FecOut;
use super::forms::Form;
use super::header_form::{HeaderForm, HeaderKind};
use super::kept::Kept;
use super::lines::{Line, Lines};
use super::telling::Telling;
use crate::codec::MediaKind;
use crate::entropy::{Draws, Purpose, stream};
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::rtcp::{HistoryConfig, KeyframeDemand, RemoteInbound, SendHistory};
use crate::rtp::Announcement;
use crate::rtp::format::{Packetizer, PayloadPlan};
use crate::session::agreed::{CodecRole, Encoding};

/// Streams that are kept while they are not sent: every m-line with a few layers each.
const RESTING_MAX: usize = 1024;

/// Bytes of payload in a packet: a datagram of 1,200 less header, extensions and tag.
pub(super) const PAYLOAD_BYTES_MAX: usize = 1_100;

/// Buffers that wait for payloads: those of a large frame.
const SPARES_MAX: usize = 64;

/// A packet as it can be sent again.
#[derive(Debug)]
pub(super) struct SentPayload {
    pub(super) payload_type: PayloadType,
    pub(super) marker: bool,
    pub(super) timestamp: u32,
    pub(super) payload: Kept,
    pub(super) beside: Beside,
}

/// One stream.
pub(super) struct StreamOut {
    /// The place of its m-line.
    pub(super) line: usize,
    pub(super) mid: Mid,
    pub(super) rid: Option<Rid>,
    pub(super) kind: MediaKind,
    pub(super) ssrc: Ssrc,
    pub(super) rtx: Option<Ssrc>,
    /// The number of the next packet, extended by its roll-over count.
    pub(super) next: u64,
    pub(super) rtx_next: u64,
    /// What is added to media time.
    pub(super) time_offset: u32,
    pub(super) packetizers: BTreeMap<PayloadType, Packetizer>,
    pub(super) history: SendHistory<SentPayload>,
    /// Buffers of payloads that are not kept, for the next ones.
    spares: Vec<Vec<u8>>,
    /// Packets as they left, where the peer takes no retransmissions but in their own stream.
    pub(super) repeats: Option<Box<SendHistory<Vec<u8>>>>,
    /// The peer asks for lost packets, and those of these types are sent again as they were.
    pub(super) nacked: bool,
    pub(super) repeated: Vec<PayloadType>,
    pub(super) fec_out: Option<Box<FecOut>>,
    /// Sound that is sent again with what comes after it.
    pub(super) copies: Option<Box<CopiesOut>>,
    pub(super) packets: u64,
    pub(super) octets: u64,
    /// The last timestamp, when its frame was captured, and the clock's rate.
    pub(super) last: Option<(u32, Instant, u32)>,
    pub(super) demand: KeyframeDemand,
    pub(super) remote: RemoteInbound,
    pub(super) nacks: u64,
    /// Headers of its packets, and of those that repair it.
    header_forms: [Option<Box<HeaderForm>>; 2],
    /// Whether its packets name it.
    pub(super) names: Announcement,
    pub(super) telling: Telling,
    pub(super) counts: OutboundCounts,
}

impl StreamOut {
    pub(super) fn packetizer(&mut self, form: &Form) -> &mut Packetizer {
        // As many as an m-line has payload types.
        let first = self.ssrc.0 as u16 & 0x7fff;
        self.packetizers.entry(form.payload_type).or_insert_with(|| form.packetizer(first))
    }

    /// An empty buffer for a payload: that of one which is not kept any more.
    pub(super) fn payload_buffer(&mut self, now: Instant) -> Vec<u8> {
        while self.spares.len() < SPARES_MAX
            && let Some(expired) = self.history.expire(now)
        {
            self.discard(expired);
        }
        let mut buffer = self.spares.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    /// How the headers of packets are that have this in common.
    pub(super) fn header_form(&mut self, kind: HeaderKind, line: &Line) -> &HeaderForm {
        let repairs = kind.ssrc != self.ssrc;
        let place = usize::from(repairs);
        if !self.header_forms[place].as_ref().is_some_and(|form| form.is_of(kind)) {
            let form = HeaderForm::new(kind, (self.mid, self.rid), repairs, line);
            self.header_forms[place] = Some(Box::new(form));
        }
        self.header_forms[place].as_deref().expect("it was made where there was none")
    }

    /// A payload was sent and is not kept.
    pub(super) fn discard(&mut self, sent: SentPayload) {
        if let Kept::Written(buffer) = sent.payload
            && self.spares.len() < SPARES_MAX
        {
            self.spares.push(buffer);
        }
    }
}

/// All that are sent.
pub(super) struct StreamsOut {
    pub(super) streams: Vec<StreamOut>,
    /// Those of m-lines that do not send for the time being: under the same source their numbers go
    /// on, as the peer's guess of the roll-over counter (RFC 3711 section 3.3.1) and its replay
    /// window do.
    pub(super) resting: Vec<StreamOut>,
    entropy: Draws,
    /// The next transport-wide number.
    pub(super) transport_next: u64,
    /// When one of them has something to do.
    pub(super) due: Due,
    /// How the frame that is sent is cut, and the header of a packet: room that is used again.
    pub(super) plan: PayloadPlan,
    pub(super) header: Vec<u8>,
    /// Sources that ended, as the peer is to be told.
    pub(super) ended: Vec<Ssrc>,
}

impl StreamsOut {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        StreamsOut {
            streams: Vec::new(),
            resting: Vec::new(),
            entropy: Draws::of(&stream(seed, Purpose::Rtp)),
            transport_next: 0,
            due: Due::default(),
            plan: PayloadPlan::default(),
            header: Vec::new(),
            ended: Vec::new(),
        }
    }

    pub(super) fn agree(&mut self, lines: &Lines) {
        let mut before = std::mem::take(&mut self.streams);
        before.append(&mut self.resting);
        let live = |line: &(usize, &Line)| !line.1.media.stopped;
        for (place, line) in lines.all().iter().enumerate().filter(live) {
            let rtx = line
                .media
                .send
                .codecs
                .iter()
                .any(|codec| matches!(codec.role, CodecRole::Rtx { .. }));
            for encoding in &line.media.send.encodings {
                let is_it = |known: &StreamOut| {
                    (known.mid, known.rid) == (line.media.mid, encoding.rid)
                        && encoding.ssrc.is_none_or(|ssrc| ssrc == known.ssrc)
                };
                let known = before.iter().position(is_it).map(|index| before.swap_remove(index));
                let mut stream = known
                    .unwrap_or_else(|| self.begin(line.media.mid, line.media.kind, encoding, rtx));
                (stream.line, stream.header_forms) = (place, [None, None]);
                stream.agree_repeats(line);
                stream.agree_parity(line, encoding, || self.first_number());
                self.streams.push(stream);
            }
        }
        self.streams.shrink_to_fit();
        // Who is told goodbye may take the stream for gone for good: what is held is not.
        let is_held = |stream: &StreamOut| {
            let of_stream = |line: &Line| line.media.mid == stream.mid && !line.media.stopped;
            lines.all().iter().any(of_stream)
        };
        let (mut held, mut gone): (Vec<_>, Vec<_>) = before.into_iter().partition(is_held);
        held.drain(..held.len().saturating_sub(RESTING_MAX));
        self.end(&mut gone);
        self.resting = held;
    }

    fn begin(&mut self, mid: Mid, kind: MediaKind, encoding: &Encoding, rtx: bool) -> StreamOut {
        let ssrc = encoding.ssrc.unwrap_or_else(|| Ssrc(self.entropy.next_u32()));
        let repair = encoding.rtx.or_else(|| rtx.then(|| Ssrc(self.entropy.next_u32())));
        StreamOut {
            line: 0,
            mid,
            rid: encoding.rid,
            kind,
            ssrc,
            rtx: repair.filter(|_| rtx),
            next: self.first_number(),
            rtx_next: self.first_number(),
            time_offset: self.entropy.next_u32(),
            packetizers: BTreeMap::new(),
            history: SendHistory::new(HistoryConfig::default()),
            spares: Vec::new(),
            repeats: None,
            nacked: false,
            repeated: Vec::new(),
            fec_out: None,
            copies: None,
            packets: 0,
            octets: 0,
            last: None,
            demand: KeyframeDemand::new(),
            remote: RemoteInbound::default(),
            nacks: 0,
            header_forms: [None, None],
            names: Announcement::default(),
            telling: Telling::default(),
            counts: OutboundCounts::default(),
        }
    }

    /// In the lower half, so that libsrtp's guess of the first roll-over is right.
    fn first_number(&mut self) -> u64 {
        u64::from(self.entropy.next_u32() as u16 & 0x7fff)
    }

    pub(super) fn position(&self, mid: Mid, rid: Option<Rid>) -> Option<usize> {
        self.streams.iter().position(|stream| (stream.mid, stream.rid) == (mid, rid))
    }

    /// All were looked at: when the first of them has something to do.
    pub(super) fn look_at_all(&mut self) {
        self.due.set(self.streams.iter().filter_map(|stream| stream.demand.next_due()).min());
    }

    pub(super) fn by_source(&mut self, ssrc: Ssrc) -> Option<&mut StreamOut> {
        self.streams.iter_mut().find(|stream| stream.ssrc == ssrc)
    }
}
