//! What a congestion controller is told, and what it says.

use std::fmt;
use std::time::Duration;

use crate::packet::EcnField;
use crate::time::Time;

/// The first window in segments (RFC 6928, RFC 9002 section 7.2).
pub const INITIAL_WINDOW: f64 = 10.0;

/// A congestion controller of one connection. Windows and amounts are in segments, rates in
/// segments per second.
///
/// The sender calls, for each acknowledgement, in this order: [`on_lost`](Self::on_lost) for each
/// segment that it newly takes for lost, [`on_loss`](Self::on_loss) when fast recovery begins, and
/// [`on_ack`](Self::on_ack).
///
/// One of one's own, which adds two segments in a round trip and gives a third back at a loss:
///
/// ```
/// use lapwing_simnet::cross::{
///     Ack, CongestionControl, INITIAL_WINDOW, TcpSink, TcpSource, Timeout, Workload,
/// };
/// use lapwing_simnet::{Bitrate, Limit, LinkSpec, QueueSpec, Sim, Time};
/// use std::time::Duration;
///
/// #[derive(Debug)]
/// struct Mine(f64);
///
/// impl CongestionControl for Mine {
///     fn fresh(&self) -> Box<dyn CongestionControl> {
///         Box::new(Mine(INITIAL_WINDOW))
///     }
///     fn on_ack(&mut self, ack: &Ack) {
///         if ack.may_grow() {
///             self.0 += 2.0 * ack.acked / self.0;
///         }
///     }
///     fn on_loss(&mut self, _flight: f64, _now: Time) {
///         self.0 = (self.0 * 2.0 / 3.0).max(2.0);
///     }
///     fn on_timeout(&mut self, _: &Timeout) {
///         self.0 = 1.0;
///     }
///     fn window(&self) -> f64 {
///         self.0
///     }
/// }
///
/// let mut sim = Sim::new(1);
/// let (a, b) = (sim.host("a"), sim.router("b"));
/// let c = sim.host("c");
/// let narrow = LinkSpec::new()
///     .rate(Bitrate::mbps(2), QueueSpec::TailDrop(Limit::Packets(20)))
///     .delay(Duration::from_millis(20));
/// let wire = LinkSpec::new();
/// sim.connect(a, b, &["10.0.0.1".parse()?], &narrow, &wire);
/// sim.connect(c, b, &["10.0.0.2".parse()?], &wire, &wire);
/// let ends = ("10.0.0.1:0".parse()?, "10.0.0.2:80".parse()?);
/// let times = (Time::ZERO, Time::NEVER);
/// sim.attach(a, TcpSource::new(ends, Mine(INITIAL_WINDOW), Workload::Endless, times));
/// let sink = sim.attach(c, TcpSink::new(ends.1));
/// sim.run_until(Time::from_secs(10));
/// assert!(sim.endpoint(sink).received() > 2_200_000);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub trait CongestionControl: fmt::Debug + 'static {
    /// A fresh one of the same kind, for a new connection.
    fn fresh(&self) -> Box<dyn CongestionControl>;

    /// The connection is open; `rtt` is what its handshake took, if that is known.
    fn on_open(&mut self, rtt: Option<Duration>, now: Time) {
        let _ = (rtt, now);
    }

    /// An acknowledgement came that tells of arrivals or losses.
    fn on_ack(&mut self, ack: &Ack);

    /// A segment is taken for lost: once for each, however many there are in a round trip.
    fn on_lost(&mut self, lost: &LostSegment) {
        let _ = lost;
    }

    /// Fast recovery begins: once for all losses of a round trip. `flight` segments were sent and
    /// not acknowledged with all before them (FlightSize).
    fn on_loss(&mut self, flight: f64, now: Time);

    /// The retransmission timer ran out: everything on its way is taken for lost. In QUIC,
    /// congestion persists (RFC 9002 section 7.6).
    fn on_timeout(&mut self, timeout: &Timeout);

    /// Sending begins again after it rested for longer than the retransmission timeout (RFC 5681
    /// section 4.1).
    fn on_idle(&mut self, now: Time) {
        let _ = now;
    }

    /// The window.
    fn window(&self) -> f64;

    /// The slow-start threshold; `None` where there is none, or none yet.
    fn threshold(&self) -> Option<f64> {
        None
    }

    /// Whether the window grows exponentially: where the sender paces by the window, it does so
    /// twice as fast then.
    fn in_slow_start(&self) -> bool {
        false
    }

    /// How fast segments may follow each other; `None` leaves that to the window.
    fn pacing_rate(&self) -> Option<f64> {
        None
    }

    /// What data is sent with. Marks come back in [`Ack::marked`].
    fn ecn(&self) -> EcnField {
        EcnField::NotEct
    }
}

impl CongestionControl for Box<dyn CongestionControl> {
    fn fresh(&self) -> Box<dyn CongestionControl> {
        (**self).fresh()
    }

    fn on_open(&mut self, rtt: Option<Duration>, now: Time) {
        (**self).on_open(rtt, now);
    }

    fn on_ack(&mut self, ack: &Ack) {
        (**self).on_ack(ack);
    }

    fn on_lost(&mut self, lost: &LostSegment) {
        (**self).on_lost(lost);
    }

    fn on_loss(&mut self, flight: f64, now: Time) {
        (**self).on_loss(flight, now);
    }

    fn on_timeout(&mut self, timeout: &Timeout) {
        (**self).on_timeout(timeout);
    }

    fn on_idle(&mut self, now: Time) {
        (**self).on_idle(now);
    }

    fn window(&self) -> f64 {
        (**self).window()
    }

    fn threshold(&self) -> Option<f64> {
        (**self).threshold()
    }

    fn in_slow_start(&self) -> bool {
        (**self).in_slow_start()
    }

    fn pacing_rate(&self) -> Option<f64> {
        (**self).pacing_rate()
    }

    fn ecn(&self) -> EcnField {
        (**self).ecn()
    }
}

/// What an acknowledgement says.
#[derive(Clone, Copy, Debug)]
pub struct Ack {
    /// The present moment.
    pub now: Time,
    /// Segments that are newly known to have arrived.
    pub acked: f64,
    /// Packets that newly arrived with a mark of congestion, as AccECN counts them (RFC 9768).
    pub marked: f64,
    /// Segments that are newly taken for lost.
    pub lost: f64,
    /// The round-trip time of the latest segment among them that was sent once.
    pub rtt: Option<Duration>,
    /// The smoothed round-trip time; zero before the first sample.
    pub smoothed_rtt: Duration,
    /// Segments on their way before this acknowledgement.
    pub prior_flight: f64,
    /// Segments on their way now.
    pub flight: f64,
    /// Segments that have arrived since the connection opened.
    pub delivered: u64,
    /// How many had arrived when the latest sent of those acknowledged here was sent: a round trip
    /// ends when that is not less than what had arrived at its beginning.
    pub prior_delivered: Option<u64>,
    /// Whether a round trip ends here, each beginning where the one before ends.
    pub round_ended: bool,
    /// The rate of delivery, where a sample is valid.
    pub rate: Option<RateSample>,
    /// The window was full, or, for a paced sender, there was more to send.
    pub window_limited: bool,
    /// What the sender is at.
    pub phase: Phase,
}

impl Ack {
    /// Whether a window may grow for it: something arrived, the window was in use (RFC 9002
    /// section 7.8) and no loss is being repaired.
    pub fn may_grow(&self) -> bool {
        self.acked > 0.0 && self.window_limited && self.phase != Phase::FastRecovery
    }
}

/// Whether losses are being repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// None are.
    Open,
    /// Those that acknowledgements told of (RFC 6675).
    FastRecovery,
    /// All that was on its way when the retransmission timer ran out.
    AfterTimeout,
}

/// How fast segments arrived between the sending of one and its acknowledgement
/// (draft-cheng-iccrg-delivery-rate-estimation-02).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateSample {
    /// Segments per second.
    pub rate: f64,
    /// Segments that arrived in the interval.
    pub delivered: f64,
    /// The longer of the times it took to send and to acknowledge them.
    pub interval: Duration,
    /// Whether the sender had nothing to send in it.
    pub app_limited: bool,
    /// Segments on their way when the acknowledged one was sent, itself among them.
    pub tx_in_flight: f64,
    /// Segments taken for lost since then.
    pub lost: f64,
}

/// A segment that is taken for lost.
#[derive(Clone, Copy, Debug)]
pub struct LostSegment {
    /// The present moment.
    pub now: Time,
    /// Segments on their way when it was sent, itself among them.
    pub tx_in_flight: f64,
    /// Segments taken for lost since then, itself among them.
    pub lost: f64,
    /// Whether the sender had nothing more to send then.
    pub app_limited: bool,
    /// Segments that have arrived since the connection opened.
    pub delivered: u64,
}

/// The retransmission timer ran out.
#[derive(Clone, Copy, Debug)]
pub struct Timeout {
    /// The present moment.
    pub now: Time,
    /// Segments that were sent and not acknowledged with all before them (FlightSize).
    pub flight: f64,
    /// It ran out before for the same segment, and nothing was acknowledged meanwhile: thresholds
    /// stay (RFC 5681 section 3.1). In QUIC always: the loss has set the threshold already.
    pub repeated: bool,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `acked` segments arrive at a sender that fills its window; round trips are of 100 ms.
    pub(crate) fn ack(acked: f64, now: Time) -> Ack {
        let rtt = Duration::from_millis(100);
        Ack {
            now,
            acked,
            marked: 0.0,
            lost: 0.0,
            rtt: Some(rtt),
            smoothed_rtt: rtt,
            prior_flight: acked,
            flight: 0.0,
            delivered: 0,
            prior_delivered: None,
            round_ended: false,
            rate: None,
            window_limited: true,
            phase: Phase::Open,
        }
    }

    pub(crate) fn timeout(flight: f64, repeated: bool) -> Timeout {
        Timeout { now: Time::ZERO, flight, repeated }
    }

    #[test]
    fn windows_grow_only_while_they_are_used_and_nothing_is_repaired() {
        let full = ack(1.0, Time::ZERO);
        assert!(full.may_grow());
        assert!(Ack { phase: Phase::AfterTimeout, ..full }.may_grow());
        for other in [
            Ack { acked: 0.0, ..full },
            Ack { window_limited: false, ..full },
            Ack { phase: Phase::FastRecovery, ..full },
        ] {
            assert!(!other.may_grow(), "{other:?}");
        }
    }
}
