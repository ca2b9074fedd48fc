//! The addresses of this machine, and noticing when they change.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lapwing_engine::Interface;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

/// How often the list is read where the system does not tell of changes. Reading costs some tens
/// of microseconds; five seconds is about what a path takes to be given up anyway.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// Interfaces that are up, with one entry per address, in a stable order.
///
/// ```
/// let interfaces = lapwing_drivers::interfaces().expect("the system tells its interfaces");
/// assert!(interfaces.iter().all(|interface| !interface.name.is_empty()));
/// ```
pub fn interfaces() -> io::Result<Vec<Interface>> {
    let mut found = Vec::new();
    for entry in getifaddrs()? {
        if !entry.flags.contains(InterfaceFlags::IFF_UP) {
            continue;
        }
        let Some(address) = entry.address else { continue };
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::from(v4.ip()));
        let v6 = address.as_sockaddr_in6().map(|v6| IpAddr::from(v6.ip()));
        if let Some(address) = v4.or(v6) {
            let cost = kinds::cost(&entry.interface_name);
            found.push(Interface::new(entry.interface_name, address).with_cost(cost));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The addresses that a wildcard address stands for, or the address itself where it is none.
/// Link-local addresses are left out: they need a zone, which candidates do not carry.
pub(crate) fn addresses_behind(local: SocketAddr) -> io::Result<Vec<SocketAddr>> {
    if !local.ip().is_unspecified() {
        return Ok(vec![local]);
    }
    let interfaces = interfaces()?;
    let usable = interfaces.iter().filter(|interface| interface.is_usable());
    let addresses = usable.map(|interface| interface.address);
    let same_family = addresses.filter(|address| address.is_ipv4() == local.is_ipv4());
    Ok(same_family.map(|address| SocketAddr::new(address, local.port())).collect())
}

/// Tells when the list of interfaces is another than before.
#[derive(Debug)]
pub(crate) struct Watch {
    known: Option<Vec<Interface>>,
    notices: Option<notices::Notices>,
    noticed: bool,
    next_poll: Instant,
}

impl Watch {
    /// Knows nothing: the first question gives the whole list.
    pub(crate) fn new(now: Instant) -> Self {
        let notices = notices::Notices::new();
        if let Err(error) = &notices {
            tracing::debug!(%error, "changes of interfaces are polled for");
        }
        Watch { known: None, notices: notices.ok(), noticed: false, next_poll: now }
    }

    /// What becomes readable when something changed; then call [`Self::notice`].
    pub(crate) fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.notices.as_ref().map(std::os::fd::AsFd::as_fd)
    }

    /// The descriptor became readable.
    pub(crate) fn notice(&mut self) {
        self.noticed = true;
    }

    /// When to ask again though nothing was noticed.
    pub(crate) fn next_poll(&self) -> Option<Instant> {
        self.notices.is_none().then_some(self.next_poll)
    }

    /// The whole list, when it is another than at the last call.
    pub(crate) fn changed(&mut self, now: Instant) -> io::Result<Option<Vec<Interface>>> {
        if !self.due(now) {
            return Ok(None);
        }
        self.next_poll = now + POLL_INTERVAL;
        let list = interfaces()?;
        if self.known.as_ref() == Some(&list) {
            return Ok(None);
        }
        self.known = Some(list.clone());
        Ok(Some(list))
    }

    fn due(&mut self, now: Instant) -> bool {
        if self.known.is_none() {
            return true;
        }
        match &self.notices {
            Some(notices) => std::mem::take(&mut self.noticed) && notices.take(),
            None => now >= self.next_poll,
        }
    }
}

/// What networks cost, by the kind of interface that the kernel tells in sysfs.
#[cfg(target_os = "linux")]
mod kinds {
    use std::fs;
    use std::path::Path;

    use lapwing_engine::Interface;

    /// Where the kernel has a folder for each interface.
    const FOLDER: &str = "/sys/class/net";

    pub(super) fn cost(name: &str) -> u16 {
        cost_of(&Path::new(FOLDER).join(name))
    }

    /// Of an interface with this folder. What it does not tell of is taken for a cable.
    pub(super) fn cost_of(folder: &Path) -> u16 {
        let uevent = fs::read_to_string(folder.join("uevent")).unwrap_or_default();
        let kind = uevent.lines().find_map(|line| line.strip_prefix("DEVTYPE="));
        match kind {
            Some("wlan") => Interface::COST_WIFI,
            Some("wwan") => Interface::COST_CELLULAR,
            _ => Interface::COST_WIRED,
        }
    }
}

/// Kinds of interfaces are not asked for here.
#[cfg(not(target_os = "linux"))]
mod kinds {
    pub(super) fn cost(_name: &str) -> u16 {
        lapwing_engine::Interface::COST_WIRED
    }
}

/// Notices of the kernel over a netlink socket (rtnetlink(7)). What they say is not looked at: the
/// list is read anew.
#[cfg(target_os = "linux")]
mod notices {
    use std::io;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

    use nix::errno::Errno;
    use nix::sys::socket::{
        AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
    };

    /// `RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR` of linux/rtnetlink.h.
    const GROUPS: u32 = 0x1 | 0x10 | 0x100;

    /// Notices read per call; a flood of them is one change.
    const READS_MAX: usize = 64;

    #[derive(Debug)]
    pub(super) struct Notices(OwnedFd);

    impl Notices {
        pub(super) fn new() -> io::Result<Self> {
            let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
            let route = SockProtocol::NetlinkRoute;
            let socket = socket(AddressFamily::Netlink, SockType::Datagram, flags, route)?;
            bind(socket.as_raw_fd(), &NetlinkAddr::new(0, GROUPS))?;
            Ok(Notices(socket))
        }

        /// Takes what waits; true when there was something.
        pub(super) fn take(&self) -> bool {
            let mut scratch = [0; 4096];
            let mut any = false;
            for _ in 0..READS_MAX {
                match recv(self.0.as_raw_fd(), &mut scratch, MsgFlags::MSG_DONTWAIT) {
                    Err(Errno::EAGAIN) => return any,
                    // Notices were lost, so something happened.
                    Ok(_) | Err(Errno::ENOBUFS | Errno::EINTR) => any = true,
                    Err(error) => {
                        tracing::warn!(%error, "notices of interfaces cannot be read");
                        return true;
                    }
                }
            }
            any
        }
    }

    impl AsFd for Notices {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

/// No notices here: the list is polled for.
#[cfg(not(target_os = "linux"))]
mod notices {
    use std::io;
    use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

    #[derive(Debug)]
    pub(super) struct Notices(OwnedFd);

    impl Notices {
        pub(super) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(super) fn take(&self) -> bool {
            false
        }
    }

    impl AsFd for Notices {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_question_gives_all_and_the_next_nothing() {
        let now = Instant::now();
        let mut watch = Watch::new(now);
        let first = watch.changed(now).unwrap().expect("the whole list");
        assert_eq!(first, interfaces().unwrap());
        assert_eq!(watch.changed(now).unwrap(), None);
        watch.notice();
        assert_eq!(watch.changed(now).unwrap(), None, "nothing changed");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn wireless_networks_cost_something() {
        let folder = std::env::temp_dir().join(format!("lapwing-kinds-{}", std::process::id()));
        let told = |text: &str| {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("uevent"), text).unwrap();
            let cost = kinds::cost_of(&folder);
            std::fs::remove_dir_all(&folder).unwrap();
            cost
        };
        assert_eq!(told("DEVTYPE=wlan\nINTERFACE=wlan0\nIFINDEX=3\n"), Interface::COST_WIFI);
        assert_eq!(told("INTERFACE=wwan0\nDEVTYPE=wwan\n"), Interface::COST_CELLULAR);
        assert_eq!(told("INTERFACE=eth0\nIFINDEX=2\n"), Interface::COST_WIRED);
        assert_eq!(kinds::cost_of(&folder), Interface::COST_WIRED, "it is gone");
    }

    #[test]
    fn a_wildcard_stands_for_addresses_of_its_family() {
        let behind = addresses_behind("0.0.0.0:443".parse().unwrap()).unwrap();
        assert!(behind.contains(&"127.0.0.1:443".parse().unwrap()), "{behind:?}");
        assert!(behind.iter().all(|address| address.is_ipv4() && address.port() == 443));
        let one = "192.0.2.7:443".parse().unwrap();
        assert_eq!(addresses_behind(one).unwrap(), [one]);
    }
}
