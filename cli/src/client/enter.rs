//! From the command line into a room.

use std::io;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use lapwing_engine::{Bitrate, Codec, RecordOptions};

use super::drive::{DriverKind, Session};
use super::log::LogFile;
use super::peer::{Peer, PeerConfig};
use super::signalling::{Signalling, SignallingConfig};
use super::url::RoomUrl;
use super::wake::Bell;
use crate::protocol::signalling::Source;

/// What every program takes that joins a room.
#[derive(Clone, Debug, clap::Args)]
pub struct JoinArgs {
    /// The room's link, such as `http://127.0.0.1:8080/r/tea`. With ?mode=direct a room that this
    /// program opens is for two, whose media do not pass through the server.
    #[arg(value_name = "URL")]
    pub url: RoomUrl,
    /// The name that others see.
    #[arg(long, default_value_t = default_name())]
    pub name: String,
    /// Take any certificate of the server.
    #[arg(long)]
    pub insecure: bool,
    /// What waits for sockets and time.
    #[arg(long, value_enum, default_value_t = DriverKind::Mio)]
    pub driver: DriverKind,
    /// Tell everything as JSON, one object a line, on the standard output.
    #[arg(long)]
    pub json: bool,
    /// Log everything that enters the connection into this file, for `lapwing replay`. The log
    /// holds the keys of the call and all that was said: keep it as such.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Leave keys and payload out of the log. It can then be looked at, not replayed.
    #[arg(long, requires = "log")]
    pub log_redacted: bool,
}

/// What a program brings into a room.
#[derive(Clone, Debug, Default)]
pub struct Baggage {
    /// What it sends.
    pub sources: Vec<Source>,
    /// Whether it wants the media of others.
    pub receives: bool,
    /// Codecs it can use.
    pub codecs: Vec<Codec>,
    /// Where its bandwidth estimate begins; `None` sends unpaced.
    pub initial_bitrate: Option<Bitrate>,
}

impl JoinArgs {
    /// Takes the way into the room: a participant, and a thread that gets it a seat.
    ///
    /// # Errors
    /// The system's: no randomness, no thread, no log file.
    pub fn enter(&self, baggage: Baggage, bell: Bell) -> io::Result<Session> {
        let log = self.log.as_deref().map(LogFile::create).transpose()?;
        let (keys, payload) = (!self.log_redacted, !self.log_redacted);
        let mut seed = [0; 32];
        openssl::rand::rand_bytes(&mut seed).map_err(io::Error::other)?;
        let unix_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let config = PeerConfig {
            seed,
            unix_time,
            codecs: baggage.codecs,
            loopback: self.url.is_loopback(),
            sources: baggage.sources,
            receives: baggage.receives,
            initial_bitrate: baggage.initial_bitrate,
            record: log.as_ref().map(|_| RecordOptions { keys, payload }),
        };
        let signalling = SignallingConfig {
            url: self.url.clone(),
            name: self.name.clone(),
            insecure: self.insecure,
        };
        let peer = Peer::new(config, Instant::now());
        let signalling = Signalling::start(signalling, bell.clone())?;
        Ok(Session { signalling, bell, peer, log })
    }
}

/// The user's name, where the environment says it.
fn default_name() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    let fits = !user.is_empty() && user.len() <= 40 && !user.chars().any(char::is_control);
    if fits { user } else { "lapwing".to_owned() }
}
