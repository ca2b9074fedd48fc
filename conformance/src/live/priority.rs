//! A thread that runs before all others.

use std::io;

/// Above ordinary threads, below the kernel's own.
const PRIORITY: i32 = 10;

/// Makes the calling thread one that runs as soon as it can, before all ordinary ones, until it
/// waits (`SCHED_FIFO`), and its timers exact.
///
/// # Errors
/// The system's, where this process may not.
#[expect(
    unsafe_code,
    reason = "no crate in the workspace wraps the call that gives a thread its scheduling class"
)]
pub(super) fn raise() -> io::Result<()> {
    // Ordinary threads are woken up to 50 us late, to save power; these two are for where the
    // class is refused.
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    let parameters = libc::sched_param { sched_priority: PRIORITY };
    // SAFETY: the call reads the structure and keeps no pointer to it; 0 is the calling thread.
    let done = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
