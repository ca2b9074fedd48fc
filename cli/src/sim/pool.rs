//! Tasks on several threads, each of which waits for a process.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

/// What the workers share.
struct Work<T, R, D> {
    left: VecDeque<T>,
    done: Vec<(T, R)>,
    told: D,
}

/// One for each core.
pub(super) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does every task, so many at a time, and gives them with their results in the order in which they
/// ended. `told` hears how many are done and of the last; when it says false, no further task is
/// begun.
pub(super) fn each<T: Send, R: Send>(
    tasks: impl IntoIterator<Item = T>,
    workers: usize,
    task: impl Fn(&T) -> R + Sync,
    told: impl FnMut(usize, &T, &R) -> bool + Send,
) -> Vec<(T, R)> {
    let left: VecDeque<T> = tasks.into_iter().collect();
    let workers = workers.min(left.len());
    let work = Mutex::new(Work { left, done: Vec::new(), told });
    let next = || work.lock().unwrap_or_else(PoisonError::into_inner).left.pop_front();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(one) = next() {
                    let result = task(&one);
                    let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
                    let Work { left, done, told } = &mut *work;
                    if !told(done.len() + 1, &one, &result) {
                        left.clear();
                    }
                    done.push((one, result));
                }
            });
        }
    });
    work.into_inner().unwrap_or_else(PoisonError::into_inner).done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_done_once() {
        let mut counts = Vec::new();
        let mut done = each(
            0..50,
            3,
            |n| n * 2,
            |count, _, _| {
                counts.push(count);
                true
            },
        );
        done.sort_unstable();
        assert_eq!(done, (0..50).map(|n| (n, n * 2)).collect::<Vec<_>>());
        assert_eq!(counts, (1..=50).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_begun_after_a_no() {
        let done = each(0..50, 1, |n| *n, |count, _, _| count < 3);
        assert_eq!(done.len(), 3);
        assert!(each(0..0, 4, |n: &i32| *n, |_, _, _| true).is_empty());
    }
}
