//! The operating system's randomness, replaced in this test binary.
//!
//! Libraries under the session draw from it for what the engine cannot seed: SCTP tags and the
//! order of hash maps. In a process that was told so, it is a counter's hash instead.

use std::ffi::{c_uint, c_void};
use std::sync::atomic::{AtomicU64, Ordering};

/// Draws made so far in a process whose randomness is replaced; zero in all others.
static DRAWS: AtomicU64 = AtomicU64::new(0);

/// From here on this process draws the same bytes as any other that calls this.
pub(crate) fn replace_system_entropy() {
    DRAWS.store(1, Ordering::SeqCst);
}

#[expect(unsafe_code, reason = "takes the place of the C library's function, whose contract it keeps")]
#[unsafe(no_mangle)]
extern "C" fn getrandom(buffer: *mut c_void, length: usize, flags: c_uint) -> isize {
    // SAFETY: the caller gives a buffer of `length` writable bytes, as for getrandom(2).
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    if DRAWS.load(Ordering::SeqCst) == 0 {
        return system_getrandom(bytes, flags);
    }
    for byte in bytes {
        let mut z = DRAWS.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        *byte = (z >> 56) as u8;
    }
    length as isize
}

#[expect(unsafe_code, reason = "the system call itself")]
fn system_getrandom(bytes: &mut [u8], flags: c_uint) -> isize {
    // SAFETY: getrandom(2) writes at most `len` bytes to the buffer, which has that many.
    unsafe { libc::syscall(libc::SYS_getrandom, bytes.as_mut_ptr(), bytes.len(), flags) as isize }
}
