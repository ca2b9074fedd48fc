//! Sound leaves when it comes: each frame with its number, and with how many before it are missing.
//! Waiting for those is the jitter buffer's business.

use std::time::Instant;

use super::places::Places;
use crate::ids::PayloadType;
use crate::rtp::format::{PayloadError, RedBlocks};

/// Packets behind the highest that can still be told from duplicates; later ones are of no use to
/// any jitter buffer.
const WINDOW: u64 = 64;

/// A packet of sound that was authenticated.
#[derive(Clone, Copy, Debug)]
pub struct AudioPacket<'p> {
    /// Its number without wrapping.
    pub sequence_number: u64,
    /// Its timestamp without wrapping.
    pub time: u64,
    /// Its payload type.
    pub payload_type: PayloadType,
    /// Its payload.
    pub payload: &'p [u8],
    /// When it came.
    pub received_at: Instant,
}

/// A frame of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioFrame<'p> {
    /// The number of its packet; of one that redundancy brought back, the number of the packet that
    /// did not come, where the sender sends one frame in each.
    pub sequence_number: u64,
    /// Its timestamp without wrapping.
    pub time: u64,
    /// The payload type of its codec.
    pub payload_type: PayloadType,
    /// The frame.
    pub data: &'p [u8],
    /// When it came.
    pub received_at: Instant,
    /// Frames between the latest that was handed out and this one that did not come; zero for one
    /// that comes late.
    pub lost_before: u64,
    /// It is older than the latest.
    pub late: bool,
    /// Redundancy of a later packet brought it back.
    pub recovered: bool,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioPushed {
    /// Its frames were handed out, so many.
    Frames(usize),
    /// It carries nothing.
    Padding,
    /// Its frame was handed out before.
    Duplicate,
    /// It is too late to be told from a duplicate.
    Late,
    /// It is no payload of its format.
    Malformed(PayloadError),
}

/// Hands out the frames of one source.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::PayloadType;
/// use lapwing_engine::rtp::assemble::{AudioAssembler, AudioPacket};
/// let mut assembler = AudioAssembler::default();
/// let mut packet = AudioPacket {
///     sequence_number: 7,
///     time: 960,
///     payload_type: PayloadType(111),
///     payload: &[0x78, 1, 2],
///     received_at: Instant::now(),
/// };
/// assembler.push(packet, |frame| assert_eq!(frame.lost_before, 0));
/// packet.sequence_number = 9;
/// assembler.push(packet, |frame| assert_eq!(frame.lost_before, 1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct AudioAssembler {
    latest: Option<u64>,
    /// The time of that one.
    latest_time: u64,
    /// Numbers and times of packets, once one had redundancy.
    places: Places,
    /// Which of the numbers up to the latest came, that one in the lowest bit.
    came: u64,
}

impl AudioAssembler {
    /// The sender began anew: another source, or other numbers.
    pub fn restart(&mut self) {
        *self = AudioAssembler::default();
    }

    /// Takes a packet of one frame, and hands that out.
    pub fn push<'p>(
        &mut self,
        packet: AudioPacket<'p>,
        mut emit: impl FnMut(AudioFrame<'p>),
    ) -> AudioPushed {
        if packet.payload.is_empty() {
            return self.push_no_frame(packet.sequence_number);
        }
        match self.take_packet(&packet) {
            Err(refused) => refused,
            Ok(taken) => {
                if self.places.are_kept() {
                    self.places.note(packet.sequence_number, packet.time, false);
                }
                emit(frame(&packet, packet.payload_type, packet.payload, taken));
                AudioPushed::Frames(1)
            }
        }
    }

    /// Takes a packet of redundant audio (RFC 2198): what of it did not come before is handed out,
    /// the oldest first.
    pub fn push_red<'p>(
        &mut self,
        packet: AudioPacket<'p>,
        mut emit: impl FnMut(AudioFrame<'p>),
    ) -> AudioPushed {
        if packet.payload.is_empty() {
            return self.push_no_frame(packet.sequence_number);
        }
        let blocks = match RedBlocks::read(packet.payload) {
            Ok(blocks) => blocks,
            Err(error) => return AudioPushed::Malformed(error),
        };
        if self.came(packet.sequence_number) {
            return AudioPushed::Duplicate;
        }
        if let Some(latest) = self.latest.filter(|_| !self.places.are_kept()) {
            self.places.note(latest, self.latest_time, false);
        }
        self.places.note(packet.sequence_number, packet.time, false);
        let (mut frames, count, mut offset) = (0, blocks.len(), u32::MAX);
        for (index, block) in blocks.iter().enumerate() {
            let Some(time) = packet.time.checked_sub(block.timestamp_offset.into()) else {
                continue;
            };
            let is_own = index + 1 == count;
            // The oldest is first; what is not, belongs nowhere.
            let before = std::mem::replace(&mut offset, block.timestamp_offset);
            if !is_own && block.timestamp_offset >= before {
                continue;
            }
            let number = match is_own {
                true => Some(packet.sequence_number),
                // What was before the first packet is not wanted.
                false => {
                    let number = self.places.number_of(time);
                    number.filter(|number| *number < packet.sequence_number)
                }
            };
            let Some(sequence_number) = number.filter(|_| !block.data.is_empty()) else { continue };
            let of = AudioPacket { sequence_number, time, ..packet };
            if let Ok(taken) = self.take_packet(&of) {
                let taken = Taken { recovered: !is_own, ..taken };
                self.places.note(sequence_number, time, !is_own);
                emit(frame(&of, block.payload_type, block.data, taken));
                frames += 1;
            }
        }
        AudioPushed::Frames(frames)
    }

    /// A packet of the stream came that carries no sound.
    pub fn push_no_frame(&mut self, sequence_number: u64) -> AudioPushed {
        match self.take(sequence_number) {
            Ok(_) => AudioPushed::Padding,
            Err(refused) => refused,
        }
    }

    /// A frame with a number and a time.
    fn take_packet(&mut self, packet: &AudioPacket<'_>) -> Result<Taken, AudioPushed> {
        let taken = self.take(packet.sequence_number)?;
        if !taken.late {
            self.latest_time = packet.time;
        }
        match self.places.came_back(packet.sequence_number, packet.time) {
            true => Err(AudioPushed::Duplicate),
            false => Ok(taken),
        }
    }

    fn came(&self, number: u64) -> bool {
        let behind = self.latest.and_then(|latest| latest.checked_sub(number));
        behind.is_some_and(|behind| behind < WINDOW && self.came >> behind & 1 == 1)
    }

    fn take(&mut self, number: u64) -> Result<Taken, AudioPushed> {
        if self.came(number) {
            return Err(AudioPushed::Duplicate);
        }
        let Some(latest) = self.latest.filter(|latest| number < *latest) else {
            let ahead = self.latest.map_or(1, |latest| number - latest);
            self.came = self.came.checked_shl(ahead.min(WINDOW) as u32).unwrap_or(0) | 1;
            self.latest = Some(number);
            return Ok(Taken { lost_before: ahead - 1, late: false, recovered: false });
        };
        if latest - number >= WINDOW {
            return Err(AudioPushed::Late);
        }
        self.came |= 1 << (latest - number);
        Ok(Taken { lost_before: 0, late: true, recovered: false })
    }
}

/// How a number was taken.
#[derive(Clone, Copy)]
struct Taken {
    lost_before: u64,
    late: bool,
    recovered: bool,
}

fn frame<'p>(
    packet: &AudioPacket<'p>,
    payload_type: PayloadType,
    data: &'p [u8],
    taken: Taken,
) -> AudioFrame<'p> {
    AudioFrame {
        sequence_number: packet.sequence_number,
        time: packet.time,
        payload_type,
        data,
        received_at: packet.received_at,
        lost_before: taken.lost_before,
        late: taken.late,
        recovered: taken.recovered,
    }
}
