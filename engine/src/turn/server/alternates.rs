//! From where else a listener can answer (RFC 5780).

use super::config::{Listener, ListenerId};
use crate::datagram::Protocol;

const CHANGE_ADDRESS: u8 = 0x04;
const CHANGE_PORT: u8 = 0x02;

/// The listeners beside one: with another address, with another port, with both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alternates {
    address: Option<ListenerId>,
    port: Option<ListenerId>,
    /// The one across.
    pub(super) both: Option<ListenerId>,
}

impl Alternates {
    pub(super) fn of(one: &Listener, listeners: &[Listener]) -> Self {
        if one.protocol != Protocol::Udp {
            return Alternates::default();
        }
        let alike = |other: &Listener| {
            other.protocol == Protocol::Udp && other.local.is_ipv4() == one.local.is_ipv4()
        };
        let find = |wanted: &dyn Fn(&Listener) -> bool| {
            let place = listeners.iter().position(|other| alike(other) && wanted(other))?;
            Some((ListenerId(place as u16), listeners[place].local))
        };
        let (ip, port) = (one.local.ip(), one.local.port());
        let across = find(&|other| other.local.ip() != ip && other.local.port() != port);
        let Some((both, far)) = across else { return Alternates::default() };
        let address = find(&|other| other.local.ip() == far.ip() && other.local.port() == port);
        let port = find(&|other| other.local.ip() == ip && other.local.port() == far.port());
        match (address, port) {
            (Some((address, _)), Some((port, _))) => {
                Alternates { address: Some(address), port: Some(port), both: Some(both) }
            }
            _ => Alternates::default(),
        }
    }

    /// From where an answer is wanted, by the flags of CHANGE-REQUEST.
    pub(super) fn for_flags(self, flags: u8) -> Option<ListenerId> {
        match (flags & CHANGE_ADDRESS != 0, flags & CHANGE_PORT != 0) {
            (true, true) => self.both,
            (true, false) => self.address,
            (false, true) => self.port,
            (false, false) => None,
        }
    }
}
