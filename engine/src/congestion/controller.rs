//! What every congestion controller is told, and what it answers.

use std::fmt;
use std::time::{Duration, Instant};

use crate::bitrate::Bitrate;
use crate::feedback::{SentPacket, TransportFeedback};

/// Clusters of probes in one [`Target`]: the two with which a connection begins, or those after a
/// change of what the application wants, and as many in reserve.
pub const PROBES_MAX: usize = 4;

/// Shortest time between two wake-ups that a controller may ask for while nothing is sent: an idle
/// connection is to be woken twice a second at most.
pub const IDLE_WAKEUP_EVERY: Duration = Duration::from_millis(500);

/// Decides how fast a transport may send.
///
/// It is told of packets as they leave, of feedback as it comes, and of what the application
/// wants; [`Self::update`] takes all of that and the time, and answers with a [`Target`]. It is a
/// pure machine: it reads no clock and draws no randomness, so that a recorded run repeats.
///
/// A caller
///
/// 1. calls [`Self::on_sent`] for each packet that it hands to the network,
/// 2. calls [`Self::on_feedback`] for each message of feedback, and the other `on_` methods as
///    there is something to tell,
/// 3. then, and when the time of [`Self::next_wakeup`] has come, calls [`Self::update`], gives the
///    answer to the pacer and its rate to the encoders.
///
/// Times may come late or out of order; a controller copes.
///
/// One of your own, which halves its rate when packets are lost:
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::Bitrate;
/// use lapwing_engine::congestion::{CongestionController, Limits, PROBES_MAX, Target};
/// use lapwing_engine::{SentPacket, TransportFeedback};
///
/// #[derive(Debug)]
/// struct Halving {
///     limits: Limits,
///     rate: Bitrate,
/// }
///
/// impl CongestionController for Halving {
///     fn on_sent(&mut self, _: &SentPacket) {}
///
///     fn on_feedback(&mut self, feedback: &TransportFeedback) {
///         let (lost, _) = feedback.losses();
///         self.rate = match lost {
///             0 => Bitrate::bps(self.rate.as_bps() + 1_000),
///             _ => Bitrate::bps(self.rate.as_bps() / 2),
///         };
///     }
///
///     fn set_limits(&mut self, limits: Limits, _: Instant) {
///         self.limits = limits;
///     }
///
///     fn update(&mut self, _: Instant) -> Target {
///         self.rate = self.limits.clamp(self.rate);
///         Target::of_rate(self.rate)
///     }
///
///     fn next_wakeup(&self) -> Option<Instant> {
///         None
///     }
/// }
///
/// let now = Instant::now();
/// let limits = Limits::default();
/// let mut controller: Box<dyn CongestionController> =
///     Box::new(Halving { limits, rate: Bitrate::kbps(300) });
/// controller.on_feedback(&TransportFeedback::empty(now));
/// let target = controller.update(now);
/// assert_eq!(target.rate, Bitrate::kbps(301));
/// assert_eq!(target.probes, [None; PROBES_MAX]);
/// ```
pub trait CongestionController: fmt::Debug + Send {
    /// A packet was handed to the network.
    fn on_sent(&mut self, packet: &SentPacket);

    /// Feedback came, of either kind; where marks of ECN are told, each received packet has its
    /// own.
    fn on_feedback(&mut self, feedback: &TransportFeedback);

    /// A round trip was measured by something else than feedback: a report of RTCP, or a check of
    /// ICE.
    fn on_round_trip(&mut self, round_trip: Duration, now: Instant) {
        let _ = (round_trip, now);
    }

    /// The receiver asks for no more than this (REMB, draft-alvestrand-rmcat-remb); `None` when it
    /// asks no longer.
    fn on_receiver_limit(&mut self, limit: Option<Bitrate>, now: Instant) {
        let _ = (limit, now);
    }

    /// Packets take another path: what was learnt of the old one does not hold.
    fn on_path_changed(&mut self, now: Instant) {
        let _ = now;
    }

    /// What the application wants, and what it allows.
    fn set_limits(&mut self, limits: Limits, now: Instant);

    /// Decides, as of `now`. A wanted probe stands in one answer only.
    fn update(&mut self, now: Instant) -> Target;

    /// When [`Self::update`] is to be called though nothing happens; `None` when that changes
    /// nothing. While no packets are sent, these times are [`IDLE_WAKEUP_EVERY`] apart or more.
    fn next_wakeup(&self) -> Option<Instant>;
}

/// What the application wants, and what it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What must be sent at least. The target does not fall below it.
    pub minimum: Bitrate,
    /// What would be sent if it could: the sum over all that the application has. It bounds how
    /// far the path is probed, not the target. `None` when that is not known.
    pub desired: Option<Bitrate>,
    /// What must not be exceeded.
    pub maximum: Bitrate,
}

impl Limits {
    /// `rate` within the minimum and the maximum. Where those contradict, the maximum holds.
    pub fn clamp(&self, rate: Bitrate) -> Bitrate {
        rate.max(self.minimum).min(self.maximum)
    }
}

impl Default for Limits {
    /// From 5 kbit/s, what a connection needs to learn anything, to 1 Gbit/s.
    fn default() -> Self {
        Limits { minimum: Bitrate::kbps(5), desired: None, maximum: Bitrate::mbps(1_000) }
    }
}

/// What a controller answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// What all that is sent may take on average: media, retransmissions, error correction.
    pub rate: Bitrate,
    /// How fast packets that wait may leave.
    pub pacing: Bitrate,
    /// Bytes that may be in flight; packets above that wait, but for audio.
    pub window: Option<u64>,
    /// What is to be sent at least, by padding where there is nothing else.
    pub padding: Bitrate,
    /// Clusters of probes that are wanted, in their order.
    pub probes: [Option<Probe>; PROBES_MAX],
}

impl Target {
    /// This rate, let out as fast as that, and nothing else.
    pub const fn of_rate(rate: Bitrate) -> Self {
        Target {
            rate,
            pacing: rate,
            window: None,
            padding: Bitrate::ZERO,
            probes: [None; PROBES_MAX],
        }
    }
}

/// A cluster of packets that leave faster than the target allows, to find out what the path
/// carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its name: [`SentPacket::probe`] of its packets. Not used twice by one controller.
    pub id: u32,
    /// How fast its packets are to leave.
    pub rate: Bitrate,
    /// How long it is to last at least.
    pub duration: Duration,
    /// How many packets it is to have at least.
    pub packets: u32,
    /// Packets leave in bursts so far apart, or one by one where a packet takes longer.
    pub spacing: Duration,
}

impl Probe {
    /// Bytes that it takes to last as long as it is to.
    pub fn bytes(&self) -> u64 {
        self.rate.bytes_in(self.duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maximum_holds_against_a_minimum_above_it() {
        let limits =
            Limits { minimum: Bitrate::kbps(200), desired: None, maximum: Bitrate::kbps(100) };
        assert_eq!(limits.clamp(Bitrate::kbps(10)), Bitrate::kbps(100));
        assert_eq!(limits.clamp(Bitrate::kbps(900)), Bitrate::kbps(100));
        let limits = Limits { maximum: Bitrate::kbps(500), ..limits };
        assert_eq!(limits.clamp(Bitrate::kbps(10)), Bitrate::kbps(200));
        assert_eq!(limits.clamp(Bitrate::kbps(300)), Bitrate::kbps(300));
    }

    #[test]
    fn a_probe_takes_the_bytes_of_its_duration() {
        let probe = Probe {
            id: 1,
            rate: Bitrate::mbps(1),
            duration: Duration::from_millis(16),
            packets: 5,
            spacing: Duration::from_millis(2),
        };
        assert_eq!(probe.bytes(), 2_000);
    }
}
