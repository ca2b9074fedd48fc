//! Many connections behind one socket: which one a datagram belongs to.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::SocketAddr;

use stun_types::attribute::Username;
use stun_types::message::Message;

use crate::datagram::Datagram;
use crate::demux::PacketKind;

/// Paths remembered per connection. ICE settles on one; roaming peers use a few.
const PATHS_PER_KEY_MAX: usize = 16;

/// Finds the connection of a datagram in constant time: by the path it came on, and for a path not
/// seen before, by the user fragment of the connectivity check (RFC 8445 section 7.3).
///
/// ```
/// use lapwing_engine::Router;
/// let mut router: Router<u32> = Router::new();
/// router.insert(7, "4ZcDkQ0x");
/// assert_eq!(router.len(), 1);
/// router.remove(&7);
/// assert!(router.is_empty());
/// ```
#[derive(Debug)]
pub struct Router<K> {
    by_ufrag: HashMap<String, K>,
    by_path: HashMap<(SocketAddr, SocketAddr), K>,
    known: HashMap<K, Known>,
}

#[derive(Debug, Default)]
struct Known {
    ufrags: Vec<String>,
    paths: Vec<(SocketAddr, SocketAddr)>,
}

impl<K: Clone + Eq + Hash> Router<K> {
    /// Knows nobody.
    pub fn new() -> Self {
        Router { by_ufrag: HashMap::new(), by_path: HashMap::new(), known: HashMap::new() }
    }

    /// Connections known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// No connection is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Routes checks for this user fragment to `key` from now on. After an ICE restart, add the new
    /// fragment: the old one stays valid until the connection is removed.
    pub fn insert(&mut self, key: K, ufrag: &str) {
        let known = self.known.entry(key.clone()).or_default();
        if !known.ufrags.iter().any(|old| old == ufrag) {
            known.ufrags.push(ufrag.to_owned());
        }
        self.by_ufrag.insert(ufrag.to_owned(), key);
    }

    /// Forgets a connection with all its paths.
    pub fn remove(&mut self, key: &K) {
        let Some(known) = self.known.remove(key) else { return };
        for ufrag in known.ufrags {
            self.by_ufrag.remove(&ufrag);
        }
        for path in known.paths {
            if self.by_path.get(&path) == Some(key) {
                self.by_path.remove(&path);
            }
        }
    }

    /// The connection of a datagram, `None` for what belongs to nobody.
    pub fn route(&mut self, datagram: &Datagram<'_>) -> Option<K> {
        let path = (datagram.destination, datagram.source);
        let is_stun = PacketKind::of(datagram.contents) == Some(PacketKind::Stun);
        // A check says whom it is for, also on a path that another connection used before.
        if is_stun && let Some(key) = self.by_username(datagram.contents) {
            self.learn(path, &key);
            return Some(key);
        }
        self.by_path.get(&path).cloned()
    }

    fn by_username(&self, contents: &[u8]) -> Option<K> {
        let message = Message::from_bytes(contents).ok()?;
        let username = message.attribute::<Username>().ok()?;
        let (local, _) = username.username().split_once(':')?;
        self.by_ufrag.get(local).cloned()
    }

    fn learn(&mut self, path: (SocketAddr, SocketAddr), key: &K) {
        if self.by_path.get(&path) == Some(key) {
            return;
        }
        let Some(known) = self.known.get_mut(key) else { return };
        if known.paths.len() == PATHS_PER_KEY_MAX {
            let oldest = known.paths.remove(0);
            if self.by_path.get(&oldest) == Some(key) {
                self.by_path.remove(&oldest);
            }
        }
        known.paths.push(path);
        self.by_path.insert(path, key.clone());
    }
}

impl<K: Clone + Eq + Hash> Default for Router<K> {
    fn default() -> Self {
        Router::new()
    }
}

#[cfg(test)]
mod tests {
    use stun_types::message::{BINDING, MessageWriteVec};
    use stun_types::prelude::*;

    use super::*;
    use crate::datagram::Protocol;

    fn check(username: &str) -> Vec<u8> {
        let mut request = Message::builder_request(BINDING, MessageWriteVec::new());
        let username = Username::new(username).expect("a short name");
        request.add_attribute(&username).expect("an empty message takes a name");
        request.finish()
    }

    fn route(router: &mut Router<u8>, port: u16, contents: &[u8]) -> Option<u8> {
        let source = SocketAddr::from(([192, 0, 2, 7], port));
        let destination = SocketAddr::from(([198, 51, 100, 1], 443));
        let protocol = Protocol::Udp;
        router.route(&Datagram { protocol, source, destination, ecn: None, contents })
    }

    const MEDIA: [u8; 12] = [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];

    #[test]
    fn checks_teach_paths() {
        let mut router = Router::new();
        router.insert(1, "aaaa");
        router.insert(2, "bbbb");
        assert_eq!(route(&mut router, 1000, &MEDIA), None);
        assert_eq!(route(&mut router, 1000, &check("aaaa:remote")), Some(1));
        assert_eq!(route(&mut router, 1000, &MEDIA), Some(1));
        assert_eq!(route(&mut router, 2000, &check("bbbb:remote")), Some(2));
        assert_eq!(route(&mut router, 2000, &check("cccc:remote")), Some(2), "by its path");
        assert_eq!(route(&mut router, 3000, &check("cccc:remote")), None);
        // The port is given to another peer.
        assert_eq!(route(&mut router, 1000, &check("bbbb:remote")), Some(2));
        assert_eq!(route(&mut router, 1000, &MEDIA), Some(2));
        router.remove(&1);
        assert_eq!(route(&mut router, 1000, &MEDIA), Some(2));
        assert_eq!(route(&mut router, 1000, &check("aaaa:remote")), Some(2));
        router.remove(&2);
        assert_eq!(route(&mut router, 1000, &MEDIA), None);
    }

    #[test]
    fn a_peer_on_many_ports_costs_bounded_memory() {
        let mut router = Router::new();
        router.insert(1, "aaaa");
        for port in 1..1000 {
            assert_eq!(route(&mut router, port, &check("aaaa:remote")), Some(1));
        }
        assert_eq!(router.by_path.len(), PATHS_PER_KEY_MAX);
        assert_eq!(route(&mut router, 999, &MEDIA), Some(1));
        assert_eq!(route(&mut router, 1, &MEDIA), None);
    }
}
