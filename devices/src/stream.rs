//! Tracks that belong together.

use std::sync::Arc;

use crate::ids::Ids;
use crate::track::{MediaStreamTrack, ReadyState, TrackKind};

/// Tracks that belong together (W3C Media Capture and Streams section 4.2, `MediaStream`).
#[derive(Debug)]
pub struct MediaStream {
    id: String,
    ids: Ids,
    tracks: Vec<Arc<MediaStreamTrack>>,
}

impl MediaStream {
    pub(crate) fn new(ids: Ids, tracks: Vec<MediaStreamTrack>) -> Self {
        let tracks = tracks.into_iter().map(Arc::new).collect();
        MediaStream { id: ids.next(), ids, tracks }
    }

    /// Its name: random, and its own.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its tracks, in the order in which they were added.
    pub fn tracks(&self) -> &[Arc<MediaStreamTrack>] {
        &self.tracks
    }

    /// The first track with pictures.
    pub fn video(&self) -> Option<&Arc<MediaStreamTrack>> {
        self.tracks.iter().find(|track| track.kind() == TrackKind::Video)
    }

    /// The first track with sound.
    pub fn audio(&self) -> Option<&Arc<MediaStreamTrack>> {
        self.tracks.iter().find(|track| track.kind() == TrackKind::Audio)
    }

    /// The track of this id.
    pub fn track_by_id(&self, id: &str) -> Option<&Arc<MediaStreamTrack>> {
        self.tracks.iter().find(|track| track.id() == id)
    }

    /// Whether a track is live.
    pub fn active(&self) -> bool {
        self.tracks.iter().any(|track| track.ready_state() == ReadyState::Live)
    }

    /// Adds a track, unless it is there already. The same may be in several streams.
    pub fn add_track(&mut self, track: Arc<MediaStreamTrack>) {
        if self.track_by_id(track.id()).is_none() {
            self.tracks.push(track);
        }
    }

    /// Takes the track of this id out, without ending it.
    pub fn remove_track(&mut self, id: &str) -> Option<Arc<MediaStreamTrack>> {
        let place = self.tracks.iter().position(|track| track.id() == id)?;
        Some(self.tracks.remove(place))
    }

    /// A stream of clones of all tracks, under another name (`clone()`).
    pub fn clone_stream(&self) -> MediaStream {
        let tracks = self.tracks.iter().map(|track| track.clone_track()).collect();
        MediaStream::new(self.ids.clone(), tracks)
    }
}
