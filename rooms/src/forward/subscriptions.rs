//! Who gets whose tracks.

use lapwing_engine::{Direction, MediaKind, Mid, TransceiverId, TransceiverInit};

use super::choice::LayerChoice;
use super::codecs;
use super::forwarder::{Connections, Forwarder};
use super::passing::Passing;
use super::peer::{ORIGINS_MAX, Origin, Send};
use super::thinning::Thinning;
use crate::protocol::signalling::{ParticipantId, Source, TrackLabel};

/// M-lines offered to one participant. A room of twelve needs 33; people who come and go take some
/// over from each other beyond this.
const SENDS_MAX: usize = 60;

/// A track that somebody shall get.
struct Wanted {
    from: ParticipantId,
    mid: Mid,
    kind: MediaKind,
    source: Source,
}

impl<C: Connections> Forwarder<C> {
    /// A participant's m-line appeared, or its direction changed.
    pub(super) fn track(
        &mut self,
        id: &ParticipantId,
        mid: Mid,
        kind: Option<MediaKind>,
        direction: Direction,
    ) {
        let base = self.base;
        let known = self.connections.rtc_mut(id).and_then(|rtc| Some(rtc.media(mid)?.kind()));
        let Some(peer) = self.peer(id) else { return };
        // Our own m-lines carry nothing of the participant's.
        if peer.sends.iter().any(|send| send.mid == Some(mid)) {
            return;
        }
        if !direction.receives() {
            peer.origins.remove(&mid);
        } else if !peer.origins.contains_key(&mid) && peer.origins.len() < ORIGINS_MAX {
            let (Some(kind), Some(base)) = (kind.or(known), base) else { return };
            let source = peer.source_of(mid, kind);
            peer.origins.insert(mid, Origin::new(kind, source, base));
        }
        self.sync_room(id);
    }

    /// The participant's last description may have named its tracks anew.
    pub(super) fn relabel(&mut self, id: &ParticipantId) {
        let Some(peer) = self.peer(id) else { return };
        let named: Vec<(Mid, Source)> = (peer.origins.iter())
            .map(|(mid, origin)| (*mid, peer.source_of(*mid, origin.kind)))
            .collect();
        for (mid, source) in named {
            if let Some(origin) = peer.origins.get_mut(&mid) {
                origin.source = source;
            }
        }
    }

    /// Brings what the others get in line with what there is.
    pub(super) fn sync_room(&mut self, of: &ParticipantId) {
        for other in self.others(of) {
            self.sync_peer(&other);
        }
    }

    /// Brings what one participant gets in line with what there is in its room.
    pub(super) fn sync_peer(&mut self, id: &ParticipantId) {
        let wanted = self.wanted(id);
        let Some(peer) = self.peer(id).filter(|peer| peer.negotiated) else { return };
        let mut directions = Vec::new();
        for send in &mut peer.sends {
            let is_wanted = wanted.iter().any(|wanted| send.carries(wanted));
            if send.origin.is_some() && !is_wanted {
                send.origin = None;
                directions.push((send.transceiver, Direction::Inactive));
            }
        }
        let mut added = Vec::new();
        for wanted in wanted {
            if peer.sends.iter().any(|send| send.carries(&wanted)) {
                continue;
            }
            let label = wanted.label();
            let free = |send: &&mut Send| send.origin.is_none() && send.kind == wanted.kind;
            let full = peer.sends.len() + added.len() >= SENDS_MAX;
            let mut same = peer.sends.iter_mut().filter(free).find(|send| send.label == label);
            if same.is_none() && full {
                same = peer.sends.iter_mut().find(free);
            }
            if let Some(send) = same {
                send.origin = Some((wanted.from, wanted.mid));
                send.label = label;
                send.awaits_keyframe = wanted.kind == MediaKind::Video;
                send.choice = LayerChoice::default();
                send.passing.begin_anew();
                send.thinning = Thinning::default();
                directions.push((send.transceiver, Direction::SendOnly));
            } else if !full {
                added.push((wanted, label));
            }
        }
        self.resubscribe(id, &directions, added);
    }

    /// Turns m-lines of a participant on and off, and asks for new ones.
    fn resubscribe(
        &mut self,
        id: &ParticipantId,
        directions: &[(TransceiverId, Direction)],
        added: Vec<(Wanted, TrackLabel)>,
    ) {
        let Some(rtc) = self.connections.rtc_mut(id) else { return };
        let mut negotiation = rtc.negotiation();
        for (transceiver, direction) in directions {
            // One that is stopped carries nothing, whatever its direction.
            let _ = negotiation.set_direction(*transceiver, *direction);
        }
        let mut sends = Vec::with_capacity(added.len());
        for (wanted, label) in added {
            let init = TransceiverInit::new(Direction::SendOnly).with_stream(wanted.stream());
            let transceiver = negotiation.add_transceiver(wanted.kind, init);
            if wanted.kind == MediaKind::Video {
                // All of it is among what the connection has.
                let _ = negotiation.set_codec_preferences(transceiver, codecs::handed_on());
            }
            sends.push(Send {
                transceiver,
                mid: None,
                kind: wanted.kind,
                origin: Some((wanted.from, wanted.mid)),
                label,
                awaits_keyframe: wanted.kind == MediaKind::Video,
                lacks: None,
                choice: LayerChoice::default(),
                passing: Passing::default(),
                thinning: Thinning::default(),
            });
        }
        if let Some(peer) = self.peer(id) {
            peer.sends.extend(sends);
        }
    }

    fn wanted(&self, id: &ParticipantId) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for other in self.others(id) {
            let Some(peer) = self.members.get(&other).and_then(|m| m.peer.as_ref()) else {
                continue;
            };
            wanted.extend(peer.origins.iter().map(|(mid, origin)| Wanted {
                from: other.clone(),
                mid: *mid,
                kind: origin.kind,
                source: origin.source,
            }));
        }
        wanted
    }
}

impl Send {
    fn carries(&self, wanted: &Wanted) -> bool {
        let same = self.origin.as_ref();
        same.is_some_and(|(from, mid)| *from == wanted.from && *mid == wanted.mid)
            && self.label.source == wanted.source
    }
}

impl Wanted {
    fn label(&self) -> TrackLabel {
        TrackLabel { participant: Some(self.from.clone()), source: self.source }
    }

    /// The stream id of `a=msid`: players keep tracks of one stream in step.
    fn stream(&self) -> String {
        match self.source {
            Source::Microphone | Source::Camera => self.from.0.clone(),
            Source::Screen => format!("{}.screen", self.from),
        }
    }
}
