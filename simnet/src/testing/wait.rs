//! Waiting for something to be so.

use std::fmt;
use std::panic::Location;

use crate::sim::Sim;
use crate::time::Time;

/// What is waited for: whether it holds, and what is missing where it does not.
pub trait Condition {
    /// It holds.
    fn holds(&self) -> bool;

    /// What is missing.
    fn missing(&self) -> String;
}

impl Condition for bool {
    fn holds(&self) -> bool {
        *self
    }

    fn missing(&self) -> String {
        "the condition does not hold".to_owned()
    }
}

/// `Err` is what is missing.
impl<E: fmt::Display> Condition for Result<(), E> {
    fn holds(&self) -> bool {
        self.is_ok()
    }

    fn missing(&self) -> String {
        self.as_ref().err().map(E::to_string).unwrap_or_default()
    }
}

/// What was waited for did not come.
///
/// [`Debug`](fmt::Debug) says the same as [`Display`](fmt::Display): it is what `unwrap` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct TimedOut {
    /// Until when it was waited for.
    pub deadline: Time,
    /// What was missing at that moment, in the words of the [`Condition`].
    pub missing: String,
    /// Where in the test it was waited for.
    pub place: &'static Location<'static>,
    /// Events in the network while it was waited for.
    pub events: u64,
    /// When something is due next; `None` where nothing ever is.
    pub next_at: Option<Time>,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TimedOut { deadline, missing, place, events, next_at } = self;
        write!(f, "{missing}, by {deadline} s, at {place} ({events} events went by, ")?;
        match next_at {
            Some(at) => write!(f, "the next is at {at} s)"),
            None => f.write_str("none follows)"),
        }
    }
}

impl fmt::Debug for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for TimedOut {}

/// Runs until a condition holds, and gives the moment. It is asked at once and then after each
/// event, so the run stops at the very event that made it true.
///
/// ```
/// use lapwing_simnet::testing::wait_until;
/// use lapwing_simnet::{Sim, Time};
/// let mut sim = Sim::new(1);
/// sim.at(Time::from_millis(70), |_| {});
/// let after = |ms| move |sim: &Sim| sim.now() >= Time::from_millis(ms);
/// assert_eq!(wait_until(&mut sim, Time::from_secs(1), after(70)), Ok(Time::from_millis(70)));
///
/// let later = |sim: &Sim| match sim.now() >= Time::from_secs(9) {
///     true => Ok(()),
///     false => Err(format!("it is only {} s", sim.now())),
/// };
/// let timed_out = wait_until(&mut sim, Time::from_secs(1), later).unwrap_err();
/// assert_eq!(timed_out.missing, "it is only 1.000000000 s");
/// ```
///
/// # Errors
/// [`TimedOut`] where it does not hold by `deadline`, which it is then.
#[track_caller]
pub fn wait_until<C: Condition>(
    sim: &mut Sim,
    deadline: Time,
    mut condition: impl FnMut(&Sim) -> C,
) -> Result<Time, TimedOut> {
    let place = Location::caller();
    let began = sim.events();
    // Beginning the run is no event: endpoints start.
    let mut next_at = sim.next_at();
    loop {
        if condition(sim).holds() {
            return Ok(sim.now());
        }
        if next_at.is_none_or(|at| at > deadline) {
            break;
        }
        sim.step();
        next_at = sim.next_at();
    }
    sim.run_until(deadline);
    let last = condition(sim);
    if last.holds() {
        return Ok(sim.now());
    }
    let (missing, events) = (last.missing(), sim.events() - began);
    Err(TimedOut { deadline, missing, place, events, next_at })
}
