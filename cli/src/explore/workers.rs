//! Universes on several threads, told in the order of their numbers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use lapwing_simnet::explore::{self, Outcome, Played, Search, Universe};

use super::progress::Progress;

/// How often progress is looked at.
const TICK: Duration = Duration::from_millis(200);

/// How far a search goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Threads.
    pub(super) jobs: usize,
    /// No universe begins after this.
    pub(super) time: Option<Duration>,
    /// No run of a failure that is being shrunk begins after this.
    pub(super) shrink_time: Duration,
}

/// Plays a search's universes; `tell` is given each in the order of numbers, whichever thread was
/// first. The first error of it ends the search.
pub(super) fn play<E>(
    plan: &Search,
    limits: Limits,
    mut tell: impl FnMut(&Played) -> Result<(), E>,
) -> Result<(), E> {
    let began = Instant::now();
    let in_time = || limits.time.is_none_or(|time| began.elapsed() < time);
    let (next, (sender, receiver)) = (AtomicU64::new(plan.first), mpsc::channel());
    let mut progress = Progress::new(plan.universes, began);
    let told = std::thread::scope(|scope| {
        for _ in 0..limits.jobs {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                while in_time() {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if !plan.numbers().contains(&number) {
                        return;
                    }
                    let played = plan.play(number, judge_within(limits.shrink_time));
                    if sender.send(played).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        // Gone with an error, so that threads end after the universe that they play.
        let receiver = receiver;
        let (mut waiting, mut due) = (BTreeMap::new(), plan.first);
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(played) => {
                    progress.count(&played);
                    waiting.insert(played.number, played);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            while let Some(played) = waiting.remove(&due) {
                due += 1;
                if played.failure.is_some() {
                    progress.clear();
                }
                tell(&played)?;
            }
            progress.show();
        }
    });
    progress.clear();
    told
}

/// Plays a universe, for so long as a failure may be shrunk: after that, all others hold.
fn judge_within(shrink_time: Duration) -> impl FnMut(&Universe) -> Outcome {
    let mut failed_at: Option<Instant> = None;
    move |universe| {
        if failed_at.is_some_and(|at| at.elapsed() >= shrink_time) {
            return Outcome::default();
        }
        let outcome = judge(universe);
        if outcome.violation.is_some() {
            failed_at.get_or_insert_with(Instant::now);
        }
        outcome
    }
}

/// Plays a universe. The process' edge: a panic ends here.
pub(super) fn judge(universe: &Universe) -> Outcome {
    let played = catch_unwind(AssertUnwindSafe(|| explore::run(universe, None)));
    played.unwrap_or_else(|panic| Outcome::panicked(&*panic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_simnet::explore::Kind;

    fn told(jobs: usize, time: Option<Duration>) -> Vec<Played> {
        let kind = Kind::Helped;
        let plan = Search { seed: 1, first: 3, universes: 5, shrink_runs: 0, kind };
        let limits = Limits { jobs, time, shrink_time: Duration::ZERO };
        let mut all = Vec::new();
        let done: Result<(), ()> = play(&plan, limits, |played| {
            all.push(played.clone());
            Ok(())
        });
        assert_eq!(done, Ok(()));
        all
    }

    #[test]
    fn any_number_of_threads_tells_the_same_in_the_same_order() {
        let alone = told(1, None);
        assert_eq!(alone.iter().map(|played| played.number).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        assert_eq!(told(3, None), alone);
    }

    #[test]
    fn nothing_begins_when_the_time_is_over() {
        assert_eq!(told(2, Some(Duration::ZERO)), []);
    }

    #[test]
    fn the_first_error_of_the_teller_ends_it() {
        let kind = Kind::Alone;
        let plan = Search { seed: 1, first: 0, universes: 1_000_000, shrink_runs: 0, kind };
        let limits = Limits { jobs: 2, time: None, shrink_time: Duration::ZERO };
        assert_eq!(play(&plan, limits, |played| Err(played.number)), Err(0));
    }
}
