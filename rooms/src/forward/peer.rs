//! One participant, as the forwarder keeps it.

use std::collections::BTreeMap;
use std::time::Instant;

use lapwing_engine::{ChannelId, Codec, MediaKind, Mid, TransceiverId};

use super::capture_clock::CaptureClock;
use super::choice::LayerChoice;
use super::downlink::Downlink;
use super::layers::Layers;
use super::parcel::{OUTBOX_BYTES_MAX, Outbox};
use super::passing::Passing;
use super::thinning::Thinning;
use crate::limits::{Bucket, Budget};
use crate::protocol::data::{CHAT_LABEL, ECHO_LABEL, FILE_LABEL};
use crate::protocol::signalling::{ParticipantId, Source, TrackLabel};

/// Tracks taken from one participant: microphone, camera, screen and the screen's sound.
pub(super) const ORIGINS_MAX: usize = 4;

/// Chat and state messages of one participant per second, and at once.
const CHAT_PER_SECOND: u32 = 10;
const CHAT_BURST: u32 = 40;

/// File offers of one participant per second, and at once: each makes the receiver's page ask.
const OFFERS_PER_SECOND: u32 = 1;
const OFFERS_BURST: u32 = 20;

/// Data channels that one participant may open per second, and at once: three are of use.
const OPENS_PER_SECOND: u32 = 1;
const OPENS_BURST: u32 = 16;

/// Messages of one participant on data channels per second, and at once. Chunks of files at a
/// gigabit are below; the work for so many small ones is a few hundredths of a second.
const DATA_PER_SECOND: u32 = 4_000;
const DATA_BURST: u32 = 4_000;

/// A participant that has a connection.
#[derive(Debug)]
pub(super) struct Peer {
    /// One exchange is complete: tracks of others can be offered.
    pub(super) negotiated: bool,
    /// What its last description says of its tracks.
    pub(super) labels: BTreeMap<String, TrackLabel>,
    /// What it sends.
    pub(super) origins: BTreeMap<Mid, Origin>,
    /// When what it sends was captured.
    pub(super) clock: CaptureClock,
    /// What is sent to it.
    pub(super) sends: Vec<Send>,
    /// Its open channels.
    pub(super) channels: Channels,
    /// What waits for its file channel.
    pub(super) outbox: Outbox,
    /// Its chat account.
    pub(super) chat: Bucket,
    /// Its account of file offers.
    pub(super) offers: Bucket,
    /// Its account of data channels.
    pub(super) opens: Bucket,
    /// Its account of messages on data channels.
    pub(super) messages: Bucket,
    /// What its path carries from here.
    pub(super) downlink: Downlink,
}

impl Peer {
    /// Nothing is negotiated yet. What waits for it takes memory from `parcels`.
    pub(super) fn new(parcels: &Budget, now: Instant) -> Self {
        Peer {
            negotiated: false,
            labels: BTreeMap::new(),
            origins: BTreeMap::new(),
            clock: CaptureClock::default(),
            sends: Vec::new(),
            channels: Channels::default(),
            outbox: Outbox::new(parcels.within(OUTBOX_BYTES_MAX)),
            chat: Bucket::new(CHAT_PER_SECOND, CHAT_BURST, now),
            offers: Bucket::new(OFFERS_PER_SECOND, OFFERS_BURST, now),
            opens: Bucket::new(OPENS_PER_SECOND, OPENS_BURST, now),
            messages: Bucket::new(DATA_PER_SECOND, DATA_BURST, now),
            downlink: Downlink::default(),
        }
    }

    /// What a track of it is: as it says, else by its kind and by what is there already.
    pub(super) fn source_of(&self, mid: Mid, kind: MediaKind) -> Source {
        if let Some(label) = self.labels.get(mid.as_str()) {
            return label.source;
        }
        let is_camera =
            |(other, origin): (&Mid, &Origin)| *other != mid && origin.source == Source::Camera;
        match kind {
            MediaKind::Audio => Source::Microphone,
            MediaKind::Video if self.origins.iter().any(is_camera) => Source::Screen,
            MediaKind::Video => Source::Camera,
        }
    }

    /// What the server's descriptions say of its tracks.
    pub(super) fn send_labels(&self) -> BTreeMap<String, TrackLabel> {
        let active = self.sends.iter().filter(|send| send.origin.is_some());
        active.filter_map(|send| Some((send.mid?.to_string(), send.label.clone()))).collect()
    }
}

/// A track that a participant sends.
#[derive(Debug)]
pub(super) struct Origin {
    /// Audio or video.
    pub(super) kind: MediaKind,
    /// What it is.
    pub(super) source: Source,
    /// What arrives of it.
    pub(super) layers: Layers,
}

impl Origin {
    /// Nothing came of it yet. Times are counted from `base` on.
    pub(super) fn new(kind: MediaKind, source: Source, base: Instant) -> Self {
        Origin { kind, source, layers: Layers::new(base) }
    }
}

/// A track that is sent to a participant, or was and can be used again.
#[derive(Debug)]
pub(super) struct Send {
    /// Its transceiver in the receiver's connection.
    pub(super) transceiver: TransceiverId,
    /// Its m-line there.
    pub(super) mid: Option<Mid>,
    /// Audio or video.
    pub(super) kind: MediaKind,
    /// Whose track it carries; `None` when it is out of use.
    pub(super) origin: Option<(ParticipantId, Mid)>,
    /// What the receiver is told about it.
    pub(super) label: TrackLabel,
    /// Nothing is decodable for the receiver until the next keyframe.
    pub(super) awaits_keyframe: bool,
    /// What the receiver did not agree on, as it showed.
    pub(super) lacks: Option<Codec>,
    /// Of a simulcast, which layer it shall have, and which it has.
    pub(super) choice: LayerChoice,
    pub(super) passing: Passing,
    pub(super) thinning: Thinning,
}

/// The open channels of a connection.
#[derive(Debug, Default)]
pub(super) struct Channels {
    pub(super) chat: Option<ChannelId>,
    pub(super) echo: Option<ChannelId>,
    pub(super) file: Option<ChannelId>,
}

impl Channels {
    /// The place for a label; `None` for one that is not known.
    pub(super) fn place(&mut self, label: &str) -> Option<&mut Option<ChannelId>> {
        match label {
            CHAT_LABEL => Some(&mut self.chat),
            ECHO_LABEL => Some(&mut self.echo),
            FILE_LABEL => Some(&mut self.file),
            _ => None,
        }
    }
}
