//! An offer is taken back (RFC 9429 sections 4.1.10.2 and 5.7): what it made is gone, and what the
//! application asked for stays.

use super::effects::Effects;
use super::settle::offered_flow;
use super::signaling::Side;
use super::state::{Before, Jsep, Pending, Settled};
use super::transceiver::{Entry, Life, Negotiated, Origin, SendEncoding};
use crate::ids::Mid;

impl Jsep {
    /// Back to what was settled. The state is the caller's.
    pub(super) fn take_back(&mut self, effects: &mut Effects) {
        let Some(Pending { offerer, offer, before, .. }) = self.pending.take() else { return };
        let announced: Vec<Mid> = self.announced();
        self.restore(&before);
        let made = |entry: &Entry| entry.origin == Origin::Peer && !before.knows(entry.id);
        let gone = self.entries.iter().filter(|entry| made(entry)).map(|entry| entry.id);
        effects.vanished.extend(gone);
        self.entries.retain(|entry| !made(entry));
        for entry in self.entries.iter_mut().filter(|entry| !before.knows(entry.id)) {
            entry.take_back(&Negotiated::default());
            if entry.origin == Origin::Claimed {
                entry.origin = Origin::Added;
            }
        }
        // What was never said needs no end.
        self.entries.retain(|entry| entry.life == Life::Live || entry.negotiated.mid.is_some());
        // Channels that were asked for while the peer's offer had their m-line.
        self.reserve_data();
        self.tell_restored(&announced, effects);
        if self.transport.is_none() {
            // A restart of what was only offered goes with the offer.
            self.replace.clear();
        }
        if offerer == Side::Remote {
            self.forget_candidates(&offer);
        }
    }

    /// M-lines, numbers, the transport, and the transceivers that were there.
    pub(super) fn restore(&mut self, before: &Before) {
        self.lines.clone_from(&before.lines);
        self.numbers.clone_from(&before.numbers);
        self.transport.clone_from(&before.transport);
        for Settled { id, negotiated, direction } in &before.transceivers {
            let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == *id) else {
                continue;
            };
            entry.take_back(negotiated);
            if entry.origin == Origin::Peer {
                entry.direction = *direction;
            }
        }
    }

    fn announced(&self) -> Vec<Mid> {
        let told = self.entries.iter().filter(|entry| entry.negotiated.announced);
        told.filter_map(|entry| entry.negotiated.mid).collect()
    }

    /// Tracks that came with the offer end, and those that ended with it are there again.
    fn tell_restored(&mut self, told: &[Mid], effects: &mut Effects) {
        let now = self.announced();
        effects.muted.extend(told.iter().filter(|mid| !now.contains(mid)));
        let Some(remote) = self.current_of(Side::Remote).cloned() else { return };
        for mid in now.iter().filter(|mid| !told.contains(mid)) {
            let index = self.lines.iter().position(|line| line.mid == *mid);
            let Some(media) = index.and_then(|index| remote.media.get(index)) else { continue };
            if let Some(entry) = self.at_mut(*mid) {
                entry.negotiated.announced = false;
            }
            self.tell_track(*mid, (&remote, media), offered_flow(&remote, media), false, effects);
        }
    }
}

impl Entry {
    /// Descriptions have made this of it. Layers that only a description asked for are gone with
    /// it.
    fn take_back(&mut self, negotiated: &Negotiated) {
        if self.negotiated.layers_asked && !negotiated.layers_asked {
            self.encodings = vec![SendEncoding::new(None)];
        }
        self.negotiated.clone_from(negotiated);
    }
}
