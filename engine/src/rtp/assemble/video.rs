//! Frames of video from packets: all packets of one timestamp, up to the marker.
//!
//! 1. [`VideoAssembler::push`] puts a packet in its place and says what became of it.
//! 2. [`VideoAssembler::poll`] hands out the next frame when all of it is there:
//!    1. what is no part of a frame is stepped over;
//!    2. a frame begins where its format, or its dependency descriptor, says so, or where the frame
//!       before is known to end;
//!    3. a packet that is missing is waited for, until the caller's deadline says that no repair
//!       would come in time;
//!    4. then what cannot become a frame any more is dropped and counted.

use std::time::Instant;

use super::continuity::Continuity;
use super::descriptors::Descriptors;
use super::parts::{AssemblyCounts, Pushed, VideoFrame, VideoPacket};
use super::progress::{Before, Begun, Next};
use super::slots::{PACKETS_MAX, Slot, Slots, Stored};
use crate::rtp::dependency::DependencyReader;
use crate::rtp::format::{Depacketizer, PayloadError, PayloadFormat};

/// Bytes of one stream that wait: a keyframe of the largest pictures at the highest rates, and what
/// follows it while a packet of it is repaired.
pub const WAITING_BYTES_MAX: usize = 8 << 20;

/// Assembles the frames of one source.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::PayloadType;
/// use lapwing_engine::rtp::assemble::{VideoAssembler, VideoPacket};
/// use lapwing_engine::rtp::format::PayloadFormat;
/// let now = Instant::now();
/// let mut assembler = VideoAssembler::new(PayloadFormat::Vp8);
/// assembler.push(VideoPacket {
///     sequence_number: 7,
///     time: 90_000,
///     payload_type: PayloadType(96),
///     marker: true,
///     buffer: vec![0x10, 0x30, 1, 2],
///     payload: 0..4,
///     descriptor: None,
///     received_at: now,
/// });
/// let frame = assembler.poll(now).unwrap();
/// assert_eq!((&*frame.data, frame.keyframe), (&[0x30, 1, 2][..], true));
/// ```
#[derive(Clone, Debug)]
pub struct VideoAssembler<B> {
    pub(super) depacketizer: Depacketizer,
    pub(super) descriptors: Descriptors,
    pub(super) slots: Slots<B>,
    pub(super) begun: Begun,
    pub(super) before: Before,
    /// No packet was lost since the last frame that was handed out.
    pub(super) unbroken: bool,
    /// The timestamp of the packets that were dropped last.
    pub(super) dropped: Option<u64>,
    /// Numbers up to here were looked at for the frame that is next.
    pub(super) scanned: u64,
    pub(super) continuity: Continuity,
    pub(super) scratch: Vec<u8>,
    pub(super) counts: AssemblyCounts,
}

impl<B: AsRef<[u8]>> VideoAssembler<B> {
    /// Of this format.
    pub fn new(format: PayloadFormat) -> Self {
        VideoAssembler {
            depacketizer: Depacketizer::new(format),
            descriptors: Descriptors::default(),
            slots: Slots::default(),
            begun: Begun::No,
            before: Before::Unknown,
            unbroken: false,
            dropped: None,
            scanned: 0,
            continuity: Continuity::default(),
            scratch: Vec::new(),
            counts: AssemblyCounts::default(),
        }
    }

    /// Frames and packets so far.
    pub fn counts(&self) -> AssemblyCounts {
        self.counts
    }

    /// Packets that wait, and their bytes.
    pub fn waiting(&self) -> (usize, usize) {
        (self.slots.packets(), self.slots.bytes())
    }

    /// What the stream's descriptors told of its structure.
    pub fn descriptors(&self) -> &DependencyReader {
        self.descriptors.current()
    }

    /// The format.
    pub fn format(&self) -> PayloadFormat {
        self.depacketizer.format()
    }

    /// The sender began anew: another source, other numbers, another format. What waits is dropped.
    pub fn restart(&mut self, format: PayloadFormat) {
        self.drop_until(self.slots.end());
        self.slots.restart(0);
        self.depacketizer = Depacketizer::new(format);
        self.descriptors = Descriptors::default();
        self.continuity.clear();
        self.begun = Begun::No;
        self.before = Before::Unknown;
        (self.unbroken, self.dropped) = (false, None);
    }

    /// Takes a packet. After each, [`Self::poll`] is called until there is nothing more.
    pub fn push(&mut self, packet: VideoPacket<B>) -> Pushed {
        let pushed = self.place(packet);
        match pushed {
            Pushed::Kept | Pushed::Padding => {}
            Pushed::Duplicate => self.counts.duplicates += 1,
            Pushed::Late => self.counts.late += 1,
            Pushed::Malformed(_) => self.counts.malformed += 1,
        }
        if self.slots.bytes() > WAITING_BYTES_MAX {
            self.drop_until(self.slots.end());
        }
        pushed
    }

    /// A packet of the stream came that carries no media: padding, or error correction.
    pub fn push_no_frame(&mut self, sequence_number: u64, now: Instant) -> Pushed {
        if !self.make_place(sequence_number, now) {
            return Pushed::Late;
        }
        match self.slots.put(sequence_number, Slot::NoFrame, now) {
            true => Pushed::Padding,
            false => Pushed::Duplicate,
        }
    }

    fn place(&mut self, packet: VideoPacket<B>) -> Pushed {
        let (number, now) = (packet.sequence_number, packet.received_at);
        let Some(payload) = packet.buffer.as_ref().get(packet.payload.clone()) else {
            return Pushed::Malformed(PayloadError::Truncated);
        };
        if payload.is_empty() {
            return self.push_no_frame(number, now);
        }
        let facts = match self.depacketizer.inspect(payload) {
            Ok(facts) => facts,
            Err(error) => return Pushed::Malformed(error),
        };
        if !self.make_place(number, now) {
            return Pushed::Late;
        }
        let value = packet.descriptor.clone().and_then(|range| packet.buffer.as_ref().get(range));
        let told = value.map(|value| self.descriptors.read(number, value));
        let (described, behind) = told.unwrap_or((None, 0..0));
        let skipped = self.depacketizer.bytes_before(payload);
        let stored = Stored {
            time: packet.time,
            payload_type: packet.payload_type,
            marker: packet.marker,
            payload: packet.buffer,
            range: packet.payload.start + skipped..packet.payload.end,
            received_at: now,
            facts,
            descriptor: packet.descriptor,
            described,
        };
        let is_new = self.slots.put(number, Slot::Packet(stored), now);
        if !behind.is_empty() {
            self.descriptors.read_again(&mut self.slots, behind);
        }
        if is_new { Pushed::Kept } else { Pushed::Duplicate }
    }

    /// Whether a number has a place; makes one where only what is older is in the way.
    fn make_place(&mut self, number: u64, now: Instant) -> bool {
        if self.begun == Begun::No {
            self.slots.restart(number);
            self.scanned = number;
            self.begun = Begun::Packets;
            return true;
        }
        if number < self.slots.next() {
            let span = self.slots.end() - number;
            if self.begun == Begun::Frames || span > PACKETS_MAX as u64 {
                return false;
            }
            self.slots.begin_at(number, now);
            self.scanned = number;
            return true;
        }
        if !self.slots.holds(number) {
            self.drop_until(number + 1 - PACKETS_MAX as u64);
        }
        true
    }

    /// The next frame. Packets that are missing since `given_up` or earlier are not waited for.
    pub fn poll(&mut self, given_up: Instant) -> Option<VideoFrame> {
        loop {
            self.step_over();
            match self.next_frame() {
                Next::Complete(last) => {
                    if let Some(frame) = self.take_frame(last) {
                        return Some(frame);
                    }
                }
                Next::Missing(number, since) if since <= given_up => self.drop_until(number + 1),
                Next::Missing(..) | Next::Open => return None,
            }
        }
    }

    /// Gives up packets that are missing since `given_up` or earlier, where a frame behind them is
    /// whole and refers to none of what they carry: they were of an upper layer. True where
    /// [`Self::poll`] has that frame now.
    pub fn pass_over(&mut self, given_up: Instant) -> bool {
        self.step_over();
        match self.needless() {
            Some((since, first)) if since <= given_up => {
                self.drop_until(first);
                true
            }
            _ => false,
        }
    }

    /// Since when a packet is missing that [`Self::pass_over`] can give up.
    pub fn needless_since(&mut self) -> Option<Instant> {
        self.needless().map(|(since, _)| since)
    }

    /// Since when a packet is missing, and the first packet of a frame that does not need it.
    fn needless(&mut self) -> Option<(Instant, u64)> {
        match self.next_frame() {
            Next::Missing(_, since) => Some((since, self.next_spared()?)),
            Next::Complete(_) | Next::Open => None,
        }
    }

    /// Since when the packet is missing that is waited for: [`Self::poll`] has news when that is
    /// given up.
    pub fn missing_since(&mut self) -> Option<Instant> {
        match self.next_frame() {
            Next::Missing(_, since) => Some(since),
            Next::Complete(_) | Next::Open => None,
        }
    }
}
