//! The mappings of a NAT.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::middlebox::Permissions;
use crate::middlebox::config::RemotePart;
use crate::packet::IpProtocol;
use crate::time::Time;

/// An inside endpoint as some remotes see it.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub(crate) protocol: IpProtocol,
    pub(crate) inside: SocketAddr,
    pub(crate) outside: SocketAddr,
    /// The remotes it is for.
    pub(crate) remote: RemotePart,
    pub(crate) permissions: Permissions,
    pub(crate) until: Time,
}

type Id = u64;

/// Mappings by number, by who they are for, and by what they look like from outside.
#[derive(Debug, Default)]
pub(crate) struct Table {
    mappings: BTreeMap<Id, Mapping>,
    by_inside: BTreeMap<(IpProtocol, SocketAddr, RemotePart), Id>,
    /// In order of age; more than one only with port overloading.
    by_outside: BTreeMap<(IpProtocol, SocketAddr), Vec<Id>>,
    next: Id,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.mappings.len()
    }

    pub(crate) fn add(&mut self, mapping: Mapping) -> &mut Mapping {
        let id = self.next;
        self.next += 1;
        self.by_inside.insert((mapping.protocol, mapping.inside, mapping.remote), id);
        self.by_outside.entry((mapping.protocol, mapping.outside)).or_default().push(id);
        self.mappings.entry(id).or_insert(mapping)
    }

    /// The live mapping of an inside endpoint for these remotes.
    pub(crate) fn find(
        &mut self,
        protocol: IpProtocol,
        inside: SocketAddr,
        remote: RemotePart,
        now: Time,
    ) -> Option<&mut Mapping> {
        let id = self.by_inside.get(&(protocol, inside, remote))?;
        self.mappings.get_mut(id).filter(|mapping| mapping.until > now)
    }

    /// Live mappings with this outside endpoint, the newest first.
    pub(crate) fn outside(
        &self,
        protocol: IpProtocol,
        outside: SocketAddr,
        now: Time,
    ) -> impl Iterator<Item = (Id, &Mapping)> {
        let ids = self.by_outside.get(&(protocol, outside)).map_or(&[][..], Vec::as_slice);
        let mappings = ids.iter().rev().filter_map(|id| Some((*id, self.mappings.get(id)?)));
        mappings.filter(move |(_, mapping)| mapping.until > now)
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut Mapping> {
        self.mappings.get_mut(&id)
    }

    /// A live mapping of this inside endpoint, for whichever remotes.
    pub(crate) fn any_of(&self, inside: SocketAddr, now: Time) -> Option<&Mapping> {
        let live = |mapping: &&Mapping| mapping.inside == inside && mapping.until > now;
        self.mappings.values().rev().find(live)
    }

    /// All mappings, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.values()
    }

    /// Forgets those whose time is over.
    pub(crate) fn sweep(&mut self, now: Time) {
        self.retain(|mapping| mapping.until > now);
    }

    /// Forgets those of one inside host; their number.
    pub(crate) fn forget_inside(&mut self, inside: IpAddr) -> usize {
        let before = self.len();
        self.retain(|mapping| mapping.inside.ip() != inside);
        before - self.len()
    }

    pub(crate) fn clear(&mut self) {
        self.retain(|_| false);
    }

    fn retain(&mut self, keep: impl Fn(&Mapping) -> bool) {
        self.mappings.retain(|_, mapping| keep(mapping));
        let left = &self.mappings;
        self.by_inside.retain(|_, id| left.contains_key(id));
        self.by_outside.retain(|_, ids| {
            ids.retain(|id| left.contains_key(id));
            !ids.is_empty()
        });
    }
}
