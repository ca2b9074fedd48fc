//! What arrived, and what can be made of it.
//!
//! 1. Packets of media are kept for as long as parity may still name them.
//! 2. Parity is kept with the packets that it misses. One that misses none is dropped.
//! 3. One that misses a single packet gives that packet, which may be what another missed.

use std::collections::VecDeque;
use std::fmt;

use super::parity::{Parity, sequence_of};
use super::scheme::FecScheme;

/// Packets of media that are kept: four times the longest group, for those that come late.
const MEDIA_MAX: usize = 256;

/// Packets of parity that are kept: those of a few groups.
const PARITIES_MAX: usize = 64;

/// Packets that wait to be taken: no more than parity can give at a time.
const RECOVERED_MAX: usize = PARITIES_MAX;

/// Why a FEC packet is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FecFault {
    /// It is damaged, of a form that is not understood, or protects another stream.
    Malformed,
    /// It protects nothing, or packets too far from those that came.
    OutOfReach,
}

impl fmt::Display for FecFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FecFault::Malformed => "a FEC packet that cannot be read",
            FecFault::OutOfReach => "a FEC packet for packets too far from those that came",
        })
    }
}

impl std::error::Error for FecFault {}

/// What FEC came to: `fecPacketsReceived`, `fecPacketsDiscarded` and more of webrtc-stats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FecCounters {
    /// FEC packets that came.
    pub received: u64,
    /// Those of no use: faulty ones, those that missed nothing, and those that were given up.
    pub discarded: u64,
    /// Packets of media that were made of parity.
    pub recovered: u64,
}

/// A packet's number, and its bytes.
type Slot = Option<(u64, Vec<u8>)>;

#[derive(Clone, Debug)]
struct Kept {
    first: u64,
    mask: u128,
    missing: u128,
    parity: Parity,
}

/// Makes lost packets of one stream.
#[derive(Clone, Debug)]
pub struct FecDecoder {
    scheme: FecScheme,
    /// By number, modulo their count.
    media: Vec<Slot>,
    newest: Option<u64>,
    parities: VecDeque<Kept>,
    /// Memory of parity that is gone, to be used again.
    spare: Vec<Parity>,
    recovered: VecDeque<Vec<u8>>,
    counters: FecCounters,
}

impl FecDecoder {
    /// A decoder that nothing came to.
    pub fn new(scheme: FecScheme) -> Self {
        FecDecoder {
            scheme,
            media: Vec::new(),
            newest: None,
            parities: VecDeque::new(),
            spare: Vec::new(),
            recovered: VecDeque::new(),
            counters: FecCounters::default(),
        }
    }

    /// A packet of the stream came. What is no packet of it is left out. True for one that came, or
    /// was made of parity, before.
    pub fn on_media(&mut self, packet: &[u8]) -> bool {
        let ssrc = self.scheme.media_ssrc();
        let Some(sequence) = sequence_of(packet, ssrc) else { return false };
        let number = match self.newest {
            Some(newest) => near(newest, sequence),
            // So that those before it are above zero.
            None => (1 << 16) + u64::from(sequence),
        };
        if self.slot(number).is_some() {
            return true;
        }
        if self.keep(number, packet) {
            self.settle();
        }
        false
    }

    /// A FEC packet came: its RTP payload, without RED.
    pub fn on_fec(&mut self, payload: &[u8]) -> Result<(), FecFault> {
        self.counters.received += 1;
        let result = self.add_parity(payload);
        match result {
            Ok(()) => self.settle(),
            Err(_) => self.counters.discarded += 1,
        }
        result
    }

    /// A packet that was made of parity: as it was sent, and in the order in which they were made.
    pub fn next_recovered(&mut self) -> Option<Vec<u8>> {
        self.recovered.pop_front()
    }

    /// What FEC came to so far.
    pub fn counters(&self) -> FecCounters {
        self.counters
    }

    fn add_parity(&mut self, payload: &[u8]) -> Result<(), FecFault> {
        if self.parities.len() == PARITIES_MAX
            && let Some(oldest) = self.parities.pop_front()
        {
            self.counters.discarded += 1;
            self.spare.push(oldest.parity);
        }
        let mut parity = self.spare.pop().unwrap_or_default();
        let protected = self.scheme.read(payload, &mut parity).ok_or(FecFault::Malformed)?;
        // Without any packet there is nothing that parity could be joined with.
        let newest = self.newest.ok_or(FecFault::OutOfReach)?;
        let first = near(newest, protected.base);
        let last = first + u64::from(127 - protected.mask.leading_zeros().min(127));
        let in_reach = first + MEDIA_MAX as u64 > newest && last < newest + MEDIA_MAX as u64;
        if protected.mask == 0 || !in_reach {
            return Err(FecFault::OutOfReach);
        }
        let mut missing = protected.mask;
        for number in numbers(first, protected.mask) {
            if self.slot(number).is_some() {
                missing &= !(1 << (number - first));
            }
        }
        self.parities.push_back(Kept { first, mask: protected.mask, missing, parity });
        Ok(())
    }

    /// False for a packet that is kept already, or too old.
    fn keep(&mut self, number: u64, packet: &[u8]) -> bool {
        let newest = self.newest.map_or(number, |newest| newest.max(number));
        self.newest = Some(newest);
        if number + MEDIA_MAX as u64 <= newest {
            return false;
        }
        let index = number as usize % MEDIA_MAX;
        if index >= self.media.len() {
            self.media.resize(MEDIA_MAX, None);
        }
        match &mut self.media[index] {
            Some((kept, _)) if *kept == number => return false,
            Some((kept, bytes)) => {
                *kept = number;
                bytes.clear();
                bytes.extend_from_slice(packet);
            }
            empty => *empty = Some((number, packet.to_vec())),
        }
        for kept in &mut self.parities {
            if let Some(place) = number.checked_sub(kept.first).filter(|place| *place < 128) {
                kept.missing &= !(1 << place);
            }
        }
        true
    }

    fn slot(&self, number: u64) -> Option<&[u8]> {
        let (kept, bytes) = self.media.get(number as usize % MEDIA_MAX)?.as_ref()?;
        (*kept == number).then_some(bytes)
    }

    /// Makes what can be made, and drops parity of no more use.
    fn settle(&mut self) {
        let oldest = self.newest.unwrap_or(0).saturating_sub(MEDIA_MAX as u64 - 1);
        let mut index = 0;
        while let Some(kept) = self.parities.get(index) {
            let missing = kept.missing.count_ones();
            if missing > 1 && kept.first >= oldest {
                index += 1;
                continue;
            }
            let mut kept = self.parities.remove(index).expect("it was found there");
            let of_use = missing == 1 && kept.first >= oldest;
            let made = if of_use { self.make(&mut kept) } else { None };
            self.spare.push(kept.parity);
            match made {
                Some((number, packet)) => {
                    self.counters.recovered += 1;
                    self.keep(number, &packet);
                    if self.recovered.len() < RECOVERED_MAX {
                        self.recovered.push_back(packet);
                    }
                    // Another may have missed it.
                    index = 0;
                }
                None => self.counters.discarded += 1,
            }
        }
    }

    /// The one packet that parity misses.
    fn make(&self, kept: &mut Kept) -> Option<(u64, Vec<u8>)> {
        for number in numbers(kept.first, kept.mask & !kept.missing) {
            kept.parity.join(self.slot(number)?);
        }
        let number = kept.first + u64::from(kept.missing.trailing_zeros());
        let packet = kept.parity.packet(number as u16, self.scheme.media_ssrc())?;
        Some((number, packet))
    }
}

/// The numbers of a mask.
fn numbers(first: u64, mask: u128) -> impl Iterator<Item = u64> {
    (0..128).filter(move |place| mask >> place & 1 == 1).map(move |place| first + place)
}

/// The number whose low 16 bits are `low` that is nearest to `reference`.
fn near(reference: u64, low: u16) -> u64 {
    let ahead = i64::from(low.wrapping_sub(reference as u16) as i16);
    reference.saturating_add_signed(ahead)
}
