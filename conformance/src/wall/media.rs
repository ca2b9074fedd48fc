//! Tracks of a scene, and whether what was sent is what was seen.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Messages, Played, Scene, Side, Stop};
use crate::peer::ContentKind;

/// Numbers of pictures begin this far apart.
const NUMBERS: u32 = 65_536;

/// Pictures of the peer begin here, above all of the subject's.
const PEER_FIRST: u32 = 100 * NUMBERS;

/// Pictures read before a video counts as flowing.
const PICTURES_MIN: u64 = 10;

/// How far a tone may be from its frequency, and from its level.
const HZ_OFF_MAX: f64 = 15.0;
/// See [`HZ_OFF_MAX`].
const DB_OFF_MAX: f64 = 6.0;
/// Level of the tones that are sent.
const LEVEL_DB: f64 = -20.0;

/// How long a tone is listened to.
const TONE_HOLDS: Duration = Duration::from_millis(600);

/// A decoder on a busy machine needs its time.
const FLOW_TIMEOUT: Duration = Duration::from_secs(15);

/// The channel of cases that are not about data.
const CHANNEL: &str = "content";

/// What goes to and fro in a case that is about something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Tones.
    Sound(Track),
    /// Messages.
    Channel,
}

/// An m-line of audio or video, and what each end sends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    kind: &'static str,
    number: u32,
    /// Who makes pictures or tones of its own; the others send back.
    makes: [bool; 2],
    /// Who sends at all.
    sends: [bool; 2],
}

impl Track {
    fn tone_hz(&self, side: Side) -> f64 {
        440.0 + 100.0 * f64::from(self.number) + if side == Side::Peer { 900.0 } else { 0.0 }
    }

    fn first(&self, side: Side) -> u32 {
        let base = if side == Side::Peer { PEER_FIRST } else { NUMBERS };
        base + self.number * NUMBERS
    }

    /// Whose content an end must see: the other's, or its own come back. `None` when it makes
    /// nothing of what it sees.
    fn seen_by(&self, side: Side) -> Option<Side> {
        let other = side.other();
        if !self.makes[side.index()] || !self.sends[other.index()] {
            return None;
        }
        Some(if self.makes[other.index()] { other } else { side })
    }
}

impl Scene<'_> {
    /// A track of audio both ways, with Opus unless another codec is named.
    ///
    /// # Errors
    /// As for [`Scene::track`].
    pub fn audio(&mut self) -> Result<Track, Stop> {
        self.track("audio", "opus", ["sendrecv"; 2])
    }

    /// A track of video both ways.
    ///
    /// # Errors
    /// As for [`Scene::track`].
    pub fn video(&mut self, codec: &str) -> Result<Track, Stop> {
        self.track("video", codec, ["sendrecv"; 2])
    }

    /// The video codec that both ends have and somebody can read: VP8 first.
    ///
    /// # Errors
    /// Not applicable when there is none.
    pub fn common_video(&self) -> Result<&'static str, Stop> {
        let codecs = ["VP8", "H264", "VP9", "AV1"].into_iter();
        let mut usable = codecs.filter(|codec| self.makers(codec).is_ok());
        usable.next().ok_or_else(|| Stop::NotApplicable(self.no_codec("video")))
    }

    fn no_codec(&self, codec: &str) -> String {
        let [subject, peer] = Side::BOTH.map(|side| self.ready(side).peer.as_str());
        format!("{codec}: neither {subject} nor {peer} makes and reads what the other carries")
    }

    /// Who makes content with a codec of its own.
    fn makers(&self, codec: &str) -> Result<[bool; 2], Stop> {
        let makes = Side::BOTH.map(|side| {
            let ready = self.ready(side);
            ready.content == ContentKind::Codecs && ready.has_codec(codec)
        });
        let carries =
            Side::BOTH.map(|side| makes[side.index()] || self.ready(side).can_echo(codec));
        if carries == [true; 2] && makes != [false; 2] {
            return Ok(makes);
        }
        Err(Stop::NotApplicable(self.no_codec(codec)))
    }

    /// A track with one codec. Both ends are asked for it, each with the direction that it has
    /// there.
    ///
    /// # Errors
    /// Not applicable when nobody could tell whether the content arrives; else as for
    /// [`Scene::ask`].
    pub fn track(
        &mut self,
        kind: &'static str,
        codec: &str,
        directions: [&str; 2],
    ) -> Result<Track, Stop> {
        self.track_with(kind, codec, directions, json!({}))
    }

    /// As [`Scene::track`], with more for the sender, such as `{"simulcast": ["q", "h"]}`.
    ///
    /// # Errors
    /// As for [`Scene::track`].
    pub fn track_with(
        &mut self,
        kind: &'static str,
        codec: &str,
        directions: [&str; 2],
        more: Value,
    ) -> Result<Track, Stop> {
        let makes = self.makers(codec)?;
        let sends = directions.map(|direction| direction.starts_with("send"));
        let track = Track { kind, number: self.tracks, makes, sends };
        self.tracks += 1;
        for side in Side::BOTH {
            let mut request = json!({
                "do": "media", "kind": kind, "direction": directions[side.index()], "codecs": [codec],
                "content": if makes[side.index()] { "pattern" } else { "echo" },
            });
            if kind == "audio" {
                request["tone_hz"] = json!(track.tone_hz(side));
            } else {
                let size =
                    [("first", track.first(side)), ("width", 320), ("height", 180), ("fps", 15)];
                size.into_iter().for_each(|(name, value)| request[name] = json!(value));
            }
            if let (Value::Object(all), Value::Object(more), true) =
                (&mut request, &more, sends[side.index()])
            {
                all.extend(more.clone());
            }
            self.ask(side, request)?;
        }
        Ok(track)
    }

    /// What an end sees now.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn seen(&mut self, side: Side) -> Result<Vec<Value>, Stop> {
        let seen = self.ask(side, json!({ "do": "seen" }))?;
        Ok(seen["media"].as_array().cloned().unwrap_or_default())
    }

    /// Waits until each end sees what it must of these tracks: the right tones, the right numbers
    /// in the pictures.
    ///
    /// # Errors
    /// A fault with what was seen instead.
    pub fn flows(&mut self, tracks: &[Track]) -> Played {
        self.all_arrive(tracks, |_| true)?;
        if tracks.iter().all(|track| track.kind != "audio") {
            return Ok(());
        }
        // A tone is heard in the first packet: it must still be there when the last half second is
        // all its own.
        self.rest(TONE_HOLDS);
        self.all_arrive(tracks, |track| track.kind == "audio")
    }

    fn all_arrive(&mut self, tracks: &[Track], counts: impl Fn(&Track) -> bool) -> Played {
        for side in Side::BOTH {
            for track in tracks.iter().filter(|track| counts(track)) {
                if let Some(from) = track.seen_by(side) {
                    self.arrives(side, track, from)?;
                }
            }
        }
        Ok(())
    }

    fn arrives(&mut self, side: Side, track: &Track, from: Side) -> Played {
        let mut seen = Vec::new();
        let what = format!("{} of {from} at {side}", track.kind);
        let waited = self.until(&what, FLOW_TIMEOUT, |scene| {
            seen = scene.seen(side)?;
            Ok(seen.iter().any(|entry| shows(entry, track, from)))
        });
        if let Err(Stop::Fault(text)) = waited {
            let seen = Value::Array(seen);
            return Err(Stop::Fault(format!(
                "{text}; wanted {}; seen {seen}",
                wanted(track, from)
            )));
        }
        if track.kind == "video" {
            let now = self.ends.elapsed();
            self.record.first_frame.get_or_insert(now);
        }
        waited
    }

    /// The last number that an end has read of a track's pictures.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn last_number(&mut self, side: Side, track: &Track) -> Result<Option<u64>, Stop> {
        let Some(from) = track.seen_by(side) else { return Ok(None) };
        let seen = self.seen(side)?;
        let mut entries = seen.iter().filter(|entry| in_range(entry, track, from));
        Ok(entries.next().and_then(|entry| entry["last"].as_u64()))
    }

    /// Waits until pictures that are sent from now on arrive at this end, or come back from it.
    ///
    /// # Errors
    /// A fault when none does.
    pub fn goes_on(&mut self, side: Side, track: &Track) -> Played {
        // An end that sends back reads no numbers: the other reads what came back.
        let reads = [side, side.other()].into_iter().find(|side| track.seen_by(*side).is_some());
        let Some(side) = reads else { return Ok(()) };
        let before = self.last_number(side, track)?.unwrap_or(0);
        self.until(&format!("more pictures at {side}"), FLOW_TIMEOUT, |scene| {
            Ok(scene.last_number(side, track)?.is_some_and(|last| last >= before + PICTURES_MIN))
        })
    }

    /// The m-line of a kind that an end receives.
    ///
    /// # Errors
    /// A fault when it receives none.
    pub fn mid_of(&mut self, side: Side, kind: &str) -> Result<Value, Stop> {
        let seen = self.seen(side)?;
        let entry = seen.iter().find(|entry| entry["kind"] == kind);
        let mid = entry.map(|entry| entry["mid"].clone());
        mid.ok_or_else(|| Stop::Fault(format!("{side} receives no {kind}")))
    }

    /// Waits until nothing of a kind arrives at an end for a second: no frames where it counts
    /// them, else no packets.
    ///
    /// # Errors
    /// A fault when it goes on.
    pub fn stops(&mut self, side: Side, kind: &str) -> Played {
        // Padding that probes the network goes on where frames do not.
        let count = |entry: &Value| entry["frames"].as_u64().or(entry["packets"].as_u64());
        let arrived = |scene: &mut Self| -> Result<u64, Stop> {
            let seen = scene.seen(side)?;
            let of_kind = seen.iter().filter(|entry| entry["kind"] == kind);
            Ok(of_kind.filter_map(count).sum())
        };
        self.until(&format!("{kind} to stop at {side}"), FLOW_TIMEOUT, |scene| {
            let before = arrived(scene)?;
            scene.rest(Duration::from_secs(1));
            Ok(arrived(scene)? == before)
        })
    }

    /// Sound where somebody can tell that it arrives, else a data channel: content for cases that
    /// are not about content.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn content(&mut self) -> Result<Content, Stop> {
        match self.audio() {
            Err(Stop::NotApplicable(_)) if self.both_can("data") => {
                let offerer = self.offerer();
                self.channel(offerer, CHANNEL, json!({}))?;
                Ok(Content::Channel)
            }
            track => track.map(Content::Sound),
        }
    }

    /// Waits until the content arrives at both ends.
    ///
    /// # Errors
    /// A fault when it does not.
    pub fn content_arrives(&mut self, content: &Content) -> Played {
        if let Content::Sound(track) = content {
            return self.flows(std::slice::from_ref(track));
        }
        self.channel_open(CHANNEL)?;
        for side in Side::BOTH {
            self.delivers(side, CHANNEL, Messages::binary(1_000, 3, 1))?;
        }
        Ok(())
    }
}

fn wanted(track: &Track, from: Side) -> String {
    match track.kind {
        "audio" => format!("{} Hz at {LEVEL_DB} dB", track.tone_hz(from)),
        _ => format!("numbers from {}", track.first(from)),
    }
}

fn in_range(entry: &Value, track: &Track, from: Side) -> bool {
    let numbers = u64::from(track.first(from))..u64::from(track.first(from) + NUMBERS);
    ["first", "last"].iter().all(|name| entry[name].as_u64().is_some_and(|n| numbers.contains(&n)))
}

fn shows(entry: &Value, track: &Track, from: Side) -> bool {
    if entry["kind"] != track.kind {
        return false;
    }
    if track.kind == "audio" {
        let near = |name: &str, wanted: f64, off: f64| {
            entry[name].as_f64().is_some_and(|value| (value - wanted).abs() <= off)
        };
        return near("hz", track.tone_hz(from), HZ_OFF_MAX)
            && near("level_db", LEVEL_DB, DB_OFF_MAX);
    }
    let count = |name: &str| entry[name].as_u64().unwrap_or(0);
    in_range(entry, track, from)
        && count("read") >= PICTURES_MIN
        && count("read") * 10 >= count("frames") * 8
        && count("backwards") == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(kind: &'static str, makes: [bool; 2]) -> Track {
        Track { kind, number: 1, makes, sends: [true; 2] }
    }

    #[test]
    fn content_comes_from_the_other_or_comes_back() {
        let both = track("video", [true; 2]);
        assert_eq!(both.seen_by(Side::Subject), Some(Side::Peer));
        let echo = track("video", [true, false]);
        assert_eq!(echo.seen_by(Side::Subject), Some(Side::Subject));
        assert_eq!(echo.seen_by(Side::Peer), None);
        let one_way = Track { sends: [false, true], ..both };
        assert_eq!(one_way.seen_by(Side::Peer), None);
    }

    #[test]
    fn only_the_right_numbers_count() {
        let track = track("video", [true; 2]);
        let first = track.first(Side::Peer);
        let seen = |first: u32, read: u32, backwards: u32| {
            json!({ "kind": "video", "first": first, "last": first + 20, "read": read, "frames": 20,
                "backwards": backwards })
        };
        assert!(shows(&seen(first, 20, 0), &track, Side::Peer));
        assert!(!shows(&seen(first, 20, 1), &track, Side::Peer));
        assert!(!shows(&seen(first, 12, 0), &track, Side::Peer));
        assert!(!shows(&seen(track.first(Side::Subject), 20, 0), &track, Side::Peer));
    }

    #[test]
    fn only_the_right_tone_counts() {
        let track = track("audio", [true; 2]);
        let seen = |hz: f64, level: f64| json!({ "kind": "audio", "hz": hz, "level_db": level });
        assert!(shows(&seen(1_440.0, -22.0), &track, Side::Peer));
        assert!(!shows(&seen(540.0, -22.0), &track, Side::Peer));
        assert!(!shows(&seen(1_440.0, -40.0), &track, Side::Peer));
    }
}
