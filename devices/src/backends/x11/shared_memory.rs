//! Memory that the X server writes pictures into (MIT-SHM 1.2).
#![expect(unsafe_code, reason = "the memory is mapped, and another program writes into it")]

use std::ptr::{NonNull, null_mut};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;

use super::connection::Fault;

/// A segment that both sides have.
pub(super) struct SharedMemory {
    segment: shm::Seg,
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: the mapping belongs to this value alone, and mappings are the process's, not a thread's.
unsafe impl Send for SharedMemory {}

impl SharedMemory {
    /// So many bytes, shared with the server. Fails where it is on another machine.
    pub(super) fn new(connection: &RustConnection, length: usize) -> Result<Self, Fault> {
        if connection.extension_information(shm::X11_EXTENSION_NAME)?.is_none() {
            return Err(Fault::Refused("no shared memory".to_owned()));
        }
        let version = connection.shm_query_version()?.reply()?;
        if (version.major_version, version.minor_version) < (1, 2) {
            return Err(Fault::Refused("shared memory without descriptors".to_owned()));
        }
        let refused = |error: rustix::io::Errno| Fault::Refused(error.to_string());
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let memory = memfd_create("lapwing-x11", flags).map_err(refused)?;
        ftruncate(&memory, length as u64).map_err(refused)?;
        // The server cannot make it shorter, so that no access to it can fail.
        fcntl_add_seals(&memory, SealFlags::SHRINK | SealFlags::SEAL).map_err(refused)?;
        // SAFETY: no address is asked for, so no other mapping is touched.
        let start =
            unsafe { mmap(null_mut(), length, ProtFlags::READ, MapFlags::SHARED, &memory, 0) };
        let start = NonNull::new(start.map_err(refused)?.cast::<u8>())
            .ok_or_else(|| Fault::Refused("no memory".to_owned()))?;
        // From here on the mapping is undone when it is dropped.
        let mut shared = SharedMemory { segment: 0, start, length };
        shared.segment = connection.generate_id()?;
        connection.shm_attach_fd(shared.segment, memory, false)?.check()?;
        Ok(shared)
    }

    /// The server's name for it.
    pub(super) fn segment(&self) -> shm::Seg {
        self.segment
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// A copy of what the server wrote. It writes only between a request and its reply, and would
    /// do no worse than a torn picture otherwise.
    pub(super) fn read(&self, into: &mut Vec<u8>, length: usize) {
        let length = length.min(self.length);
        into.clear();
        into.reserve(length);
        // SAFETY: the source is mapped for `self.length` bytes as long as `self` lives, and cannot
        // shrink; the target has room for `length` bytes, which are all initialised by the copy.
        // The copy is by pointers, so that no reference promises that nobody writes.
        unsafe {
            std::ptr::copy_nonoverlapping(self.start.as_ptr(), into.as_mut_ptr(), length);
            into.set_len(length);
        }
    }
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, once, and nobody has a reference into it.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.length) };
        debug_assert!(unmapped.is_ok(), "what was mapped can be unmapped");
    }
}
