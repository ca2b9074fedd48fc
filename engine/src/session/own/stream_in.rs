//! Streams that arrive.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::counts::InboundCounts;
use super::due::{Due, earlier};
use super::fec_in::FecIn;
use super::lines::{Line, Lines};
use super::told::Told;
use crate::codec::{Codec, MediaKind};
use crate::config::Delivery;
use crate::ids::{Mid, Rid, Ssrc};
use crate::rtcp::{
    BlockSource, KeyframeRequester, NackConfig, NackList, PacketPlace, Reception as Received,
    RemoteOutbound,
};
use crate::rtp::assemble::{AudioAssembler, VideoAssembler};
use crate::rtp::format::PayloadFormat;
use crate::rtp::{
    Heading, HeadingIds, PacketNames, Placed, Reception, SequenceTracker, StreamTable,
    TimestampTracker,
};
use crate::session::agreed::CodecRole;
use crate::shared_bytes::SharedBytes;

/// Streams that are followed: every m-line with a few layers each.
const STREAMS_MAX: usize = 1024;

/// How long a picture waits for a packet that is asked for again.
pub(super) const REPAIR_WAIT: Duration = Duration::from_millis(1_000);

/// How long packets are asked for that are handed over as they are: senders keep them for a second,
/// or three round trips.
const PACKET_USE: Duration = Duration::from_millis(2_000);

/// How long it waits where nobody repairs: as long as packets may be reordered.
pub(super) const REORDER_WAIT: Duration = Duration::from_millis(100);

/// How long it waits for what it does not need, as its layers tell: a repair within a short round
/// trip comes in time, and none is worth a freeze.
pub(super) const SPARE_WAIT: Duration = Duration::from_millis(50);

/// How the stream is handed over.
pub(super) enum Assembly {
    Packets,
    Audio(AudioAssembler),
    Video(Box<VideoAssembler<SharedBytes>>),
}

/// The way of a source's last packet, which others with its names go too while nothing is learnt
/// or agreed on.
pub(super) struct Way {
    /// What [`StreamTable::changes`] was.
    pub(super) changes: u64,
    pub(super) names: PacketNames,
    /// The place of its m-line.
    pub(super) line: usize,
    /// See [`StreamIn::is_redundant`].
    pub(super) redundant: bool,
}

/// One stream.
pub(super) struct StreamIn {
    pub(super) mid: Mid,
    pub(super) rid: Option<Rid>,
    pub(super) way: Option<Way>,
    pub(super) clock_rate: u32,
    pub(super) tracker: SequenceTracker,
    pub(super) times: TimestampTracker,
    pub(super) reception: Reception,
    pub(super) block: BlockSource,
    pub(super) nack: Option<NackList>,
    pub(super) keyframes: KeyframeRequester,
    pub(super) remote: RemoteOutbound,
    pub(super) told: Told,
    pub(super) assembly: Assembly,
    /// Packets may come in envelopes (RFC 2198), and what came of sound that is handed over as
    /// packets.
    pub(super) has_envelopes: bool,
    pub(super) sounds: AudioAssembler,
    pub(super) fec: Option<Box<FecIn>>,
    pub(super) counts: InboundCounts,
}

impl StreamIn {
    pub(super) fn new(line: &Line, rid: Option<Rid>, ssrc: Ssrc, clock_rate: u32) -> Self {
        let kind = line.media.kind;
        let assembly = match (line.media.delivery, kind) {
            (Delivery::Packets, _) => Assembly::Packets,
            (Delivery::Frames, MediaKind::Audio) => Assembly::Audio(AudioAssembler::default()),
            (Delivery::Frames, MediaKind::Video) => {
                Assembly::Video(Box::new(VideoAssembler::new(PayloadFormat::Vp8)))
            }
        };
        StreamIn {
            mid: line.media.mid,
            rid,
            way: None,
            clock_rate,
            tracker: SequenceTracker::default(),
            times: TimestampTracker::default(),
            reception: Reception::new(clock_rate),
            block: BlockSource::new(ssrc),
            nack: line.nacks().then(|| NackList::new(asking(line.media.delivery))),
            keyframes: KeyframeRequester::new(),
            remote: RemoteOutbound::default(),
            told: Told::default(),
            assembly,
            has_envelopes: line.has_envelopes(),
            sounds: AudioAssembler::default(),
            fec: FecIn::new(line, ssrc),
            counts: InboundCounts::default(),
        }
    }

    /// A packet with a codec of this role may be in an envelope, or be one that redundancy brought
    /// back before, or make up for others.
    pub(super) fn is_redundant(&self, role: CodecRole) -> bool {
        let as_packets = matches!(self.assembly, Assembly::Packets);
        role == CodecRole::Red || self.fec.is_some() || (self.has_envelopes && as_packets)
    }

    /// The place of a packet. One that is missing may be sent again as it was, and come further
    /// behind than reordering goes.
    pub(super) fn place(&mut self, sequence: u16) -> Placed {
        let missing = self.nack.as_ref().filter(|nack| nack.missing() > 0);
        let again = missing.and_then(|nack| {
            self.tracker.place(sequence).filter(|number| nack.is_missing(*number))
        });
        again.map_or_else(|| self.tracker.on_packet(sequence), Placed::Behind)
    }

    /// Tells what asks for missing packets that one came. True for one that something else brought
    /// back before.
    pub(super) fn is_repeated(&mut self, placed: Placed, now: Instant) -> bool {
        let (Some(nack), Some(number)) = (&mut self.nack, placed.number()) else { return false };
        let place = nack.on_packet(number, now);
        place == PacketPlace::NotMissing && matches!(placed, Placed::Behind(_))
    }

    /// How long a picture waits for what is missing.
    pub(super) fn patience(&self) -> Duration {
        if self.nack.is_some() { REPAIR_WAIT } else { REORDER_WAIT }
    }

    /// When it has something to do by itself.
    pub(super) fn next_due(&mut self) -> Option<Instant> {
        let asked = self.nack.as_ref().and_then(NackList::next_due);
        let given_up = self.picture_due();
        earlier(earlier(asked, given_up), self.keyframes.next_due())
    }

    /// When a picture waits no more for what is missing.
    pub(super) fn picture_due(&mut self) -> Option<Instant> {
        let patience = self.patience();
        let Assembly::Video(video) = &mut self.assembly else { return None };
        let missing = video.missing_since()?;
        let needless = video.needless_since().map(|since| since + SPARE_WAIT);
        earlier(Some(missing + patience), needless)
    }
}

impl StreamIn {
    /// What a report tells of it.
    pub(super) fn reception(&self) -> Option<Received> {
        let highest = self.tracker.highest()?;
        let received = self.reception.counts().packets;
        Some(Received {
            first: (highest + 1).saturating_sub(self.reception.expected()),
            highest,
            received,
            jitter: self.reception.jitter_ticks(),
        })
    }
}

/// The codec of frames, by the name of a format.
pub(super) fn codec_of(name: &str) -> Option<Codec> {
    Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))
}

/// How lost packets are asked for.
fn asking(delivery: Delivery) -> NackConfig {
    let useful_for = match delivery {
        Delivery::Frames => REPAIR_WAIT,
        Delivery::Packets => PACKET_USE,
    };
    NackConfig { useful_for: Some(useful_for), ..NackConfig::default() }
}

/// All that arrive, and where their packets belong.
#[derive(Default)]
pub(super) struct StreamsIn {
    pub(super) table: StreamTable,
    pub(super) heading_ids: HeadingIds,
    pub(super) streams: BTreeMap<Ssrc, StreamIn>,
    /// When one of them has something to do.
    pub(super) due: Due,
}

impl StreamsIn {
    pub(super) fn agree(&mut self, lines: &Lines) {
        self.table.agree(lines.routed());
        self.heading_ids = HeadingIds::of(&lines.naming());
        let receives = |mid: Mid| {
            lines.all().iter().any(|line| {
                line.media.mid == mid && !line.media.stopped && line.media.direction.receives()
            })
        };
        self.streams.retain(|_, stream| receives(stream.mid));
        for (ssrc, stream) in &mut self.streams {
            let line = lines.all().iter().find(|line| line.media.mid == stream.mid);
            line.into_iter().for_each(|line| stream.agree_redundancy(line, *ssrc));
        }
    }

    /// The packet goes the way of the one before it from its source.
    pub(super) fn goes_on(&self, heading: &Heading<'_>) -> bool {
        let stream = self.streams.get(&heading.ssrc);
        stream
            .and_then(|stream| stream.way.as_ref())
            .is_some_and(|way| way.changes == self.table.changes() && heading.repeats(&way.names))
    }

    /// The stream of a packet that was authenticated; begun where it is the first.
    pub(super) fn stream(
        &mut self,
        ssrc: Ssrc,
        begin: impl FnOnce() -> StreamIn,
    ) -> Option<&mut StreamIn> {
        if !self.streams.contains_key(&ssrc) && self.streams.len() >= STREAMS_MAX {
            return None;
        }
        Some(self.streams.entry(ssrc).or_insert_with(begin))
    }

    /// Something came for a stream: it may have something to do sooner.
    pub(super) fn touch(&mut self, ssrc: Ssrc) {
        let due = self.streams.get_mut(&ssrc).and_then(StreamIn::next_due);
        self.due.no_later_than(due);
    }

    /// All were looked at: when the first of them has something to do.
    pub(super) fn look_at_all(&mut self) {
        self.due.set(self.streams.values_mut().filter_map(StreamIn::next_due).min());
    }

    /// The stream of an m-line, or of a layer of it, that a packet came of last.
    pub(super) fn of(&mut self, mid: Mid, rid: Option<Rid>) -> Option<&mut StreamIn> {
        self.streams
            .values_mut()
            .rev()
            .find(|stream| stream.mid == mid && (stream.rid == rid || rid.is_none()))
    }
}
