//! What is next: a frame to be taken, or packets to be dropped.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::continuity::Judged;
use super::joined::join;
use super::parts::{SpatialLayer, VideoFrame};
use super::progress::{Before, Begun, Next};
use super::slots::{Slot, Stored};
use super::video::VideoAssembler;
use crate::rtp::dependency::{DescribedFrame, DescriptorHead};
use crate::rtp::format::{FrameInfo, FrameStart, PayloadFormat, append_superframe_index};

impl<B: AsRef<[u8]>> VideoAssembler<B> {
    /// Steps over what is no part of a frame, and drops what begins none.
    pub(super) fn step_over(&mut self) {
        loop {
            match self.slots.slot(self.slots.next()) {
                Some(Slot::NoFrame) => {
                    self.slots.take();
                }
                // At the very begin the packet before may still come: only the deadline tells.
                Some(Slot::Packet(stored))
                    if self.begun == Begun::Frames && !self.begins(stored) =>
                {
                    self.drop_next();
                }
                _ => break,
            }
        }
        self.scanned = self.scanned.max(self.slots.next());
    }

    /// Whether a frame begins with the packet that is next.
    fn begins(&self, stored: &Stored<B>) -> bool {
        let start = match &stored.described {
            Some(described) if !described.starts => FrameStart::Inside,
            // An upper layer may be the second frame of its moment.
            Some(described) if described.spatial > 0 => FrameStart::Possible,
            Some(_) => FrameStart::Certain,
            None => stored.facts.start,
        };
        let follows = match self.before {
            Before::Unknown => false,
            Before::Ended => true,
            Before::Of(time) => time != stored.time,
        };
        match start {
            // What is left of a moment whose begin was dropped is no frame.
            FrameStart::Certain => follows || self.dropped != Some(stored.time),
            FrameStart::Possible => follows,
            FrameStart::Inside => false,
        }
    }

    pub(super) fn next_frame(&mut self) -> Next {
        let next = self.slots.next();
        let time = match self.slots.slot(next) {
            Some(Slot::Packet(stored)) if self.begins(stored) => stored.time,
            Some(Slot::Packet(stored)) => return Next::Missing(next, stored.received_at),
            Some(Slot::Missing(since)) => return Next::Missing(next, *since),
            Some(Slot::NoFrame) | None => return Next::Open,
        };
        for number in self.scanned.max(next)..self.slots.end() {
            self.scanned = number;
            match self.slots.slot(number) {
                Some(Slot::Missing(since)) => return Next::Missing(number, *since),
                Some(Slot::Packet(stored)) if stored.time != time => {
                    return Next::Complete(number - 1);
                }
                Some(Slot::Packet(stored)) if stored.marker => return Next::Complete(number),
                _ => {}
            }
        }
        Next::Open
    }

    /// The first packet of the next frame that is whole and has all that it refers to, whatever is
    /// missing before it.
    pub(super) fn next_spared(&self) -> Option<u64> {
        let mut spared = None;
        for number in self.slots.next()..self.slots.end() {
            let Some(stored) = self.slots.packet(number) else {
                spared = None;
                continue;
            };
            match &stored.described {
                Some(described) if described.starts => {
                    let begun = spared.and_then(|first| self.slots.packet(first)?.described);
                    let moment = begun.map_or(described.number, |first| first.number);
                    let begins = described.spatial == 0 && spared.is_none();
                    let needless = self.continuity.spares_described(described, moment);
                    spared = spared.or(begins.then_some(number)).filter(|_| needless);
                }
                Some(_) => {}
                None => {
                    let begins = stored.facts.start == FrameStart::Certain;
                    if spared.is_none() && begins && self.continuity.spares(&stored.facts) {
                        spared = Some(number);
                    }
                }
            }
            if stored.marker && spared.is_some() {
                return spared;
            }
        }
        None
    }

    /// Takes the frame that ends with the packet `last`; none where its payloads make none.
    pub(super) fn take_frame(&mut self, last: u64) -> Option<VideoFrame> {
        let first = self.slots.next();
        let layers = self.layers(first..=last);
        let Some(data) = self.make(first..=last, &layers) else {
            self.counts.malformed += 1;
            self.drop_until(last + 1);
            return None;
        };
        let mut frame = VideoFrame { layers, ..self.describe(first..=last, data) };
        frame.contiguous = self.judge(first..=last, frame.keyframe);
        let mut ended = false;
        while self.slots.next() <= last {
            if let Some(Slot::Packet(stored)) = self.slots.take() {
                ended = stored.marker;
            }
        }
        self.begun = Begun::Frames;
        self.before = if ended { Before::Ended } else { Before::Of(frame.time) };
        (self.unbroken, self.dropped) = (true, None);
        self.counts.frames += 1;
        self.counts.keyframes += u64::from(frame.keyframe);
        Some(frame)
    }

    /// The frame of these packets; `None` where they make none.
    fn make(&mut self, numbers: RangeInclusive<u64>, layers: &[SpatialLayer]) -> Option<Arc<[u8]>> {
        let VideoAssembler { slots, depacketizer, scratch, .. } = self;
        let mut packets = numbers.filter_map(|number| slots.packet(number));
        scratch.clear();
        if depacketizer.joins() {
            append_superframe_index(layers.iter().map(|layer| layer.bytes.len()), scratch);
            let parts = packets.map(Stored::payload).chain([&scratch[..]]);
            return Some(join(parts)).filter(|frame| !frame.is_empty());
        }
        packets
            .try_for_each(|stored| depacketizer.append(stored.payload(), scratch))
            .and_then(|()| depacketizer.finish(scratch))
            .is_ok()
            .then(|| Arc::from(&scratch[..]))
    }

    fn describe(&self, numbers: RangeInclusive<u64>, data: Arc<[u8]>) -> VideoFrame {
        let first = self.slots.packet(*numbers.start()).expect("a frame begins with a packet");
        let mut frame = VideoFrame {
            data,
            time: first.time,
            payload_type: first.payload_type,
            keyframe: false,
            contiguous: false,
            packets: (*numbers.start(), *numbers.end()),
            spatial: 0,
            temporal: 0,
            info: first.facts.info().or_else(|| self.described_info(first.described.as_ref()?)),
            picture: first.facts.picture(),
            layers: Vec::new(),
            received_at: first.received_at,
        };
        // Parameters may stand before a picture, and tell nothing of it.
        let in_any = matches!(self.format(), PayloadFormat::H264 | PayloadFormat::H265);
        for number in numbers {
            let Some(stored) = self.slots.packet(number) else { continue };
            let described = stored.described.as_ref();
            let layers = described.map(|frame| (frame.spatial, frame.temporal));
            let (spatial, temporal) =
                layers.unwrap_or((stored.facts.spatial, stored.facts.temporal));
            frame.spatial = frame.spatial.max(spatial);
            frame.temporal = frame.temporal.max(temporal);
            let tells = in_any || number == frame.packets.0;
            frame.keyframe |= described.is_some_and(|described| described.keyframe)
                || tells && stored.facts.keyframe;
            frame.received_at = frame.received_at.min(stored.received_at);
        }
        if let Some(info) = &mut frame.info {
            (info.keyframe, info.spatial) = (frame.keyframe, frame.spatial);
        }
        frame
    }

    /// A frame whose payloads tell of no layers, as its dependency descriptor does.
    fn described_info(&self, described: &DescribedFrame) -> Option<FrameInfo> {
        let structure = self.descriptors.current().structure();
        let is_flat = structure.is_some_and(|structure| structure.spatial_layers() == 1);
        let references = match is_flat {
            true => self.continuity.distances(described),
            false => Default::default(),
        };
        Some(FrameInfo {
            temporal: described.temporal,
            layer_sync: described.switch && described.temporal > 0,
            discardable: described.discardable,
            references,
            ..FrameInfo::default()
        })
    }

    /// Whether all that the frame of these packets refers to was handed out.
    fn judge(&mut self, numbers: RangeInclusive<u64>, keyframe: bool) -> bool {
        let VideoAssembler { slots, continuity, unbroken, counts, .. } = self;
        let packets = || numbers.clone().filter_map(|number| slots.packet(number));
        let is_unread =
            |stored: &&Stored<B>| stored.descriptor.is_some() && stored.described.is_none();
        counts.undescribed += packets().filter(is_unread).count() as u64;
        let first = slots.packet(*numbers.start()).expect("a frame begins with a packet");
        if first.described.is_none() {
            let facts = &first.facts;
            let contiguous = continuity.judge(Judged { facts, keyframe, unbroken: *unbroken });
            // Those after it that are described refer to it by its number.
            let heads = packets().filter_map(|it| DescriptorHead::read(it.descriptor()?));
            heads.for_each(|head| continuity.note(head.frame_number));
            return contiguous;
        }
        let frames = packets().filter_map(|stored| stored.described.as_ref());
        continuity.judge_described(frames.filter(|frame| frame.starts), keyframe)
    }

    /// Drops all before this number, and what is known of it.
    pub(super) fn drop_until(&mut self, number: u64) {
        while self.slots.next() < number.min(self.slots.end()) {
            self.drop_next();
        }
        if self.slots.next() < number {
            self.slots.restart(number);
            (self.before, self.unbroken) = (Before::Unknown, false);
        }
        self.scanned = self.slots.next();
    }

    fn drop_next(&mut self) {
        match self.slots.take() {
            Some(Slot::Packet(stored)) => {
                self.counts.dropped_packets += 1;
                self.counts.incomplete_frames += u64::from(self.dropped != Some(stored.time));
                self.dropped = Some(stored.time);
                self.before = if stored.marker { Before::Ended } else { Before::Of(stored.time) };
            }
            Some(Slot::Missing(_)) => self.before = Before::Unknown,
            Some(Slot::NoFrame) | None => return,
        }
        self.unbroken = false;
        self.begun = Begun::Frames;
    }
}
