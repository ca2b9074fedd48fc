//! Servers by their URLs, and the addresses behind their names.

use std::net::IpAddr;
use std::sync::Arc;

use crate::datagram::Protocol;
use crate::ice_server::{Credential, HttpProxy, ICE_SERVERS_MAX, IceServer, IceUrl};

/// Addresses taken of a server's name.
const ADDRESSES_MAX: usize = 8;

/// Whose name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerId {
    /// A server's, by its place.
    Server(usize),
    /// The proxy's.
    Proxy,
}

/// What is known of where a name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Addresses {
    /// Nobody asked yet.
    Unasked,
    /// The name is being looked up.
    Asked,
    /// These; none where the name has none.
    Known(Vec<IpAddr>),
}

impl Addresses {
    fn of(host: &str) -> Self {
        host.parse().map_or(Addresses::Unasked, |ip| Addresses::Known(vec![ip]))
    }

    /// Those of a family.
    pub(super) fn of_family(&self, like: IpAddr) -> Vec<IpAddr> {
        let Addresses::Known(all) = self else { return Vec::new() };
        let fits =
            |ip: &IpAddr| ip.is_ipv4() == like.is_ipv4() && ip.is_loopback() == like.is_loopback();
        all.iter().copied().filter(fits).collect()
    }
}

/// One URL of one server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) url: IceUrl,
    pub(super) protocol: Protocol,
    pub(super) username: String,
    pub(super) credential: Credential,
    addresses: Addresses,
}

/// All of them, and the proxy on the way to some.
#[derive(Debug, Default)]
pub(super) struct Servers {
    all: Vec<Server>,
    proxy: Option<(Arc<HttpProxy>, Addresses)>,
}

impl Servers {
    /// With `tcp`, STUN servers are asked by TCP too, which `stun` URLs do not rule out (RFC 7064
    /// section 3.2): what they see of candidates by TCP is another address.
    pub(super) fn new(servers: &[IceServer], proxy: Option<&Arc<HttpProxy>>, tcp: bool) -> Self {
        let each = servers.iter().take(ICE_SERVERS_MAX).flat_map(|server| {
            server.urls().iter().map(|url| Server {
                url: url.clone(),
                protocol: url.protocol(),
                username: server.username().to_owned(),
                credential: Credential(server.credential().to_owned()),
                addresses: Addresses::of(url.host()),
            })
        });
        let mut all: Vec<Server> = each.collect();
        if tcp {
            let is_stun =
                |one: &&Server| one.protocol == Protocol::Udp && !one.url.scheme().is_relay();
            let again = all.iter().filter(is_stun).cloned();
            let again = again.map(|one| Server { protocol: Protocol::Tcp, ..one });
            all.extend(again.collect::<Vec<_>>());
        }
        let proxy = proxy.map(|proxy| (proxy.clone(), Addresses::of(&proxy.host)));
        Servers { all, proxy }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Server> {
        self.all.get(index)
    }

    /// The proxy on the way to a server, where there is one.
    pub(super) fn proxy_for(&self, index: usize) -> Option<&HttpProxy> {
        let is_stream = self.all.get(index)?.protocol != Protocol::Udp;
        self.proxy.as_ref().filter(|_| is_stream).map(|(proxy, _)| &**proxy)
    }

    /// Where connections or datagrams for a server go to.
    pub(super) fn addresses(&self, index: usize) -> Option<&Addresses> {
        match (self.proxy_for(index), &self.proxy) {
            (Some(_), Some((_, addresses))) => Some(addresses),
            _ => self.all.get(index).map(|server| &server.addresses),
        }
    }

    /// A name that is to be looked up now.
    pub(super) fn next_question(&mut self) -> Option<(ServerId, String)> {
        if let Some((proxy, addresses)) = &mut self.proxy
            && *addresses == Addresses::Unasked
        {
            *addresses = Addresses::Asked;
            return Some((ServerId::Proxy, proxy.host.clone()));
        }
        let through_proxy = self.proxy.is_some();
        let (index, server) = self.all.iter_mut().enumerate().find(|(_, server)| {
            let direct = !through_proxy || server.protocol == Protocol::Udp;
            direct && server.addresses == Addresses::Unasked
        })?;
        server.addresses = Addresses::Asked;
        Some((ServerId::Server(index), server.url.host().to_owned()))
    }

    /// A name was looked up.
    pub(super) fn resolved(&mut self, id: ServerId, found: &[IpAddr]) {
        let found = Addresses::Known(found.iter().copied().take(ADDRESSES_MAX).collect());
        match id {
            ServerId::Proxy => {
                if let Some((_, addresses)) = &mut self.proxy {
                    *addresses = found;
                }
            }
            ServerId::Server(index) => {
                if let Some(server) = self.all.get_mut(index) {
                    server.addresses = found;
                }
            }
        }
    }

    /// Names without an address are looked up again.
    pub(super) fn forget_unknown(&mut self) {
        let all = self.all.iter_mut().map(|server| &mut server.addresses);
        let proxy = self.proxy.iter_mut().map(|(_, addresses)| addresses);
        for addresses in all.chain(proxy) {
            if *addresses == Addresses::Known(Vec::new()) {
                *addresses = Addresses::Unasked;
            }
        }
    }

    /// Whether a name is still being looked up.
    pub(super) fn waits(&self) -> bool {
        let servers = self.all.iter().map(|server| &server.addresses);
        let mut all = servers.chain(self.proxy.iter().map(|(_, addresses)| addresses));
        all.any(|addresses| *addresses == Addresses::Asked)
    }
}
