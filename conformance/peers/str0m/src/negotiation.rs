//! Offers and answers.

use std::time::{Duration, Instant};

use lapwing_peer::{Fault, say};
use serde_json::{Value, json};
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::channel::ChannelConfig;
use str0m::media::{MediaKind, Mid};
use str0m::{Candidate, Rtc};

use crate::connection::{Change, Connection, Pending};
use crate::media::codecs;

/// How often str0m tells what it counts.
const STATS_EVERY: Duration = Duration::from_millis(100);

/// Room for the largest message that is sent: str0m never takes one above its buffer.
const BUFFER_BYTES: usize = 2 << 20;

impl Connection {
    /// The session; its codecs are settled here.
    fn rtc(&mut self) -> Result<&mut Rtc, Fault> {
        if self.rtc.is_none() {
            if self.state == "failed" {
                return Err(Fault::failed("the peer connection failed"));
            }
            let tracks = self.wanted.iter().filter_map(|change| match change {
                Change::Media(track) => Some(track),
                _ => None,
            });
            let config = Rtc::builder()
                .set_dtls_version(self.options.dtls)
                .set_ice_lite(self.options.lite)
                .set_stats_interval(Some(STATS_EVERY))
                .set_sctp_max_buffered_amount(BUFFER_BYTES);
            self.rtc = Some(codecs(config, tracks)?.build(Instant::now()));
            if !self.options.trickle {
                self.gather()?;
            }
        }
        self.rtc.as_mut().ok_or_else(|| Fault::failed("nothing is open"))
    }

    /// Gives str0m the candidates of this machine; what it takes.
    fn gather(&mut self) -> Result<Vec<String>, Fault> {
        let Some(rtc) = self.rtc.as_mut().filter(|_| !self.gathered) else { return Ok(Vec::new()) };
        self.gathered = true;
        let mut taken = Vec::new();
        for address in self.sockets.addresses() {
            let candidate = Candidate::host(address, "udp").map_err(Fault::failed)?;
            taken.extend(rtc.add_local_candidate(candidate).map(Candidate::to_sdp_string));
        }
        Ok(taken)
    }

    /// Candidates after the first description.
    fn trickle(&mut self, sdp: &str) -> Result<(), Fault> {
        if self.gathered {
            return Ok(());
        }
        let mid = sections(sdp).first().map(|section| section.mid.clone()).unwrap_or_default();
        let none = [String::new()];
        for candidate in self.gather()?.iter().chain(&none) {
            say("candidate", json!({ "candidate": candidate, "mid": mid, "index": 0 }));
        }
        Ok(())
    }

    /// A channel: told by the next offer, or opened at once when the association is there.
    pub(crate) fn channel(&mut self, config: ChannelConfig) {
        self.wanted.push(Change::Channel(config));
        if self.pending.is_none() && self.application {
            self.open_channels();
        }
    }

    /// Opens the channels that need no offer.
    fn open_channels(&mut self) {
        let Some(rtc) = &mut self.rtc else { return };
        let mut api = rtc.sdp_api();
        self.wanted.retain(|change| {
            let Change::Channel(config) = change else { return true };
            let id = api.add_channel_with_config(config.clone());
            self.channels.add(id, &config.label);
            false
        });
        if api.apply().is_some() {
            eprintln!("a further channel needed an offer");
        }
    }

    pub(crate) fn offer(&mut self, restart: bool) -> Result<Value, Fault> {
        self.rollback_silently();
        self.rtc()?;
        let Some(rtc) = &mut self.rtc else { return Err(Fault::failed("nothing is open")) };
        let changes = std::mem::take(&mut self.wanted);
        let (mut tracks, mut channels) = (Vec::new(), Vec::new());
        let mut api = rtc.sdp_api();
        for change in &changes {
            match change {
                Change::Media(track) => {
                    let mid = api.add_media(track.kind, track.direction, None, None, None);
                    tracks.push((mid, track.clone()));
                }
                Change::Channel(config) => {
                    let id = api.add_channel_with_config(config.clone());
                    self.channels.add(id, &config.label);
                    channels.push(id);
                }
                Change::Direction(mid, direction) => api.set_direction(*mid, *direction),
                Change::Stop(mid) => api.stop_media(*mid),
            }
        }
        if restart {
            // The addresses stay the same, and their candidates with them.
            api.ice_restart(true);
        }
        let Some((offer, pending)) = api.apply() else {
            return Err(Fault::refused("str0m makes no offer without a change"));
        };
        self.pending = Some(Pending { offer: pending, changes, tracks, channels });
        let sdp = offer.to_sdp_string();
        self.trickle(&sdp)?;
        Ok(json!({ "type": "offer", "sdp": sdp }))
    }

    pub(crate) fn accept(&mut self, sdp: &str) -> Result<(), Fault> {
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(Fault::refused)?;
        let pending = self.pending.take().ok_or_else(|| Fault::refused("no offer was made"))?;
        self.rtc()?.sdp_api().accept_answer(pending.offer, answer).map_err(Fault::refused)?;
        self.tracks.extend(pending.tracks);
        self.described(sdp);
        Ok(())
    }

    pub(crate) fn answer(&mut self, sdp: &str) -> Result<Value, Fault> {
        if self.pending.is_some() && self.options.polite == Some(false) {
            return Err(Fault::refused("an offer of its own stands"));
        }
        self.rollback_silently();
        let active = self.options.active && self.state == "new";
        // str0m is passive where it may choose. A program that wants the other role says so by the offer that it shows to it.
        let shown =
            if active { sdp.replace("a=setup:actpass", "a=setup:passive") } else { sdp.to_owned() };
        let offer = SdpOffer::from_sdp_string(&shown).map_err(Fault::refused)?;
        let answer = self.rtc()?.sdp_api().accept_offer(offer).map_err(Fault::refused)?;
        let answer = answer.to_sdp_string();
        self.place(sdp);
        self.described(&answer);
        self.trickle(&answer)?;
        Ok(json!({ "type": "answer", "sdp": answer }))
    }

    /// Tracks that wait take the m-lines that came.
    fn place(&mut self, offer: &str) {
        for section in sections(offer) {
            let mid = Mid::from(section.mid.as_str());
            let Some(kind) = section.kind.filter(|_| !section.rejected) else { continue };
            if self.tracks.contains_key(&mid) {
                continue;
            }
            let fits =
                |change: &Change| matches!(change, Change::Media(track) if track.kind == kind);
            let Some(at) = self.wanted.iter().position(fits) else { continue };
            if let Change::Media(track) = self.wanted.remove(at) {
                self.tracks.insert(mid, track);
            }
        }
    }

    /// Both descriptions are there.
    fn described(&mut self, answer: &str) {
        self.application = sections(answer).iter().any(|it| it.application && !it.rejected);
        if self.application {
            self.open_channels();
        }
        if self.state == "new" {
            self.becomes("connecting", None);
        }
    }

    pub(crate) fn rollback(&mut self) -> Result<(), Fault> {
        if self.pending.is_none() {
            return Err(Fault::refused("no offer was made"));
        }
        self.rollback_silently();
        Ok(())
    }

    /// What the offer told waits for the next one.
    fn rollback_silently(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        for id in pending.channels {
            self.channels.take_back(id);
        }
        let later = std::mem::replace(&mut self.wanted, pending.changes);
        self.wanted.extend(later);
    }
}

/// What matters of an m-line.
struct Section {
    mid: String,
    kind: Option<MediaKind>,
    application: bool,
    rejected: bool,
}

fn sections(sdp: &str) -> Vec<Section> {
    let mut all: Vec<Section> = Vec::new();
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            let mut words = media.split(' ');
            let kind = words.next().unwrap_or("");
            all.push(Section {
                mid: String::new(),
                kind: match kind {
                    "audio" => Some(MediaKind::Audio),
                    "video" => Some(MediaKind::Video),
                    _ => None,
                },
                application: kind == "application",
                rejected: words.next() == Some("0"),
            });
        } else if let (Some(mid), Some(section)) = (line.strip_prefix("a=mid:"), all.last_mut()) {
            section.mid = mid.trim().to_owned();
        }
    }
    all
}
