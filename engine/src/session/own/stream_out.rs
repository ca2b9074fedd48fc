//! Streams that are sent: their numbers, and what was sent of them.

use std::collections::BTreeMap;
use std::time::Instant;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;

use super::lines::Lines;
use crate::codec::MediaKind;
use crate::entropy::{Purpose, stream};
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::rtcp::{HistoryConfig, KeyframeDemand, RemoteInbound, SendHistory};
use crate::rtp::Announcement;
use crate::rtp::format::{Packetizer, PayloadFormat};
use crate::session::agreed::{CodecRole, Encoding};

/// A packet as it can be sent again.
#[derive(Debug)]
pub(super) struct SentPayload {
    pub(super) payload_type: PayloadType,
    pub(super) marker: bool,
    pub(super) timestamp: u32,
    pub(super) payload: Vec<u8>,
}

/// One stream.
pub(super) struct StreamOut {
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
    pub(super) packets: u64,
    pub(super) octets: u64,
    /// The last timestamp, when its frame was captured, and the clock's rate.
    pub(super) last: Option<(u32, Instant, u32)>,
    pub(super) demand: KeyframeDemand,
    pub(super) remote: RemoteInbound,
    pub(super) nacks: u64,
    /// Whether its packets name it.
    pub(super) names: Announcement,
}

impl StreamOut {
    pub(super) fn packetizer(
        &mut self,
        number: PayloadType,
        format: PayloadFormat,
    ) -> &mut Packetizer {
        // As many as an m-line has payload types.
        let first = self.ssrc.0 as u16 & 0x7fff;
        self.packetizers.entry(number).or_insert_with(|| Packetizer::new(format, first))
    }
}

/// All that are sent.
pub(super) struct StreamsOut {
    pub(super) streams: Vec<StreamOut>,
    entropy: ChaCha20Rng,
    /// The next transport-wide number.
    pub(super) transport_next: u64,
}

impl StreamsOut {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        StreamsOut { streams: Vec::new(), entropy: stream(seed, Purpose::Rtp), transport_next: 0 }
    }

    pub(super) fn agree(&mut self, lines: &Lines) {
        let mut before = std::mem::take(&mut self.streams);
        for line in lines.all().iter().filter(|line| !line.media.stopped) {
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
                let stream = known
                    .unwrap_or_else(|| self.begin(line.media.mid, line.media.kind, encoding, rtx));
                self.streams.push(stream);
            }
        }
    }

    fn begin(&mut self, mid: Mid, kind: MediaKind, encoding: &Encoding, rtx: bool) -> StreamOut {
        let ssrc = encoding.ssrc.unwrap_or_else(|| Ssrc(self.entropy.next_u32()));
        let repair = encoding.rtx.or_else(|| rtx.then(|| Ssrc(self.entropy.next_u32())));
        StreamOut {
            mid,
            rid: encoding.rid,
            kind,
            ssrc,
            rtx: repair.filter(|_| rtx),
            // The lower half, so that libsrtp's guess of the first roll-over is right.
            next: u64::from(self.entropy.next_u32() as u16 & 0x7fff),
            rtx_next: u64::from(self.entropy.next_u32() as u16 & 0x7fff),
            time_offset: self.entropy.next_u32(),
            packetizers: BTreeMap::new(),
            history: SendHistory::new(HistoryConfig::default()),
            packets: 0,
            octets: 0,
            last: None,
            demand: KeyframeDemand::new(),
            remote: RemoteInbound::default(),
            nacks: 0,
            names: Announcement::default(),
        }
    }

    pub(super) fn position(&self, mid: Mid, rid: Option<Rid>) -> Option<usize> {
        self.streams.iter().position(|stream| (stream.mid, stream.rid) == (mid, rid))
    }

    pub(super) fn by_source(&mut self, ssrc: Ssrc) -> Option<&mut StreamOut> {
        self.streams.iter_mut().find(|stream| stream.ssrc == ssrc)
    }
}
