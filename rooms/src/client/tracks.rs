//! Whose tracks come in on which m-line (`docs/signalling.md`, "Whose track is it").

use std::collections::{BTreeMap, BTreeSet};

use lapwing_engine::{MediaKind, Mid, Track};

use super::event::RemoteTrack;
use crate::protocol::signalling::{ParticipantId, Source, TrackLabel};

/// What the stream of a screen ends with.
const SCREEN_SUFFIX: &str = ".screen";

/// A track that appeared or went away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TrackChange {
    Added(RemoteTrack),
    Ended(RemoteTrack),
}

/// The tracks that come in over one connection.
#[derive(Debug, Default)]
pub(super) struct TrackTable {
    labels: BTreeMap<String, TrackLabel>,
    streams: BTreeMap<Mid, String>,
    /// M-lines on which frames came, named or not.
    flowing: BTreeSet<Mid>,
    known: BTreeMap<Mid, RemoteTrack>,
}

impl TrackTable {
    /// The labels of the peer's last description.
    pub(super) fn on_labels(&mut self, labels: &BTreeMap<String, TrackLabel>) {
        self.labels.clone_from(labels);
    }

    /// What the SDP says of an m-line.
    pub(super) fn on_track(&mut self, track: &Track) {
        if let Some(stream) = &track.stream_id {
            self.streams.insert(track.mid, stream.clone());
        }
    }

    /// A frame came. True when its m-line had none before.
    pub(super) fn on_frame(&mut self, mid: Mid) -> bool {
        self.flowing.insert(mid)
    }

    /// Brings the table in line with the m-lines that receive now, in the order of the SDP.
    pub(super) fn update(
        &mut self,
        receiving: &[(Mid, MediaKind)],
        remote: &ParticipantId,
    ) -> Vec<TrackChange> {
        let mut now = BTreeMap::new();
        let mut videos = 0;
        for (mid, kind) in receiving {
            let nth = if *kind == MediaKind::Video { videos } else { 0 };
            videos += usize::from(*kind == MediaKind::Video);
            if let Some(track) = self.describe(*mid, *kind, nth, remote) {
                now.insert(*mid, track);
            }
        }
        let before = std::mem::replace(&mut self.known, now.clone());
        let ended = before.iter().filter(|(mid, track)| now.get(mid) != Some(track));
        let mut changes: Vec<_> =
            ended.map(|(_, track)| TrackChange::Ended(track.clone())).collect();
        let added = now.iter().filter(|(mid, track)| before.get(mid) != Some(track));
        changes.extend(added.map(|(_, track)| TrackChange::Added(track.clone())));
        changes
    }

    /// Every track ends with the connection.
    pub(super) fn clear(&mut self) -> Vec<TrackChange> {
        let known = std::mem::take(&mut self.known);
        *self = TrackTable::default();
        known.into_values().map(TrackChange::Ended).collect()
    }

    fn describe(
        &self,
        mid: Mid,
        kind: MediaKind,
        nth: usize,
        remote: &ParticipantId,
    ) -> Option<RemoteTrack> {
        let stream = self.streams.get(&mid).map(String::as_str);
        let (participant, source) = match self.labels.get(mid.as_str()) {
            Some(label) => (label.participant.clone(), label.source),
            // An m-line that is not named where others are carries nothing, until it does.
            None if !self.labels.is_empty() && !self.flowing.contains(&mid) => return None,
            None => (None, by_order(kind, nth)),
        };
        let from_stream = || {
            let id = stream.filter(|_| remote.is_server())?;
            Some(ParticipantId(id.strip_suffix(SCREEN_SUFFIX).unwrap_or(id).to_owned()))
        };
        let participant = participant.or_else(from_stream).unwrap_or_else(|| remote.clone());
        Some(RemoteTrack { mid, kind, participant, source })
    }
}

/// What an m-line carries when nobody says: the first video a camera, the second a screen.
fn by_order(kind: MediaKind, nth: usize) -> Source {
    match (kind, nth) {
        (MediaKind::Audio, _) => Source::Microphone,
        (MediaKind::Video, 0) => Source::Camera,
        (MediaKind::Video, _) => Source::Screen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mid(text: &str) -> Mid {
        Mid::new(text).expect("a short token")
    }

    fn bob() -> ParticipantId {
        ParticipantId("bob".to_owned())
    }

    fn label(participant: Option<&str>, source: Source) -> TrackLabel {
        let participant = participant.map(|id| ParticipantId(id.to_owned()));
        TrackLabel { participant, source }
    }

    fn added(changes: &[TrackChange]) -> Vec<(String, String, Source)> {
        let added = changes.iter().filter_map(|change| match change {
            TrackChange::Added(track) => {
                Some((track.mid.to_string(), track.participant.to_string(), track.source))
            }
            TrackChange::Ended(_) => None,
        });
        added.collect()
    }

    const LINES: [(&str, MediaKind); 3] =
        [("0", MediaKind::Audio), ("1", MediaKind::Video), ("2", MediaKind::Video)];

    fn lines() -> Vec<(Mid, MediaKind)> {
        LINES.iter().map(|(text, kind)| (mid(text), *kind)).collect()
    }

    #[test]
    fn without_labels_the_order_decides() {
        let changes = TrackTable::default().update(&lines(), &bob());
        let sources: Vec<Source> = added(&changes).into_iter().map(|(.., source)| source).collect();
        assert_eq!(sources, [Source::Microphone, Source::Camera, Source::Screen]);
    }

    #[test]
    fn labels_decide_and_unnamed_lines_wait_for_a_frame() {
        let mut table = TrackTable::default();
        let labels = [("1".to_owned(), label(None, Source::Screen))].into();
        table.on_labels(&labels);
        let changes = table.update(&lines(), &bob());
        assert_eq!(added(&changes), [("1".to_owned(), "bob".to_owned(), Source::Screen)]);
        assert!(table.on_frame(mid("0")));
        assert!(!table.on_frame(mid("0")));
        let changes = table.update(&lines(), &bob());
        assert_eq!(added(&changes), [("0".to_owned(), "bob".to_owned(), Source::Microphone)]);
    }

    #[test]
    fn a_server_names_the_owner_in_label_or_stream() {
        let mut table = TrackTable::default();
        let server = ParticipantId::server();
        for (line, stream) in [("0", "ann"), ("1", "ann.screen")] {
            table.on_track(&Track {
                mid: mid(line),
                kind: MediaKind::Video,
                direction: lapwing_engine::Direction::RecvOnly,
                stream_id: Some(stream.to_owned()),
                track_id: None,
                layers: Vec::new(),
            });
        }
        let changes = table.update(&lines()[..2], &server);
        assert!(added(&changes).iter().all(|(_, who, _)| who == "ann"), "{changes:?}");
        let labels = [("0".to_owned(), label(Some("cy"), Source::Microphone))].into();
        table.on_labels(&labels);
        let changes = table.update(&lines()[..1], &server);
        assert_eq!(changes.len(), 3, "both of ann's end, one of cy's begins: {changes:?}");
        assert_eq!(added(&changes), [("0".to_owned(), "cy".to_owned(), Source::Microphone)]);
        assert_eq!(table.clear().len(), 1);
    }
}
