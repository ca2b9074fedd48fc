//! Which packets are protected together, and by how many.
//!
//! 1. Packets are kept until a group is complete: at the end of a frame, when the group has earned
//!    a packet of parity, or has several frames; or when the mask can name no more.
//! 2. A group earns as much parity as the protection says, rounded; what was rounded counts for the
//!    next.
//! 3. Packets of a group take turns among its packets of parity, so that as many losses in a row as
//!    there are of those can be made up for.

use super::parity::{Parity, Protected, sequence_of};
use super::scheme::FecScheme;

/// Packets that are protected together: what the longest mask of ULPFEC names.
pub const FEC_GROUP_MAX: usize = 48;

/// Frames that a group has at most: each of them is another frame's time until losses are made up.
const FRAMES_MAX: usize = 4;

/// The unit of protection.
const WHOLE: i64 = 256;

/// Makes the packets of parity of one stream.
#[derive(Clone, Debug)]
pub struct FecEncoder {
    scheme: FecScheme,
    /// Packets of parity to 256 of media.
    protection: u8,
    /// Places of the group's packets; those from `count` on are memory to be used again.
    packets: Vec<(u16, Vec<u8>)>,
    count: usize,
    frames: usize,
    /// In 256ths of a packet; below zero when more was sent than earned.
    owed: i64,
    parity: Parity,
    payload: Vec<u8>,
}

impl FecEncoder {
    /// An encoder that protects nothing yet.
    pub fn new(scheme: FecScheme) -> Self {
        FecEncoder {
            scheme,
            protection: 0,
            packets: Vec::new(),
            count: 0,
            frames: 0,
            owed: 0,
            parity: Parity::default(),
            payload: Vec::new(),
        }
    }

    /// How many packets of parity there are to 256 of media; none for zero.
    pub fn set_protection(&mut self, protection: u8) {
        self.protection = protection;
        if protection == 0 {
            self.forget();
            self.owed = 0;
        }
    }

    /// A packet of the stream is sent; its frame ends with it, or not. Payloads of FEC packets that
    /// are complete with it are handed out, to be sent after it. What is no packet of the stream is
    /// left out.
    pub fn push(&mut self, packet: &[u8], frame_ends: bool, mut each: impl FnMut(&[u8])) {
        if self.protection == 0 {
            return;
        }
        let Some(sequence) = sequence_of(packet, self.scheme.media_ssrc()) else { return };
        if self.count > 0 {
            let place = sequence.wrapping_sub(self.packets[0].0);
            if usize::from(place) >= FEC_GROUP_MAX {
                self.finish(&mut each);
            }
        }
        self.keep(sequence, packet);
        self.frames += usize::from(frame_ends);
        let earned = self.owed + self.count as i64 * i64::from(self.protection);
        let complete = frame_ends && (earned >= WHOLE || self.frames >= FRAMES_MAX);
        if complete || self.count == FEC_GROUP_MAX {
            self.finish(&mut each);
        }
    }

    fn keep(&mut self, sequence: u16, packet: &[u8]) {
        if self.count == self.packets.len() {
            self.packets.push((0, Vec::new()));
        }
        let (place, bytes) = &mut self.packets[self.count];
        *place = sequence;
        bytes.clear();
        bytes.extend_from_slice(packet);
        self.count += 1;
    }

    fn finish(&mut self, each: &mut impl FnMut(&[u8])) {
        self.owed += self.count as i64 * i64::from(self.protection);
        let parities = ((self.owed + WHOLE / 2) / WHOLE).clamp(0, self.count as i64);
        self.owed -= parities * WHOLE;
        let base = self.packets[0].0;
        for turn in 0..parities as usize {
            self.parity.clear();
            let mut mask = 0;
            let turns = self.packets[..self.count].iter().skip(turn).step_by(parities as usize);
            for (sequence, packet) in turns {
                self.parity.join(packet);
                mask |= 1 << sequence.wrapping_sub(base);
            }
            self.payload.clear();
            self.scheme.write(&mut self.payload, Protected { base, mask }, &self.parity);
            each(&self.payload);
        }
        self.forget();
    }

    fn forget(&mut self) {
        self.count = 0;
        self.frames = 0;
    }
}
