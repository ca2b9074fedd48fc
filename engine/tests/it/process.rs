//! The operating system's randomness and clock, replaced in this test binary.
//!
//! Libraries under the session draw on them for what the engine cannot give: SCTP tags, the order
//! of hash maps, the first SCTP timer, wall-clock stamps in sender reports. In a process that was
//! told so, randomness is a counter's hash and the clock stands still.

use std::ffi::{c_int, c_long, c_uint, c_void};
use std::sync::atomic::{AtomicU64, Ordering};

/// Draws made so far in a process whose system is replaced; zero in all others.
static DRAWS: AtomicU64 = AtomicU64::new(0);

/// The moment at which a replaced clock stands, in seconds of either clock.
const STANDSTILL_SECS: i64 = 1_780_000_000;

/// From here on this process sees the same randomness and time as any other that calls this.
pub(crate) fn replace_system() {
    DRAWS.store(1, Ordering::SeqCst);
}

fn is_replaced() -> bool {
    DRAWS.load(Ordering::SeqCst) != 0
}

#[expect(
    unsafe_code,
    reason = "takes the place of the C library's function and keeps its contract"
)]
#[unsafe(no_mangle)]
extern "C" fn getrandom(buffer: *mut c_void, length: usize, flags: c_uint) -> isize {
    // SAFETY: the caller gives a buffer of `length` writable bytes, as for getrandom(2).
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    if !is_replaced() {
        // SAFETY: getrandom(2) writes at most `len` bytes to the buffer, which has that many.
        return unsafe {
            libc::syscall(libc::SYS_getrandom, bytes.as_mut_ptr(), bytes.len(), flags) as isize
        };
    }
    for byte in bytes {
        let mut z = DRAWS.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        *byte = (z >> 56) as u8;
    }
    length as isize
}

#[expect(
    unsafe_code,
    reason = "takes the place of the C library's function and keeps its contract"
)]
#[unsafe(no_mangle)]
extern "C" fn clock_gettime(clock: c_int, time: *mut libc::timespec) -> c_int {
    if !is_replaced() {
        // SAFETY: the caller gives a writable timespec, as for clock_gettime(2).
        return unsafe {
            libc::syscall(libc::SYS_clock_gettime, c_long::from(clock), time) as c_int
        };
    }
    // SAFETY: as above.
    unsafe { *time = libc::timespec { tv_sec: STANDSTILL_SECS, tv_nsec: 0 } };
    0
}
