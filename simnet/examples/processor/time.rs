use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// Processor time of all threads so far.
pub(crate) fn time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system tells it");
    let of =
        |time: TimeVal| Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()) as u64);
    of(usage.user_time()) + of(usage.system_time())
}
