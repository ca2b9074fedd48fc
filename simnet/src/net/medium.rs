//! A medium that several stations share: one packet at a time, in any direction.
//!
//! This approximates 802.11's DCF; it is not 802.11. Stations that have something to send take
//! turns at random, so each gets the same number of packets through, whatever its distance or rate.
//! A packet may collide, the more likely the more stations wait: then its airtime is lost and it is
//! sent again. Interference, rate adaptation, aggregation and priorities are not modelled.

use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::net::LinkId;
use crate::random::Stream;
use crate::time::Time;

/// A shared medium's name within one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediumId(pub(crate) u32);

/// What a shared medium is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediumConfig {
    /// What it carries in all, with its protocol's overhead taken off, before collisions.
    pub capacity: Bitrate,
    /// Bounds of the random wait for access before each packet.
    pub access_delay: (Duration, Duration),
    /// True when stations that wait at the same time may collide.
    pub collisions: bool,
}

/// A node of a link, as the medium knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Station {
    pub(crate) link: LinkId,
    pub(crate) stage: u16,
}

/// The state of a shared medium.
#[derive(Debug)]
pub(crate) struct Medium {
    config: MediumConfig,
    stream: Stream,
    /// Stations with something to send, the one that is sending included.
    waiting: Vec<Station>,
    busy: bool,
}

/// Least contention window, and how often it doubles (802.11 OFDM: 15 and 1023).
const MIN_WINDOW: u32 = 16;
const MAX_DOUBLINGS: u32 = 6;
/// Attempts before a packet is given up (802.11's short retry limit).
const MAX_ATTEMPTS: u32 = 7;

/// How a transmission ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Airtime {
    /// When the medium is free again.
    pub(crate) until: Time,
    /// The packet got through.
    pub(crate) success: bool,
}

impl Medium {
    pub(crate) fn new(config: MediumConfig, stream: Stream) -> Self {
        Medium { config, stream, waiting: Vec::new(), busy: false }
    }

    pub(crate) fn capacity(&self) -> Bitrate {
        self.config.capacity
    }

    /// A station has something to send. Returns who sends next and when, if the medium was free.
    pub(crate) fn join(&mut self, station: Station, now: Time) -> Option<(Station, Time)> {
        self.waiting.push(station);
        if self.busy { None } else { self.choose(now) }
    }

    /// The station that was chosen sends so many bytes.
    pub(crate) fn send(&mut self, bytes: u64, now: Time) -> Airtime {
        let Some(once) = self.config.capacity.time_for(bytes) else {
            return Airtime { until: Time::NEVER, success: false };
        };
        let rivals = self.waiting.len().saturating_sub(1) as i32;
        let mut until = now;
        for attempt in 0..MAX_ATTEMPTS {
            until += once;
            let window = f64::from(MIN_WINDOW << attempt.min(MAX_DOUBLINGS));
            // Each rival picks the same slot with probability 1 / window.
            let alone = power(1.0 - 1.0 / window, rivals);
            if !self.config.collisions || self.stream.chance(alone) {
                return Airtime { until, success: true };
            }
        }
        Airtime { until, success: false }
    }

    /// The sending station is done, and stays if it has more. Returns who sends next and when.
    pub(crate) fn done(
        &mut self,
        station: Station,
        has_more: bool,
        now: Time,
    ) -> Option<(Station, Time)> {
        self.busy = false;
        if !has_more {
            self.waiting.retain(|other| *other != station);
        }
        self.choose(now)
    }

    fn choose(&mut self, now: Time) -> Option<(Station, Time)> {
        let choice = self.stream.below(self.waiting.len() as u64) as usize;
        let station = *self.waiting.get(choice)?;
        self.busy = true;
        let (low, high) = self.config.access_delay;
        let wait = low + (high.saturating_sub(low)).mul_f64(self.stream.unit());
        Some((station, now + wait))
    }
}

/// A whole power by multiplication, which every machine rounds alike.
fn power(base: f64, exponent: i32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}
