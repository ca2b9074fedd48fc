//! What goes over connections, and what listeners accept.

use std::fmt;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use lapwing_engine::{Datagram, Protocol, SocketFault, SocketReply, Transmit};

use super::arrival::Arrival;
use super::connection::Connection;
use super::layers::{Got, Layers, Unsent};
use super::listener::{ACCEPTED_MAX, Use};
use super::table::{Entry, Kind, Streams};
use crate::counters::Counters;
use crate::sockets::{Read, Registrar};

impl<D: AsFd + fmt::Debug, O: Copy + PartialEq> Streams<D, O> {
    /// Does what is next in one that has something to do: a connection is made or accepted, or one
    /// read is given to `each`.
    pub(crate) fn read(
        &mut self,
        now: Instant,
        registrar: &impl Registrar<Descriptor = D>,
        counters: &mut Counters,
        mut each: impl FnMut(Arrival<'_, O>),
    ) -> Read<O> {
        let Some(slot) = self.next_ready() else { return Read::Idle };
        self.next = slot + 1;
        let Some(entry) = &mut self.slots[slot] else { return Read::Some(0) };
        let (owner, id, connection) = match &mut entry.kind {
            Kind::Listener { listener, .. } => {
                let (accepted, local) = (listener.accept(), listener.local);
                if let Some((socket, remote)) = accepted {
                    self.accept(slot, (socket, local, remote), now, registrar, counters);
                }
                return Read::Some(0);
            }
            Kind::Asked { id, connection, .. } => (entry.owner, Some(*id), connection),
            Kind::Accepted { connection, .. } => (entry.owner, None, connection),
        };
        let was_open = connection.is_open();
        let (mut count, protocol, source) = (0, connection.protocol, connection.remote);
        let worked = connection.work(&mut self.buffer, &mut |local, got| match (got, id) {
            (Got::Open, Some(id)) => {
                each(Arrival::Reply(owner, SocketReply::Connected { id, local }));
            }
            (Got::Open, None) => {}
            (Got::Datagram(contents), _) => {
                count += 1;
                let (destination, ecn) = (local, None);
                let datagram = Datagram { protocol, source, destination, ecn, contents };
                each(Arrival::Owned(owner, datagram));
            }
        });
        counters.received += count as u64;
        counters.receive_calls += u64::from(count > 0);
        if !was_open && connection.is_open() {
            self.paths.insert(connection.path(), slot);
        }
        match &mut entry.kind {
            Kind::Asked { connection, deadline, .. } if connection.is_open() => *deadline = None,
            Kind::Accepted { usage, .. } if count > 0 => usage.heard_at = now,
            _ => {}
        }
        if let Err(fault) = worked {
            self.fail(slot, fault, each);
        }
        Read::Some(count)
    }

    fn next_ready(&self) -> Option<usize> {
        let len = self.slots.len();
        let mut order = (0..len).map(|step| (self.next + step) % len);
        order.find(|slot| self.slots[*slot].as_ref().is_some_and(|entry| entry.kind.is_ready()))
    }

    /// Closes a connection, and tells who asked for it.
    fn fail(&mut self, slot: usize, fault: SocketFault, mut each: impl FnMut(Arrival<'_, O>)) {
        let Some(Entry { owner, kind }) = &self.slots[slot] else { return };
        let reply = match kind {
            Kind::Asked { id, .. } => Some((*owner, SocketReply::Failed { id: *id, fault })),
            Kind::Listener { .. } | Kind::Accepted { .. } => None,
        };
        self.take(slot);
        if let Some((owner, reply)) = reply {
            each(Arrival::Reply(owner, reply));
        }
    }

    /// Gives up what took too long to open.
    pub(crate) fn expire(&mut self, now: Instant, mut each: impl FnMut(Arrival<'_, O>)) {
        for slot in 0..self.slots.len() {
            let entry = self.slots[slot].as_ref();
            let deadline = entry.and_then(|entry| entry.kind.deadline());
            if deadline.is_some_and(|deadline| deadline <= now) {
                self.fail(slot, SocketFault::TimedOut, &mut each);
            }
        }
    }

    /// Keeps a connection that a peer made, where the listener has room or makes some.
    fn accept(
        &mut self,
        listener: usize,
        (socket, local, remote): (OwnedFd, SocketAddr, SocketAddr),
        now: Instant,
        registrar: &impl Registrar<Descriptor = D>,
        counters: &mut Counters,
    ) {
        let Some(owner) = self.slots[listener].as_ref().map(|entry| entry.owner) else { return };
        if !self.make_room(listener, now) {
            counters.refused_connections += 1;
            return;
        }
        let watched = self.free_slot().and_then(|slot| Ok((slot, registrar.watch(slot, socket)?)));
        let Ok((slot, io)) = watched.inspect_err(|error| tracing::debug!(%error, "not kept"))
        else {
            counters.refused_connections += 1;
            return;
        };
        let connection = Connection::new(io, Protocol::Tcp, (local, remote), Layers::accepted());
        self.paths.insert(connection.path(), slot);
        let usage = Use { listener, accepted_at: now, heard_at: now, answered: false };
        let kind = Kind::Accepted { connection: Box::new(connection), usage };
        self.slots[slot] = Some(Entry { owner, kind });
    }

    /// Whether a listener may have one more; one that is of no use makes way.
    fn make_room(&mut self, listener: usize, now: Instant) -> bool {
        let accepted = self.slots.iter().enumerate().filter_map(|(slot, entry)| match entry {
            Some(Entry { kind: Kind::Accepted { usage, .. }, .. })
                if usage.listener == listener =>
            {
                Some((slot, *usage))
            }
            _ => None,
        });
        let accepted: Vec<(usize, Use)> = accepted.collect();
        if accepted.len() < ACCEPTED_MAX {
            return true;
        }
        let idle = accepted.iter().filter(|(_, usage)| usage.is_idle(now));
        let Some(&(slot, _)) = idle.min_by_key(|(_, usage)| usage.heard_at) else { return false };
        self.take(slot);
        true
    }

    /// Sends datagrams that all go the same way.
    pub(crate) fn send(&mut self, transmits: &[Transmit], counters: &mut Counters) {
        let Some(first) = transmits.first() else { return };
        let Streams { slots, paths, scratch, .. } = self;
        let slot = paths.get(&(first.protocol, first.source, first.destination));
        let entry = slot.and_then(|slot| slots[*slot].as_mut());
        let connection = match entry.map(|entry| &mut entry.kind) {
            Some(Kind::Asked { connection, .. }) => connection,
            Some(Kind::Accepted { connection, usage }) => {
                usage.answered = true;
                connection
            }
            Some(Kind::Listener { .. }) | None => {
                counters.sourceless += transmits.len() as u64;
                return;
            }
        };
        counters.send_calls += 1;
        for transmit in transmits {
            match connection.write(&transmit.contents, scratch) {
                Ok(()) => counters.sent += 1,
                Err(Unsent::Blocked) => counters.send_blocked += 1,
                Err(Unsent::Unfit) => counters.send_errors += 1,
                Err(Unsent::Broken(fault)) => {
                    counters.send_errors += 1;
                    connection.set_broken(fault);
                }
            }
        }
        connection.push_out();
    }
}
