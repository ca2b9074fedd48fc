//! The peer program: requests in, lines out.

use std::time::{Duration, Instant};

use lapwing_engine::{Event, KeyframeRequestKind, MediaKind, Rtc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::args::Args;
use super::connection::Connection;
use super::content::{ECHOED, made};
use super::fault::Fault;
use super::file::FilePart;
use super::options::Options;

/// What this peer can do, in the words of the protocol.
const FEATURES: &[&str] = &[
    "offer",
    "answer",
    "echo",
    "data",
    "unordered",
    "max-retransmits",
    "max-lifetime",
    "negotiated",
    "close-channel",
    "empty-message",
    "text",
    "trickle",
    "restart",
    "lite",
    "renegotiate",
    "direction",
    "stop",
    "rollback",
    "several",
    "simulcast",
    "dtls-1.2",
    "dtls-1.3",
    "dtls-choice",
    "srtp:SRTP_AES128_CM_HMAC_SHA1_80",
    "srtp:SRTP_AEAD_AES_128_GCM",
    "srtp:SRTP_AEAD_AES_256_GCM",
    "ipv6",
    "nack",
    "pli",
    "red",
    "flexfec-03",
    "ulpfec",
    "ccfb",
    "ecn",
    "snap",
    "sped",
    "h264-mode",
];

/// Who a peer program is, and what it cannot know by itself.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name in the first line.
    pub name: String,
    /// Where everything random comes from.
    pub seed: [u8; 32],
    /// The wall clock at the start, as time since the Unix epoch.
    pub unix_time: Duration,
}

/// A peer program without the program: give it requests, the engine's events and the time.
///
/// After each call, drain [`Self::rtc`], and take lines and files.
pub struct Agent {
    identity: Identity,
    started: Instant,
    /// How often a connection was opened.
    generation: u32,
    connection: Option<Connection>,
    lines: Vec<Value>,
    files: Vec<FilePart>,
    over: bool,
}

impl Agent {
    /// A peer program that begins at `now`. Its first line says what it can do.
    pub fn new(identity: Identity, now: Instant) -> Agent {
        let ready = ready(&identity.name);
        Agent {
            identity,
            started: now,
            generation: 0,
            connection: None,
            lines: vec![ready],
            files: Vec::new(),
            over: false,
        }
    }

    /// The engine's connection, when there is one.
    pub fn rtc(&mut self) -> Option<&mut Rtc> {
        self.connection.as_mut()?.rtc.as_mut()
    }

    /// How many connections there were: a runner that sees it change needs new sockets.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The program was told to end.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Does what a request asks for. Replies are among [`Self::take_lines`], some of them later.
    pub fn request(&mut self, request: &Value, now: Instant) {
        let args = Args(request);
        match self.carry_out(args, now) {
            Ok(Some(content)) => {
                self.collect();
                self.lines.push(json!({"id": args.id(), "ok": content}));
            }
            Ok(None) => self.collect(),
            Err(fault) => {
                self.collect();
                self.lines.push(fault.reply(&args.id()));
            }
        }
    }

    /// As [`Self::request`], of a line of text.
    pub fn line(&mut self, line: &str, now: Instant) {
        match serde_json::from_str(line) {
            Ok(request) => self.request(&request, now),
            Err(error) => {
                let text = format!("no request: {error}");
                self.lines.push(json!({"event": "log", "text": text}));
            }
        }
    }

    /// The engine said something.
    pub fn event(&mut self, event: Event, now: Instant) {
        if let Some(connection) = &mut self.connection {
            connection.event(event, now);
        }
        self.collect();
    }

    /// Does what is due; gives the time when more is.
    pub fn wake(&mut self, now: Instant) -> Option<Instant> {
        let wake = self.connection.as_mut().and_then(|connection| connection.wake(now));
        self.collect();
        wake
    }

    /// The end of the input: nobody asks any more.
    pub fn end(&mut self, now: Instant) {
        if let Some(connection) = &mut self.connection {
            connection.close(now);
        }
        self.collect();
        self.over = true;
    }

    /// Replies and events since the last call.
    pub fn take_lines(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.lines)
    }

    /// What belongs into files since the last call.
    pub fn take_files(&mut self) -> Vec<FilePart> {
        std::mem::take(&mut self.files)
    }

    fn collect(&mut self) {
        if let Some(connection) = &mut self.connection {
            self.lines.append(&mut connection.out);
            self.files.append(&mut connection.take_files());
        }
    }

    /// `None` when the reply comes later.
    fn carry_out(&mut self, args: Args<'_>, now: Instant) -> Result<Option<Value>, Fault> {
        let verb = args.text("do")?;
        match verb {
            "open" => self.open(args, now)?,
            "exit" => self.end(now),
            _ => return self.command(verb, args, now),
        }
        Ok(Some(json!({})))
    }

    fn command(
        &mut self,
        verb: &str,
        args: Args<'_>,
        now: Instant,
    ) -> Result<Option<Value>, Fault> {
        let connection = self.connection.as_mut();
        let connection = connection.ok_or_else(|| Fault::Failed("nothing is open".to_owned()))?;
        match verb {
            "media" => connection.media(args)?,
            "channel" => connection.channels.ask(args, connection.rtc.as_mut())?,
            "offer" => return connection.offer(args, now),
            "answer" => return connection.answer(args, now),
            "accept" => connection.accept(args)?,
            "rollback" => connection.rollback()?,
            "candidate" => connection.candidate(args)?,
            "send" => {
                connection.channels.send(args)?;
                connection.pump();
                return Ok(None);
            }
            "received" => return connection.channels.received(args.text("channel")?).map(Some),
            "seen" => return Ok(Some(connection.seen())),
            "stats" => return Ok(Some(connection.stats())),
            "direction" => connection.direction(args)?,
            "stop" => connection.stop(args)?,
            "close_channel" => {
                connection.channels.close(args.text("channel")?, connection.rtc.as_mut())?;
            }
            "layer" => connection.layer(args)?,
            "keyframe" => {
                let mid = args.mid()?;
                let unknown = || Fault::Refused(format!("there is no m-line {mid}"));
                let rid = connection.receivers.get(&mid).and_then(|receiver| receiver.rid);
                let mut media = connection.engine()?.media(mid).ok_or_else(unknown)?;
                media.request_keyframe(rid, KeyframeRequestKind::Pli).map_err(Fault::refused)?;
            }
            "close" => connection.close(now),
            other => return Err(Fault::Unsupported(format!("no request {other:?} is known"))),
        }
        Ok(Some(json!({})))
    }

    fn open(&mut self, args: Args<'_>, now: Instant) -> Result<(), Fault> {
        let options = Options::parse(args)?;
        if let Some(connection) = &mut self.connection {
            connection.keep(now, true);
        }
        self.collect();
        self.generation += 1;
        let mut seed = Sha256::new();
        seed.update(self.identity.seed);
        seed.update(self.generation.to_be_bytes());
        let passed = now.saturating_duration_since(self.started);
        let unix_time = self.identity.unix_time + passed;
        let connection = Connection::new(options, seed.finalize().into(), unix_time, now);
        self.connection = Some(connection);
        Ok(())
    }
}

/// The first line.
fn ready(name: &str) -> Value {
    let names = |kind| made(kind).iter().map(|codec| codec.name()).collect::<Vec<_>>();
    json!({
        "event": "ready",
        "peer": name,
        "version": env!("CARGO_PKG_VERSION"),
        "content": "codecs",
        "audio": names(MediaKind::Audio),
        "video": names(MediaKind::Video),
        // Of these the frames can be sent back with `content` `echo`, and are counted, not looked
        // at.
        "echo": ECHOED.map(|codec| codec.name()),
        "features": FEATURES,
    })
}
