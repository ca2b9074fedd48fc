//! Processor time of the calling thread, and of all threads.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time that the calling thread has used so far. What other programs take does not count.
pub fn thread_time() -> Duration {
    time(ClockId::ThreadCPUTime)
}

/// Processor time that all threads of this program have used so far.
pub fn process_time() -> Duration {
    time(ClockId::ProcessCPUTime)
}

fn time(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let secs = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(secs, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Runs `work` and gives the processor time that it took.
pub fn cpu<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = thread_time();
    let result = work();
    (result, thread_time().saturating_sub(start))
}

/// As [`cpu`], with what other threads of this program use meanwhile.
pub fn process_cpu<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = process_time();
    let result = work();
    (result, process_time().saturating_sub(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time() {
        let (sum, time) = cpu(|| (0..2_000_000_u64).map(std::hint::black_box).sum::<u64>());
        assert_eq!(sum, 1_999_999_000_000);
        assert!(time > Duration::ZERO);
    }

    #[test]
    fn work_of_other_threads_counts_for_the_process() {
        let sum = || (0..2_000_000_u64).map(std::hint::black_box).sum::<u64>();
        let elsewhere = || std::thread::spawn(sum).join().expect("it adds numbers");
        let (sums, time) = process_cpu(|| (elsewhere(), elsewhere()));
        assert_eq!(sums, (1_999_999_000_000, 1_999_999_000_000));
        assert!(time > cpu(elsewhere).1, "the calling thread waits");
    }
}
