//! The two namespaces and what joins them.

use super::captured::Captured;
use super::overflow::overflows;
use super::path::Paths;
use super::relay::Relay;
use super::tun::{self, Tun};
use crate::netns::{Namespace, Unavailable};
use crate::wall::Side;
use lapwing_simnet::LinkSpec;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Two namespaces with a link between them: [`INTERFACE`](super::INTERFACE) is the only way out of
/// each. Both go away on drop.
///
/// ```no_run
/// use lapwing_conformance::network::Network;
/// use lapwing_conformance::wall::Side;
/// use lapwing_simnet::LinkSpec;
/// use std::net::UdpSocket;
/// use std::time::Duration;
///
/// let network = Network::create("example")?;
/// let slow = LinkSpec::new().delay(Duration::from_millis(40));
/// network.begin([slow.clone(), slow], 1);
/// let socket = network.namespace(Side::Peer).run(|| UdpSocket::bind("10.77.0.2:0"));
/// assert!(socket.is_ok());
/// let captured = network.finish(&[]);
/// assert_eq!(captured.sent(Side::Peer), 0);
/// # Ok::<(), lapwing_conformance::netns::Unavailable>(())
/// ```
#[derive(Debug)]
pub struct Network {
    // Ends before its devices and their namespaces go.
    relay: Relay,
    namespaces: [Namespace; 2],
    /// Packets that the machine had lost before the case.
    overruns: Mutex<[u64; 2]>,
}

impl Network {
    /// Makes the namespaces and the devices, and joins them by a perfect wire. `name` is for the
    /// thread between them.
    ///
    /// # Errors
    /// [`Unavailable`] where this machine does not let us.
    pub fn create(name: &str) -> Result<Self, Unavailable> {
        let namespaces = [Namespace::bare()?, Namespace::bare()?];
        let [subject, peer] = Side::BOTH.map(|side| {
            let namespace = &namespaces[side.index()];
            Tun::create(namespace, number(side))
        });
        let relay = Relay::start(name, [subject?, peer?]);
        let relay = relay.map_err(|error| Unavailable::Refused(format!("no relay: {error}")))?;
        Ok(Self { relay, namespaces, overruns: Mutex::new([0; 2]) })
    }

    /// Where the programs of a side run.
    pub fn namespace(&self, side: Side) -> &Namespace {
        &self.namespaces[side.index()]
    }

    /// The IPv4 address of a side.
    pub fn address(&self, side: Side) -> IpAddr {
        Ipv4Addr::new(10, 77, 0, number(side)).into()
    }

    /// The IPv6 address of a side.
    pub fn address_v6(&self, side: Side) -> IpAddr {
        Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, u16::from(number(side))).into()
    }

    /// A case begins: links from the subject to the peer and back, whose time starts now, and a new
    /// capture. Packets of the case before are gone. Links without effects are perfect wires. The
    /// relay knows no shared medium ([`LinkSpec::air`]).
    pub fn begin(&self, links: [LinkSpec; 2], seed: u64) {
        *self.overruns.lock().unwrap_or_else(PoisonError::into_inner) = self.lost();
        self.relay.exchange(Paths::begin(links, seed));
    }

    /// Other links from now on. Packets that are on their way arrive as they would have; the time
    /// of windows and schedules goes on from [`Self::begin`].
    pub fn link(&self, links: [LinkSpec; 2]) {
        self.relay.change(|paths| paths.link(&links));
    }

    /// Ends the case, and takes its capture with the keys in these texts, in the format of NSS.
    /// Until the next case packets pass over a perfect wire, unseen.
    pub fn finish(&self, key_logs: &[String]) -> Captured {
        let mut captured = self.relay.exchange(Paths::idle()).finish(key_logs);
        let before = *self.overruns.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.lost();
        captured.overruns = [0, 1].map(|side| now[side].saturating_sub(before[side]));
        captured
    }

    /// Datagrams for a side that found their socket full, since the namespaces were made.
    pub fn overflows(&self, side: Side) -> u64 {
        overflows(self.namespace(side))
    }

    fn lost(&self) -> [u64; 2] {
        self.namespaces.each_ref().map(tun::overruns)
    }
}

/// The last of a side's addresses.
const fn number(side: Side) -> u8 {
    side.index() as u8 + 1
}
