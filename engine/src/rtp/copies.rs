//! How many copies of sound are worth their bits.
//!
//! 1. The peer tells which packets came (transport-wide feedback, RFC 8888), or how many did not
//!    (RFC 3550). Both count packets on the way, before anything is made up for.
//! 2. What counts is the last ten seconds: losses come in spells, and copies that begin after a
//!    spell are of no use.
//! 3. Below one percent there are no copies. Single losses are made up for by a copy in the next
//!    packet. Where losses come in bursts, or are many, copies are in the second and the fourth.
//! 4. What began goes on until there is clearly less to make up for.
//! 5. Where the path has no room for all copies, the farthest is kept.

use std::time::{Duration, Instant};

use crate::feedback::{Arrival, PacketResult};
use crate::redundancy::CopyDistances;

/// Share of losses from which on copies begin, and below which they end.
const LOSS_BEGINS: f64 = 0.01;
const LOSS_ENDS: f64 = 0.005;

/// Share of losses that counts as many, whether in bursts or not.
const MANY_BEGINS: f64 = 0.10;
const MANY_ENDS: f64 = 0.07;

/// Mean packets in a row that count as bursts.
const BURST_BEGINS: f64 = 1.6;
const BURST_ENDS: f64 = 1.3;

/// Parts of the time that counts, and how long each is.
const PARTS: usize = 10;
const PART: Duration = Duration::from_secs(1);

/// Parts that count by themselves where as many are lost in them: what begins now is no chance.
const PARTS_LATE: u64 = 2;
const LOSSES_LATE_MIN: u32 = 3;

/// A share is of so many packets at least: two seconds of sound. One of the first packets that is
/// lost is one percent.
const PACKETS_MIN: u32 = 100;

/// A packet that so many overtook is lost: the threshold of RFC 9002 section 6.1.1.
const OVERTAKEN_MAX: u32 = 3;

/// Losses of one feedback that are looked at. Those that fewer packets overtook wait for the next
/// one, as it may tell that they came late.
const PENDING_MAX: usize = 256;

/// What is lost of sound on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoundLosses {
    /// Share of packets, 0 to 1.
    pub fraction: f64,
    /// How many are lost in a row on average, at least one; `None` where only shares are known.
    pub burst: Option<f64>,
}

/// What is done against losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CopyLevel {
    /// Nothing.
    #[default]
    None,
    /// A copy in the next packet.
    Next,
    /// Copies in the second and the fourth.
    Spread,
}

impl CopyLevel {
    /// The copies, where there is room for so many.
    pub fn copies(self, room: usize) -> CopyDistances {
        let all = match self {
            CopyLevel::None => CopyDistances::NONE,
            CopyLevel::Next => CopyDistances::NEXT,
            CopyLevel::Spread => CopyDistances::SPREAD,
        };
        all.at_most(room)
    }
}

/// The rule: what to do against losses, after what was done before.
///
/// ```
/// use lapwing_engine::rtp::{CopyLevel, SoundLosses, copy_level};
/// let single = SoundLosses { fraction: 0.05, burst: Some(1.05) };
/// assert_eq!(copy_level(single, CopyLevel::None), CopyLevel::Next);
/// let bursts = SoundLosses { fraction: 0.05, burst: Some(3.0) };
/// assert_eq!(copy_level(bursts, CopyLevel::Next), CopyLevel::Spread);
/// let hardly_any = SoundLosses { fraction: 0.007, burst: None };
/// assert_eq!(copy_level(hardly_any, CopyLevel::None), CopyLevel::None);
/// assert_eq!(copy_level(hardly_any, CopyLevel::Next), CopyLevel::Next);
/// ```
pub fn copy_level(losses: SoundLosses, before: CopyLevel) -> CopyLevel {
    let from = |begins: f64, ends: f64, began: bool| if began { ends } else { begins };
    let (began, spread) = (before != CopyLevel::None, before == CopyLevel::Spread);
    // What is no number is no loss.
    let is_lossy = losses.fraction >= from(LOSS_BEGINS, LOSS_ENDS, began);
    let many = losses.fraction >= from(MANY_BEGINS, MANY_ENDS, spread);
    let bursty = losses.burst.is_some_and(|it| it >= from(BURST_BEGINS, BURST_ENDS, spread));
    match (is_lossy, many || bursty) {
        (false, _) => CopyLevel::None,
        (true, false) => CopyLevel::Next,
        (true, true) => CopyLevel::Spread,
    }
}

/// Follows the losses of one stream of sound.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::CopyDistances;
/// use lapwing_engine::rtp::CopyPolicy;
/// let (mut policy, now) = (CopyPolicy::default(), Instant::now());
/// assert_eq!(policy.copies(2, now), CopyDistances::NONE);
/// policy.on_report(0.03, 250, now);
/// assert_eq!(policy.copies(2, now), CopyDistances::NEXT);
/// assert_eq!(policy.copies(0, now), CopyDistances::NONE, "no room");
/// assert_eq!(policy.copies(2, now + Duration::from_secs(11)), CopyDistances::NONE);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CopyPolicy {
    level: CopyLevel,
    parts: [Part; PARTS],
    /// The number of the newest part, counted from `start`.
    newest: u64,
    start: Option<Instant>,
    /// Numbers that feedback said to be lost, in the order of sending.
    pending: Vec<u16>,
    last_lost: Option<u16>,
}

/// What became of packets in one part of the time.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    packets: u32,
    lost: u32,
    /// Losses in a row.
    bursts: u32,
    /// As reports tell: packets, and those of them that are lost.
    reported: (u32, f64),
}

impl Part {
    /// As if one more was lost, alone: two in a row are no habit yet.
    fn losses(&self) -> SoundLosses {
        SoundLosses {
            fraction: f64::from(self.lost) / f64::from(self.packets.max(PACKETS_MIN)),
            burst: Some((f64::from(self.lost) + 1.0) / (f64::from(self.bursts) + 1.0)),
        }
    }
}

impl CopyPolicy {
    /// Feedback tells of packets of the stream, each once it was sent first.
    pub fn on_results<'r>(
        &mut self,
        results: impl Iterator<Item = &'r PacketResult>,
        now: Instant,
    ) {
        self.advance(now);
        let mut missing = std::mem::take(&mut self.pending);
        // What is lost, each with how many came before it.
        let (mut told, mut came, mut recent) = (0, 0, Vec::new());
        for result in results {
            let sequence = result.sent.sequence;
            match result.arrival {
                Arrival::Received { after_loss, .. } => {
                    if after_loss {
                        missing.retain(|number| *number != sequence);
                    } else {
                        told += 1;
                    }
                    came += 1;
                }
                Arrival::Lost => {
                    told += 1;
                    if recent.len() < PENDING_MAX {
                        recent.push((sequence, came));
                    }
                }
            }
        }
        for (sequence, before) in recent {
            match came - before >= OVERTAKEN_MAX {
                true => missing.push(sequence),
                false => self.pending.push(sequence),
            }
        }
        let newest = &mut self.parts[(self.newest % PARTS as u64) as usize];
        newest.packets += told;
        for number in missing {
            newest.lost += 1;
            let follows = self.last_lost.is_some_and(|last| last.wrapping_add(1) == number);
            newest.bursts += u32::from(!follows);
            self.last_lost = Some(number);
        }
    }

    /// A report tells that this share was lost of so many packets.
    pub fn on_report(&mut self, fraction: f64, packets: u32, now: Instant) {
        self.advance(now);
        let newest = &mut self.parts[(self.newest % PARTS as u64) as usize];
        newest.reported.0 = newest.reported.0.saturating_add(packets);
        let fraction = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) };
        newest.reported.1 += f64::from(packets) * fraction;
    }

    /// The losses of the last ten seconds, or of the last two where those are worse and no chance.
    pub fn losses(&mut self, now: Instant) -> SoundLosses {
        self.advance(now);
        let all = self.sum(PARTS as u64);
        if all.packets == 0 {
            let packets = all.reported.0.max(PACKETS_MIN);
            return SoundLosses { fraction: all.reported.1 / f64::from(packets), burst: None };
        }
        let (all, late) = (all.losses(), self.sum(PARTS_LATE));
        match late.lost < LOSSES_LATE_MIN {
            true => all,
            false => SoundLosses {
                fraction: all.fraction.max(late.losses().fraction),
                burst: all.burst.zip(late.losses().burst).map(|(a, b)| a.max(b)),
            },
        }
    }

    /// The newest parts together.
    fn sum(&self, parts: u64) -> Part {
        let numbers = (0..parts).filter_map(|back| self.newest.checked_sub(back));
        let of = numbers.map(|number| &self.parts[(number % PARTS as u64) as usize]);
        of.fold(Part::default(), |sum, part| Part {
            packets: sum.packets.saturating_add(part.packets),
            lost: sum.lost.saturating_add(part.lost),
            bursts: sum.bursts.saturating_add(part.bursts),
            reported: (
                sum.reported.0.saturating_add(part.reported.0),
                sum.reported.1 + part.reported.1,
            ),
        })
    }

    /// With which frames the next ones are sent again, where there is room for so many copies.
    pub fn copies(&mut self, room: usize, now: Instant) -> CopyDistances {
        self.level = copy_level(self.losses(now), self.level);
        self.level.copies(room)
    }

    /// Forgets what is too long ago.
    fn advance(&mut self, now: Instant) {
        let start = *self.start.get_or_insert(now);
        let part = now.saturating_duration_since(start).as_secs() / PART.as_secs();
        let passed = part.saturating_sub(self.newest).min(PARTS as u64);
        for ahead in 1..=passed {
            self.parts[((self.newest + ahead) % PARTS as u64) as usize] = Part::default();
        }
        if passed == PARTS as u64 {
            self.parts = [Part::default(); PARTS];
        }
        self.newest = self.newest.max(part);
    }
}

#[cfg(test)]
#[path = "tests/copies.rs"]
mod tests;
