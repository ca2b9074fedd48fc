//! Relayed sockets: opened in the range of ports, and kept by place.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::Arc;

use lapwing_engine::turn::server::{Family, RelayFault, RelayId};

use super::config::External;
use super::shared::Shared;
use crate::sockets::{Socket, Udp, open};

/// Ports that are tried, one after the other, when others have those that seem free.
const TRIES_MAX: usize = 64;

/// A socket that is read by whoever polls it.
#[derive(Debug)]
pub(super) struct Plain(pub(super) UdpSocket);

impl AsFd for Plain {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Socket for Plain {
    fn try_read<T>(&self, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        read()
    }
}

/// A relayed address.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) id: RelayId,
    pub(super) udp: Udp<Plain>,
    owner: Arc<str>,
    counts: bool,
}

/// Those of a thread.
#[derive(Debug)]
pub(super) struct Relays {
    /// By [`RelayId::index`].
    all: Vec<Option<Box<Relay>>>,
    addresses: Vec<IpAddr>,
    external: Vec<External>,
    shared: Arc<Shared>,
}

impl Relays {
    pub(super) fn new(
        addresses: Vec<IpAddr>,
        external: Vec<External>,
        shared: Arc<Shared>,
    ) -> Self {
        Relays { all: Vec::new(), addresses, external, shared }
    }

    pub(super) fn at(&self, place: usize) -> Option<&Relay> {
        self.all.get(place)?.as_deref()
    }

    /// Opens one, and gives the address by which peers reach it.
    pub(super) fn open(
        &mut self,
        id: RelayId,
        family: Family,
        even: bool,
        owner: Arc<str>,
    ) -> Result<SocketAddr, RelayFault> {
        // Both families of an allocation are one for its owner.
        let counts = self.at(id.index() ^ 1).is_none();
        if counts {
            self.shared.admit(&owner)?;
        }
        let udp = match self.bind(family, even) {
            Ok(udp) => udp,
            Err(fault) => {
                if counts {
                    self.shared.leave(&owner);
                }
                return Err(fault);
            }
        };
        let local = udp.local();
        let mapped = self.external.iter().find(|one| one.local == local.ip());
        let public = mapped.map_or(local.ip(), |one| one.public);
        if self.all.len() <= id.index() {
            self.all.resize_with(id.index() + 1, || None);
        }
        self.all[id.index()] = Some(Box::new(Relay { id, udp, owner, counts }));
        Ok(SocketAddr::new(public, local.port()))
    }

    fn bind(&self, family: Family, even: bool) -> Result<Udp<Plain>, RelayFault> {
        let is_of_family = |address: &&IpAddr| address.is_ipv4() == (family == Family::V4);
        let address = *self.addresses.iter().find(is_of_family).ok_or(RelayFault::Capacity)?;
        let mut taken = Vec::new();
        let mut bound = Err(RelayFault::Capacity);
        for _ in 0..TRIES_MAX {
            let drawn = getrandom::u32().unwrap_or_default();
            let Some(port) = self.shared.take_port(drawn, even) else { break };
            let socket = open(SocketAddr::new(address, port), false);
            let udp = socket.and_then(|socket| {
                let local = socket.local_addr()?;
                Udp::new(Plain(socket), local)
            });
            match udp {
                Ok(udp) => {
                    bound = Ok(udp);
                    break;
                }
                Err(error) => {
                    taken.push(port);
                    // Somebody else's port is passed by; of anything else there is more to come.
                    if error.kind() != io::ErrorKind::AddrInUse {
                        tracing::warn!(%error, %address, "no socket for a relayed address");
                        break;
                    }
                }
            }
        }
        taken.iter().for_each(|port| self.shared.give_back(*port));
        bound
    }

    /// Closes one.
    pub(super) fn close(&mut self, id: RelayId) {
        let Some(relay) = self.all.get_mut(id.index()).and_then(Option::take) else { return };
        self.shared.give_back(relay.udp.local().port());
        match self.all.get_mut(id.index() ^ 1).and_then(Option::as_mut) {
            // What is left of the allocation counts in its stead.
            Some(other) => other.counts |= relay.counts,
            None if relay.counts => self.shared.leave(&relay.owner),
            None => {}
        }
    }
}

/// What a thread had is free again, also when it ended by a fault.
impl Drop for Relays {
    fn drop(&mut self) {
        for id in self.all.iter().flatten().map(|relay| relay.id).collect::<Vec<_>>() {
            self.close(id);
        }
    }
}
