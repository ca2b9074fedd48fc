//! A TUN device: packets that a namespace sends over it are read from a file, and what is written
//! there arrives.

use crate::netns::{Namespace, Unavailable, ip};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::{Opcode, Setter, ioctl, opcode};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The interface in each of the namespaces.
pub const INTERFACE: &str = "lap0";

/// `TUNSETIFF` of `linux/if_tun.h`: `_IOW('T', 202, int)`, though it reads an `ifreq`.
const TUNSETIFF: Opcode = opcode::write::<i32>(b'T', 202);

/// `IFF_TUN | IFF_NO_PI`: IP packets, and nothing before them.
const FLAGS: u16 = 0x0001 | 0x1000;

/// The kernel's `ifreq`, as `TUNSETIFF` reads it.
#[repr(C)]
struct Request {
    name: [u8; 16],
    flags: u16,
    /// The rest of its union.
    _padding: [u8; 22],
}

/// Packets that wait for the relay before the kernel drops some: 40 ms of a gigabit.
const QUEUE: &str = "4000";

/// Our end of a device, which goes away with it.
#[derive(Debug)]
pub(crate) struct Tun(OwnedFd);

impl Tun {
    /// Makes the device of a side in its namespace and gives it addresses and default routes.
    /// `number` is the last of both.
    pub(crate) fn create(namespace: &Namespace, number: u8) -> Result<Self, Unavailable> {
        namespace.run(|| {
            let refused = |errno: Errno| Unavailable::Refused(format!("no TUN device: {errno}"));
            let tun = Self(open().map_err(refused)?);
            configure(number)?;
            Ok(tun)
        })
    }

    /// The next packet, its length; nothing when none waits.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> Option<usize> {
        loop {
            match rustix::io::read(&self.0, &mut *buffer) {
                Ok(length) => return Some(length),
                Err(Errno::INTR) => {}
                Err(_) => return None,
            }
        }
    }

    /// Gives the namespace a packet; false when the kernel does not take it.
    pub(crate) fn write(&self, packet: &[u8]) -> bool {
        rustix::io::retry_on_intr(|| rustix::io::write(&self.0, packet)).is_ok()
    }
}

impl AsFd for Tun {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[expect(
    unsafe_code,
    reason = "no crate in the workspace wraps the one ioctl that attaches a file to a TUN device"
)]
fn open() -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let device = rustix::fs::open("/dev/net/tun", flags, Mode::empty())?;
    let mut name = [0; 16];
    name[..INTERFACE.len()].copy_from_slice(INTERFACE.as_bytes());
    let request = Request { name, flags: FLAGS, _padding: [0; 22] };
    // SAFETY: TUNSETIFF reads and writes an `ifreq`, of which `Request` has the size and the
    // layout, and keeps no pointer to it.
    unsafe { ioctl(&device, Setter::<TUNSETIFF, Request>::new(request)) }?;
    Ok(device)
}

/// Addresses are usable at once: no duplicate detection. No link-local address, so that there is
/// one of each family.
fn configure(number: u8) -> Result<(), Unavailable> {
    let [v4, v6] = [format!("10.77.0.{number}"), format!("fd77::{number}")];
    let setup = [
        format!("link set {INTERFACE} addrgenmode none"),
        format!("link set {INTERFACE} mtu 1500 txqueuelen {QUEUE} multicast on up"),
        format!("address add {v4}/24 dev {INTERFACE}"),
        format!("-6 address add {v6}/64 dev {INTERFACE} nodad"),
        format!("route add default dev {INTERFACE} src {v4}"),
        format!("-6 route add default dev {INTERFACE} src {v6}"),
    ];
    setup.iter().try_for_each(|words| ip(&words.split(' ').collect::<Vec<_>>()))
}

/// Packets that the kernel has dropped in a namespace because the relay was slow, since the device
/// was made.
pub(crate) fn overruns(namespace: &Namespace) -> u64 {
    // Not `/proc/net`, which is that of the process's first thread.
    let table = namespace.run(|| std::fs::read_to_string("/proc/thread-self/net/dev"));
    dropped(&table.unwrap_or_default())
}

/// The twelfth number of the device's line: dropped while sending.
fn dropped(table: &str) -> u64 {
    let mut lines = table.lines();
    let line = lines.find_map(|line| line.trim().strip_prefix(INTERFACE)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().nth(11)?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::dropped;

    #[test]
    fn drops_stand_in_their_column() {
        let table = "Inter-|   Receive  |  Transmit\n face |bytes packets errs drop\n    \
                     lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n  \
                     lap0: 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36\n";
        assert_eq!(dropped(table), 32);
        assert_eq!(dropped(""), 0);
    }
}
