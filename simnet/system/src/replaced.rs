//! The two functions of the C library, and what was decided of them.

use std::cell::Cell;
use std::ffi::{c_int, c_uint};
use std::fmt;
use std::mem::transmute;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

/// What this process has decided: one of the three below. It leaves [`UNDECIDED`] once.
static DECISION: AtomicU8 = AtomicU8::new(UNDECIDED);

const UNDECIDED: u8 = 0;
const REPLACED: u8 = 1;
const KEPT: u8 = 2;

/// The C library's own `clock_gettime`, once it was looked up: it asks the kernel without a system
/// call.
static CLOCK: AtomicPtr<libc::c_void> = AtomicPtr::new(std::ptr::null_mut());

thread_local! {
    /// Bytes that this thread has drawn.
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// The moment at which a replaced clock stands, in seconds of either clock.
const STANDSTILL_SECS: i64 = 1_780_000_000;

/// The randomness and the clock of this process are replaced already, so it can make no secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced;

impl fmt::Display for Replaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the randomness and the clock of this process are replaced: it makes no secrets",
        )
    }
}

impl std::error::Error for Replaced {}

/// From here on threads that begin in this process see the same randomness and time as those of any
/// other that called this.
///
/// Whatever asks for the time sees none pass: nothing that waits belongs into such a process.
///
/// # Panics
/// In a process that called [`keep`].
pub fn replace() {
    let decided = decide(REPLACED);
    assert!(decided == REPLACED, "this process keeps the system's randomness and clock");
}

/// From here on nothing can replace the randomness and the clock of this process.
///
/// ```
/// use lapwing_system as system;
/// system::keep()?;
/// assert!(std::panic::catch_unwind(system::replace).is_err());
/// assert!(!system::is_replaced());
/// # Ok::<(), lapwing_system::Replaced>(())
/// ```
///
/// # Errors
/// [`Replaced`] when they are already.
pub fn keep() -> Result<(), Replaced> {
    if decide(KEPT) == KEPT { Ok(()) } else { Err(Replaced) }
}

/// Decides, unless that was done. What holds from now on.
fn decide(wanted: u8) -> u8 {
    let before = DECISION.compare_exchange(UNDECIDED, wanted, Ordering::SeqCst, Ordering::SeqCst);
    before.map_or_else(|decided| decided, |_| wanted)
}

/// Whether [`replace`] was called.
pub fn is_replaced() -> bool {
    DECISION.load(Ordering::Relaxed) == REPLACED
}

/// Does `work` where nothing was drawn before. A panic in there goes on here.
///
/// ```
/// use lapwing_system as system;
/// system::replace();
/// let order = || std::collections::HashSet::from([1, 2, 3, 4, 5]).into_iter().collect::<Vec<_>>();
/// assert_eq!(system::on_fresh_thread(order), system::on_fresh_thread(order));
/// ```
pub fn on_fresh_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[expect(
    unsafe_code,
    reason = "takes the place of the C library's function and keeps its contract"
)]
#[unsafe(no_mangle)]
extern "C" fn getrandom(buffer: *mut libc::c_void, length: usize, flags: c_uint) -> isize {
    // A thread that is ending has no counter any more, and nothing to repeat.
    let drawn = if is_replaced() { DRAWN.try_with(Cell::get).ok() } else { None };
    let Some(drawn) = drawn else {
        // SAFETY: arguments and result are those of getrandom(2).
        return unsafe { libc::syscall(libc::SYS_getrandom, buffer, length, flags) as isize };
    };
    // SAFETY: the caller gives a buffer of `length` writable bytes, as for getrandom(2).
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    for (byte, number) in bytes.iter_mut().zip(drawn..) {
        *byte = mix(number);
    }
    let _ = DRAWN.try_with(|cell| cell.set(drawn + length as u64));
    length as isize
}

/// A byte for a number, as SplitMix64 makes it.
fn mix(number: u64) -> u8 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (z >> 56) as u8
}

#[expect(
    unsafe_code,
    reason = "takes the place of the C library's function and keeps its contract"
)]
#[unsafe(no_mangle)]
extern "C" fn clock_gettime(clock: c_int, time: *mut libc::timespec) -> c_int {
    if is_replaced() {
        // SAFETY: the caller gives a writable timespec, as for clock_gettime(2).
        unsafe { *time = libc::timespec { tv_sec: STANDSTILL_SECS, tv_nsec: 0 } };
        return 0;
    }
    let mut own = CLOCK.load(Ordering::Relaxed);
    if own.is_null() {
        // SAFETY: the name ends in a zero.
        own = unsafe { libc::dlsym(libc::RTLD_NEXT, c"clock_gettime".as_ptr()) };
        CLOCK.store(own, Ordering::Relaxed);
    }
    if own.is_null() {
        // SAFETY: arguments and result are those of clock_gettime(2).
        return unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) as c_int };
    }
    type ClockGettime = extern "C" fn(c_int, *mut libc::timespec) -> c_int;
    // SAFETY: the C library's function of that name has this signature.
    let own = unsafe { transmute::<*mut libc::c_void, ClockGettime>(own) };
    own(clock, time)
}
