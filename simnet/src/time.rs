//! Virtual time: a count of nanoseconds since the start of a run.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::{Duration, Instant};

/// A moment of a run, in nanoseconds since its start.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::Time;
/// let t = Time::ZERO + Duration::from_millis(1_500);
/// assert_eq!(t.as_nanos(), 1_500_000_000);
/// assert_eq!(t.to_string(), "1.500000000");
/// assert_eq!(t - Time::from_secs(1), Duration::from_millis(500));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The start of the run.
    pub const ZERO: Time = Time(0);
    /// Never: later than every moment of every run (584 years).
    pub const NEVER: Time = Time(u64::MAX);

    /// The moment `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Time(nanos)
    }

    /// The moment `millis` milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Self {
        Time(millis.saturating_mul(1_000_000))
    }

    /// The moment `secs` seconds after the start.
    pub const fn from_secs(secs: u64) -> Self {
        Time(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The time passed since `earlier`; zero when `earlier` is later.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    /// Saturates at [`Time::NEVER`].
    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(nanos(span)))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub for Time {
    type Output = Duration;

    /// Saturates at zero, as [`Time::since`].
    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for Time {
    /// Seconds with nine decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

/// A span in whole nanoseconds, saturating at 584 years.
pub(crate) fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// Maps virtual time onto [`Instant`] for engines that speak it: `origin` is the start of the run.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::{Clock, Time};
/// let clock = Clock::arbitrary();
/// let at = clock.instant(Time::from_millis(20));
/// assert_eq!(clock.time(at), Time::from_millis(20));
/// assert_eq!(clock.time(at + Duration::from_nanos(1)).as_nanos(), 20_000_001);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock whose run starts at `origin`.
    pub const fn new(origin: Instant) -> Self {
        Clock { origin }
    }

    /// A clock with an origin of no meaning, for tests and for runs of the simulator alone.
    ///
    /// `Instant` has no constructor but `now`; this is the only place in the crate that calls it.
    /// No run can depend on the value, as long as engines only compare instants and subtract them.
    #[expect(clippy::disallowed_methods, reason = "the one place where an origin is made")]
    pub fn arbitrary() -> Self {
        Clock { origin: Instant::now() }
    }

    /// The instant of a moment of the run.
    pub fn instant(&self, at: Time) -> Instant {
        self.origin + Duration::from_nanos(at.as_nanos())
    }

    /// The moment of an instant; instants before the origin are the start of the run.
    pub fn time(&self, at: Instant) -> Time {
        Time(nanos(at.saturating_duration_since(self.origin)))
    }
}
