//! Streams that arrive.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::lines::{Line, Lines};
use crate::codec::{Codec, MediaKind};
use crate::config::Delivery;
use crate::ids::{Mid, Rid, Ssrc};
use crate::rtcp::{
    BlockSource, KeyframeRequester, NackConfig, NackList, Reception as Received, RemoteOutbound,
};
use crate::rtp::assemble::{AudioAssembler, VideoAssembler};
use crate::rtp::extension::ExtensionMap;
use crate::rtp::format::PayloadFormat;
use crate::rtp::{Reception, SequenceTracker, StreamTable, TimestampTracker};

/// Streams that are followed: every m-line with a few layers each.
const STREAMS_MAX: usize = 1024;

/// How long a picture waits for a packet that is asked for again.
pub(super) const REPAIR_WAIT: Duration = Duration::from_millis(1_000);

/// How long it waits where nobody repairs: as long as packets may be reordered.
pub(super) const REORDER_WAIT: Duration = Duration::from_millis(100);

/// How the stream is handed over.
pub(super) enum Assembly {
    Packets,
    Audio(AudioAssembler),
    Video(Box<VideoAssembler<Vec<u8>>>),
}

/// One stream.
pub(super) struct StreamIn {
    pub(super) mid: Mid,
    pub(super) rid: Option<Rid>,
    pub(super) clock_rate: u32,
    pub(super) tracker: SequenceTracker,
    pub(super) times: TimestampTracker,
    pub(super) reception: Reception,
    pub(super) block: BlockSource,
    pub(super) nack: Option<NackList>,
    pub(super) keyframes: KeyframeRequester,
    pub(super) remote: RemoteOutbound,
    pub(super) assembly: Assembly,
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
            clock_rate,
            tracker: SequenceTracker::default(),
            times: TimestampTracker::default(),
            reception: Reception::new(clock_rate),
            block: BlockSource::new(ssrc),
            nack: line.nacks().then(|| NackList::new(NackConfig::default())),
            keyframes: KeyframeRequester::new(),
            remote: RemoteOutbound::default(),
            assembly,
        }
    }

    /// How long a picture waits for what is missing.
    pub(super) fn patience(&self) -> Duration {
        if self.nack.is_some() { REPAIR_WAIT } else { REORDER_WAIT }
    }

    /// When it has something to do by itself.
    pub(super) fn next_due(&mut self) -> Option<Instant> {
        let asked = self.nack.as_ref().and_then(NackList::next_due);
        let patience = self.patience();
        let given_up = match &mut self.assembly {
            Assembly::Video(video) => video.missing_since().map(|since| since + patience),
            _ => None,
        };
        [asked, given_up, self.keyframes.next_due()].into_iter().flatten().min()
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

/// All that arrive, and where their packets belong.
#[derive(Default)]
pub(super) struct StreamsIn {
    pub(super) table: StreamTable,
    pub(super) naming: ExtensionMap,
    pub(super) streams: BTreeMap<Ssrc, StreamIn>,
}

impl StreamsIn {
    pub(super) fn agree(&mut self, lines: &Lines) {
        self.table.agree(lines.routed());
        self.naming = lines.naming();
        let receives = |mid: Mid| {
            lines.all().iter().any(|line| {
                line.media.mid == mid && !line.media.stopped && line.media.direction.receives()
            })
        };
        self.streams.retain(|_, stream| receives(stream.mid));
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

    /// The stream of an m-line, or of a layer of it, that a packet came of last.
    pub(super) fn of(&mut self, mid: Mid, rid: Option<Rid>) -> Option<&mut StreamIn> {
        self.streams
            .values_mut()
            .rev()
            .find(|stream| stream.mid == mid && (stream.rid == rid || rid.is_none()))
    }
}
