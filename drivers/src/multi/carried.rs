//! The connections of a driver with all that leaves them.

use std::hash::Hash;
use std::time::Instant;

use lapwing_engine::{
    ConnectRequest, Event, Input, ResolveId, Router, Rtc, SocketFault, SocketReply, SocketRequest,
    drain,
};

use super::entries::{Entries, Slot};
use super::mail::{Announcement, Handoff, Owner};
use crate::outputs::Outputs;

/// Everything of a driver but the sockets.
pub(super) struct Carried<K> {
    pub(super) entries: Entries<K>,
    pub(super) router: Router<Owner>,
    /// Connections that were touched since the last turn, in that order.
    pub(super) dirty: Vec<Slot>,
    pub(super) outputs: Outputs,
    pub(super) questions: Vec<(Slot, ResolveId, String)>,
    pub(super) events: Vec<(K, Event)>,
    /// News for others that share the port, where there are any.
    pub(super) announcements: Option<Vec<Announcement>>,
    /// Datagrams for those.
    pub(super) handoffs: Vec<Handoff>,
}

impl<K: Clone + Eq + Hash> Carried<K> {
    pub(super) fn new() -> Self {
        Carried {
            entries: Entries::new(),
            router: Router::new(),
            dirty: Vec::new(),
            outputs: Outputs::default(),
            questions: Vec::new(),
            events: Vec::new(),
            announcements: None,
            handoffs: Vec::new(),
        }
    }

    /// Takes a connection under a key that is free.
    pub(super) fn insert(&mut self, key: K, rtc: Rtc, now: Instant) {
        let slot = self.entries.insert(key, rtc, now);
        self.renew_ufrag(slot);
        self.touch(slot);
    }

    /// Gives a connection back, and forgets its events.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Rtc> {
        let entry = self.entries.remove(slot)?;
        self.router.remove(&Owner::Here(slot));
        self.events.retain(|(key, _)| *key != entry.key);
        self.tell(|| Announcement::Gone(slot));
        Some(entry.rtc)
    }

    /// Notes that a connection may have something to say.
    pub(super) fn touch(&mut self, slot: Slot) {
        if let Some(entry) = self.entries.get_mut(slot)
            && !std::mem::replace(&mut entry.dirty, true)
        {
            self.dirty.push(slot);
        }
    }

    /// Feeds and drains a connection.
    pub(super) fn input(&mut self, slot: Slot, input: Input<'_>, now: Instant) {
        if let Some(entry) = self.entries.get_mut(slot) {
            entry.rtc.handle_input(input, now);
            self.settle(slot, now);
        }
    }

    /// Drains a connection.
    pub(super) fn settle(&mut self, slot: Slot, now: Instant) {
        let Some(entry) = self.entries.get_mut(slot) else { return };
        entry.dirty = false;
        let sent_before = self.outputs.transmits.len();
        let mut wake_at = drain(&mut entry.rtc, &mut self.outputs);
        for request in std::mem::take(&mut self.outputs.requests) {
            // Sockets of their own are for connections that were not made for shared ones.
            if let SocketRequest::Bind { id, .. }
            | SocketRequest::Mdns { id, .. }
            | SocketRequest::Connect(ConnectRequest { id, .. }) = request
            {
                let fault = SocketFault::Unsupported;
                entry.rtc.handle_input(Input::Socket(SocketReply::Failed { id, fault }), now);
                wake_at = drain(&mut entry.rtc, &mut self.outputs);
            }
        }
        for (id, name) in self.outputs.questions.drain(..) {
            self.questions.push((slot, id, name));
        }
        let is_negotiation = |event: &Event| matches!(event, Event::SignalingStateChanged(_));
        let negotiated = self.outputs.events.iter().any(is_negotiation);
        let key = &entry.key;
        self.events.extend(self.outputs.events.drain(..).map(|event| (key.clone(), event)));
        self.entries.wake_at(slot, wake_at);
        if negotiated {
            self.renew_ufrag(slot);
        }
        for transmit in self.outputs.transmits.iter().skip(sent_before) {
            let news = self.router.transmitted(&Owner::Here(slot), transmit, now);
            if let (Some(news), Some(announcements)) = (news, &mut self.announcements) {
                announcements.push(Announcement::Route(slot, news));
            }
        }
    }

    /// Tells the router of new ICE credentials, which come with a negotiation.
    fn renew_ufrag(&mut self, slot: Slot) {
        let Some(entry) = self.entries.get_mut(slot) else { return };
        let ufrag = entry.rtc.local_ufrag();
        if entry.ufrag != ufrag {
            self.router.insert(Owner::Here(slot), &ufrag);
            entry.ufrag.clone_from(&ufrag);
            self.tell(|| Announcement::Known(slot, ufrag));
        }
    }

    fn tell(&mut self, announcement: impl FnOnce() -> Announcement) {
        if let Some(announcements) = &mut self.announcements {
            announcements.push(announcement());
        }
    }
}
