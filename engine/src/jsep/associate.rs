//! M-lines of the peer's offers and the transceivers that they belong to (RFC 9429 section 5.10).

use super::direction;
use super::effects::Effects;
use super::line::{self, LineKind};
use super::simulcast;
use super::state::{Jsep, Line};
use super::transceiver::{Entry, Negotiated, Origin, SendEncoding, TransceiverInit};
use crate::codec::MediaKind;
use crate::config::PeerLines;
use crate::event::Direction;
use crate::ids::{Mid, TransceiverId};
use crate::sdp::{Description, MediaDescription};

impl Jsep {
    /// Gives each m-line of an offer its transceiver. What an offer that this one replaces had
    /// made, and this one does not have, is gone.
    pub(super) fn associate(&mut self, offer: &Description, effects: &mut Effects) {
        for (index, media) in offer.media.iter().enumerate() {
            let line = self.line_for(index, media, offer);
            if let Some(before) = self.lines.get(index).filter(|line| !line.free)
                && before.mid != line.mid
            {
                let old = before.mid;
                if let Some(entry) = self.at_mut(old) {
                    entry.negotiated.mid = Some(line.mid);
                }
            }
            match line.kind {
                LineKind::Media(_) if line.free => self.end(line.mid, effects),
                LineKind::Media(kind) => self.take(line.mid, kind, offer, media),
                LineKind::Data | LineKind::Foreign => {}
            }
            match self.lines.get_mut(index) {
                Some(place) => *place = line,
                None => self.lines.push(line),
            }
        }
        self.drop_unplaced(effects);
        self.renew_reserved();
    }

    /// The m-line at a place of the offer. One without a name keeps the one that it has here.
    fn line_for(&mut self, index: usize, media: &MediaDescription, offer: &Description) -> Line {
        let before = self.lines.get(index).filter(|line| !line.free).cloned();
        let free = line::is_rejected(media, true);
        let kind = match &before {
            Some(before) if free => before.kind,
            _ => line::kind(media),
        };
        let written = media.mid.as_deref().and_then(Mid::new);
        let kept = before.as_ref().map(|before| before.mid);
        let mid = written.or(kept).unwrap_or_else(|| self.fresh_mid_beside(offer));
        let named = written.is_some() || before.is_some_and(|before| before.named);
        Line { mid, named, kind, free }
    }

    /// A name for an m-line that has none, and that no other of the offer has.
    fn fresh_mid_beside(&mut self, offer: &Description) -> Mid {
        loop {
            let mid = self.fresh_mid();
            if !offer.media.iter().any(|media| media.mid.as_deref() == Some(mid.as_str())) {
                return mid;
            }
        }
    }

    /// The transceiver of an m-line: the one that it has, one that waits to send, or another.
    fn take(&mut self, mid: Mid, kind: MediaKind, offer: &Description, media: &MediaDescription) {
        let offered = line::direction(offer, media);
        let known = self.at(mid).filter(|entry| entry.kind == kind).map(|entry| entry.id);
        let id = known
            .or_else(|| self.waiting_track(kind, offered))
            .unwrap_or_else(|| self.add(kind, TransceiverInit::default(), Origin::Peer));
        let mirror = self.config.peer_lines == PeerLines::Mirror;
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) else { return };
        entry.negotiated.mid = Some(mid);
        if entry.origin == Origin::Peer {
            entry.direction =
                if mirror { direction::reversed(offered) } else { Direction::RecvOnly };
        }
        // Layers that the peer asks for, where the application named none (W3C
        // `setRemoteDescription`).
        let asked = simulcast::layers(media, false);
        if let [plain] = &entry.encodings[..]
            && plain.rid.is_none()
            && !asked.is_empty()
        {
            entry.negotiated.layers_asked = true;
            entry.encodings = asked.iter().map(|rid| SendEncoding::new(Some(*rid))).collect();
        }
    }

    fn waiting_track(&self, kind: MediaKind, offered: Direction) -> Option<TransceiverId> {
        let fits = |entry: &&Entry| {
            entry.origin == Origin::Track && entry.kind == kind && entry.is_waiting()
        };
        self.entries.iter().find(fits).filter(|_| offered.receives()).map(|entry| entry.id)
    }

    fn drop_unplaced(&mut self, effects: &mut Effects) {
        let Some(pending) = &self.pending else { return };
        let before = &pending.before;
        let lines: Vec<Mid> = self.lines.iter().map(|line| line.mid).collect();
        let is_unplaced = |entry: &Entry| {
            !before.knows(entry.id) && entry.negotiated.mid.is_some_and(|mid| !lines.contains(&mid))
        };
        let is_gone = |entry: &Entry| entry.origin == Origin::Peer && is_unplaced(entry);
        for entry in self.entries.iter().filter(|entry| is_gone(entry)) {
            effects.vanished.push(entry.id);
            effects.muted.extend(entry.negotiated.mid.filter(|_| entry.negotiated.announced));
        }
        self.entries.retain(|entry| !is_gone(entry));
        for entry in self.entries.iter_mut().filter(|entry| is_unplaced(entry)) {
            entry.negotiated = Negotiated::default();
        }
    }

    /// Names that were kept for m-lines of ours and that the peer has given to its own are
    /// exchanged for others.
    fn renew_reserved(&mut self) {
        let lines: Vec<Mid> = self.lines.iter().map(|line| line.mid).collect();
        for index in 0..self.entries.len() {
            if lines.contains(&self.entries[index].reserved) && self.entries[index].is_waiting() {
                self.entries[index].reserved = self.fresh_mid();
            }
        }
        if self.data.reserved.is_some_and(|mid| lines.contains(&mid)) {
            self.data.reserved = Some(self.fresh_mid());
        }
    }
}
