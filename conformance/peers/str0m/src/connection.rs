//! One peer connection: the sockets, str0m between them, and what it tells.

use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use lapwing_peer::{Datagram, Fault, Input, Sockets, say};
use serde_json::{Value, json};
use str0m::change::SdpPendingOffer;
use str0m::channel::ChannelConfig;
use str0m::media::{Direction, KeyframeRequestKind, MediaData, Mid, Rid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, IceConnectionState, Output, Rtc};

use crate::channels::{self, Channels};
use crate::facts::Stats;
use crate::media::{self, Seen, Track};
use crate::options::Options;
use crate::profile;

/// How soon a `send` that waits for room looks again.
const ROOM_EVERY: Duration = Duration::from_millis(5);

/// A connection without anything to do looks up this often.
const IDLE: Duration = Duration::from_secs(1);

/// What str0m has to say when it is closed fits into this many outputs.
const LAST_WORDS_MAX: usize = 64;

/// What the next offer tells.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Media(Track),
    Channel(ChannelConfig),
    Direction(Mid, Direction),
    Stop(Mid),
}

/// An offer that waits for its answer.
pub(crate) struct Pending {
    pub(crate) offer: SdpPendingOffer,
    /// What it was made of, for when it is taken back.
    pub(crate) changes: Vec<Change>,
    /// m-lines of its new tracks.
    pub(crate) tracks: Vec<(Mid, Track)>,
    /// Its new channels.
    pub(crate) channels: Vec<str0m::channel::ChannelId>,
}

pub(crate) struct Connection {
    pub(crate) options: Options,
    pub(crate) sockets: Sockets,
    /// Made by the first description: its codecs are those of the tracks that stand then.
    pub(crate) rtc: Option<Rtc>,
    pub(crate) wanted: Vec<Change>,
    pub(crate) pending: Option<Pending>,
    pub(crate) tracks: BTreeMap<Mid, Track>,
    pub(crate) channels: Channels,
    pub(crate) gathered: bool,
    /// There is an m-line for data.
    pub(crate) application: bool,
    pub(crate) state: &'static str,
    /// The handshake is done.
    secured: bool,
    seen: Seen,
    stats: Stats,
    next: Instant,
}

impl Connection {
    pub(crate) fn open(options: Options, inbox: &SyncSender<Input>) -> Result<Self, Fault> {
        profile::forget();
        Ok(Connection {
            options,
            sockets: Sockets::open(inbox).map_err(Fault::failed)?,
            rtc: None,
            wanted: Vec::new(),
            pending: None,
            tracks: BTreeMap::new(),
            channels: Channels::default(),
            gathered: false,
            application: false,
            state: "new",
            secured: false,
            seen: Seen::default(),
            stats: Stats::default(),
            next: Instant::now(),
        })
    }

    pub(crate) fn request(
        &mut self,
        id: u64,
        name: &str,
        request: &Value,
    ) -> Result<Option<Value>, Fault> {
        let text = |name: &str| request[name].as_str().unwrap_or("");
        let done = Ok(Some(json!({})));
        match name {
            "media" => self.wanted.push(Change::Media(Track::parse(request)?)),
            "channel" => self.channel(channels::config(request)?),
            "offer" => return self.offer(request["restart"] == true).map(Some),
            "answer" => return self.answer(text("sdp")).map(Some),
            "accept" => self.accept(text("sdp"))?,
            "rollback" => self.rollback()?,
            "candidate" => self.candidate(text("candidate"))?,
            "send" => {
                self.channels.send(id, request)?;
                return Ok(None);
            }
            "received" => return Ok(Some(self.channels.received(text("channel")))),
            "seen" => return Ok(Some(self.seen.told())),
            "stats" => {
                let channels = json!(self.channels.told());
                return Ok(Some(self.stats.told(self.rtc.as_mut(), channels)));
            }
            "direction" => {
                let direction = media::direction(text("direction"))?;
                self.wanted.push(Change::Direction(Mid::from(text("mid")), direction));
            }
            "stop" => self.wanted.push(Change::Stop(Mid::from(text("mid")))),
            "close_channel" => {
                let rtc = self.rtc.as_mut().ok_or_else(|| Fault::failed("nothing is open"))?;
                self.channels.close(rtc, text("channel"))?;
            }
            "keyframe" => self.ask_keyframe(Mid::from(text("mid")), None)?,
            "layer" => return Err(Fault::unsupported("it sends back and chooses no layers")),
            _ => return Err(Fault::unsupported(name)),
        }
        done
    }

    fn candidate(&mut self, line: &str) -> Result<(), Fault> {
        if line.is_empty() {
            return Ok(());
        }
        let candidate = Candidate::from_sdp_string(line).map_err(Fault::refused)?;
        let rtc = self.rtc.as_mut().ok_or_else(|| Fault::refused("no description is set"))?;
        rtc.add_remote_candidate(candidate);
        Ok(())
    }

    pub(crate) fn datagram(&mut self, datagram: &Datagram) {
        let Some(rtc) = &mut self.rtc else { return };
        if datagram.sockets != self.sockets.number || !rtc.is_alive() {
            return;
        }
        let receive = Receive::new(Protocol::Udp, datagram.remote, datagram.local, &datagram.bytes);
        let receive = match receive {
            Ok(receive) => receive,
            Err(error) => {
                eprintln!("{} bytes of {}: {error}", datagram.bytes.len(), datagram.remote);
                return;
            }
        };
        let handled = rtc.handle_input(str0m::Input::Receive(datagram.at, receive));
        if let Err(error) = handled {
            self.failed(&error.to_string());
        }
    }

    /// Lets str0m do what there is to do; when it wants to be woken.
    pub(crate) fn turn(&mut self) -> Instant {
        let now = Instant::now();
        let Some(rtc) = self.rtc.as_mut().filter(|rtc| rtc.is_alive()) else { return now + IDLE };
        if now >= self.next
            && let Err(error) = rtc.handle_input(str0m::Input::Timeout(now))
        {
            self.failed(&error.to_string());
        }
        if let Some(rtc) = &mut self.rtc {
            self.channels.push(rtc);
        }
        self.next = self.drain();
        if self.channels.waits() { self.next.min(now + ROOM_EVERY) } else { self.next }
    }

    fn drain(&mut self) -> Instant {
        loop {
            let idle = Instant::now() + IDLE;
            let Some(rtc) = self.rtc.as_mut().filter(|rtc| rtc.is_alive()) else { return idle };
            match rtc.poll_output() {
                Ok(Output::Timeout(at)) => return at,
                Ok(Output::Transmit(it)) => {
                    self.sockets.send(it.source, it.destination, &it.contents);
                }
                Ok(Output::Event(event)) => self.event(event),
                Err(error) => {
                    self.failed(&error.to_string());
                    return idle;
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        self.stats.take(&event);
        match event {
            Event::Connected => {
                self.secured = true;
                self.becomes("connected", None);
            }
            Event::IceConnectionStateChange(state) => self.ice(state),
            Event::MediaAdded(it) => say(
                "media",
                json!({
                    "mid": it.mid.to_string(), "kind": media::kind_text(it.kind),
                    "direction": media::direction_text(it.direction),
                }),
            ),
            Event::MediaChanged(it) => self.media_changed(it.mid, it.direction),
            Event::MediaData(data) => self.send_back(&data),
            Event::KeyframeRequest(it) => {
                if let Err(fault) = self.ask_keyframe(it.mid, it.rid) {
                    eprintln!("a request for a key frame goes no further: {fault:?}");
                }
            }
            Event::ChannelOpen(id, label) => {
                if let Some(rtc) = &mut self.rtc {
                    self.channels.opened(rtc, id, label);
                }
            }
            Event::ChannelData(data) => self.channels.arrived(&data),
            Event::ChannelClose(id) => self.channels.closed(id),
            Event::Closed => self.becomes("closed", None),
            _ => {}
        }
    }

    fn ice(&mut self, state: IceConnectionState) {
        let text = format!("{state:?}").to_lowercase();
        say("ice", json!({ "state": text }));
        if state.is_disconnected() {
            self.becomes("disconnected", None);
        } else if state.is_connected() && self.secured {
            self.becomes("connected", None);
        } else if state == IceConnectionState::Checking && self.state == "new" {
            self.becomes("connecting", None);
        }
    }

    fn media_changed(&self, mid: Mid, direction: Direction) {
        let Some(media) = self.rtc.as_ref().and_then(|rtc| rtc.media(mid)) else { return };
        say(
            "media",
            json!({
                "mid": mid.to_string(), "kind": media::kind_text(media.kind()),
                "direction": media::direction_text(direction), "stopped": media.stopped(),
            }),
        );
    }

    /// A frame goes back where it came from.
    fn send_back(&mut self, data: &MediaData) {
        let Some(rtc) = &mut self.rtc else { return };
        let Some(media) = rtc.media(data.mid) else { return };
        let (kind, sends) = (media.kind(), media.direction().is_sending());
        self.seen.count(kind, data);
        if kind.is_video()
            && !data.contiguous
            && let Err(fault) = self.ask_keyframe(data.mid, data.rid)
        {
            eprintln!("no key frame after a gap: {fault:?}");
        }
        let back = self.tracks.get(&data.mid);
        let echoes = back.is_some_and(|track| track.echo && track.direction.is_sending());
        let Some(rtc) = self.rtc.as_mut().filter(|_| echoes && sends) else { return };
        let Some(writer) = rtc.writer(data.mid) else { return };
        let Some(pt) = writer.match_params(data.params) else {
            eprintln!("{}: the payload type {} cannot be sent", data.mid, data.pt);
            return;
        };
        if let Err(error) = writer.write(pt, data.network_time, data.time, data.data.clone()) {
            eprintln!("{}: {error}", data.mid);
        }
    }

    fn ask_keyframe(&mut self, mid: Mid, rid: Option<Rid>) -> Result<(), Fault> {
        let rtc = self.rtc.as_mut().ok_or_else(|| Fault::failed("nothing is open"))?;
        let mut writer =
            rtc.writer(mid).ok_or_else(|| Fault::refused(format!("no m-line {mid}")))?;
        writer.request_keyframe(rid, KeyframeRequestKind::Pli).map_err(Fault::refused)
    }

    pub(crate) fn becomes(&mut self, state: &'static str, reason: Option<&str>) {
        if self.state == state {
            return;
        }
        self.state = state;
        let mut event = json!({ "state": state });
        if let Some(reason) = reason {
            event["reason"] = json!(reason);
        }
        say("connection", event);
    }

    fn failed(&mut self, reason: &str) {
        self.becomes("failed", Some(reason));
        self.rtc = None;
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self) {
        let Some(mut rtc) = self.rtc.take() else { return };
        if let Err(error) = rtc.close() {
            eprintln!("close: {error}");
        }
        for _ in 0..LAST_WORDS_MAX {
            match rtc.poll_output() {
                Ok(Output::Transmit(it)) => {
                    self.sockets.send(it.source, it.destination, &it.contents);
                }
                Ok(Output::Event(_)) => {}
                Ok(Output::Timeout(_)) | Err(_) => return,
            }
        }
    }
}
