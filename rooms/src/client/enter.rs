//! The way into a room: a participant, and a thread that gets it a seat.

use std::io;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use lapwing_engine::{Bitrate, Codec, IceServer, IceTransportPolicy, RecordOptions, Rid};

use super::certificate::Trust;
use super::config::PeerConfig;
use super::drive::Session;
use super::log::LogFile;
use super::peer::Peer;
use super::secret::{Secret, owner};
use super::signalling::{Signalling, SignallingConfig};
use super::url::RoomUrl;
use super::wake::Bell;
use crate::protocol::signalling::Source;

/// Which room, and as whom.
#[derive(Debug)]
pub struct JoinConfig {
    /// The room.
    pub url: RoomUrl,
    /// The name that others see.
    pub name: String,
    /// Which certificates of the server are taken.
    pub trust: Trust,
    /// The room's password.
    pub password: Option<Secret>,
    /// The folder with the secret by which a program that starts again gets its seat back at once.
    /// Without it, it waits for its old seat to be given up.
    pub state: Option<PathBuf>,
    /// Where everything is recorded that enters the connections.
    pub log: Option<LogFile>,
    /// Servers that are asked beside those that the room hands out.
    pub ice_servers: Vec<IceServer>,
    /// Which candidates may be used: with those of relays only, others do not learn where this
    /// machine is.
    pub ice_transport_policy: IceTransportPolicy,
    /// What of it is recorded: without keys and payload a log can be looked at, not replayed.
    pub record: RecordOptions,
}

/// What a program brings into a room.
#[derive(Clone, Debug, Default)]
pub struct Baggage {
    /// What it sends.
    pub sources: Vec<Source>,
    /// Layers in which its pictures are sent to a server, best first; none for a single stream.
    pub layers: Vec<Rid>,
    /// Whether it wants the media of others.
    pub receives: bool,
    /// Codecs it can use.
    pub codecs: Vec<Codec>,
    /// Where its bandwidth estimate begins; `None` sends unpaced.
    pub initial_bitrate: Option<Bitrate>,
}

impl JoinConfig {
    /// A room without a password, whose server has a certificate that the system trusts, or none.
    pub fn new(url: RoomUrl, name: &str) -> Self {
        JoinConfig {
            url,
            name: name.to_owned(),
            trust: Trust::System,
            password: None,
            state: None,
            log: None,
            ice_servers: Vec::new(),
            ice_transport_policy: IceTransportPolicy::All,
            record: RecordOptions { keys: true, payload: true },
        }
    }

    /// Takes the way into the room. `bell` is rung whenever the session has something for its loop.
    ///
    /// # Errors
    /// The system's: no randomness, no thread.
    pub fn enter(self, baggage: Baggage, bell: Bell) -> io::Result<Session> {
        let mut seed = [0; 32];
        openssl::rand::rand_bytes(&mut seed).map_err(io::Error::other)?;
        let unix_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let owner = self.owner();
        let config = PeerConfig {
            seed,
            unix_time,
            codecs: baggage.codecs,
            loopback: self.url.is_loopback(),
            sources: baggage.sources,
            layers: baggage.layers,
            receives: baggage.receives,
            initial_bitrate: baggage.initial_bitrate,
            ice_servers: self.ice_servers,
            ice_transport_policy: self.ice_transport_policy,
            record: self.log.as_ref().map(|_| self.record),
        };
        let signalling = SignallingConfig {
            url: self.url,
            name: self.name,
            trust: self.trust,
            password: self.password,
            owner,
        };
        let peer = Peer::new(config, Instant::now());
        let signalling = Signalling::start(signalling, bell.clone())?;
        Ok(Session { signalling, bell, peer, log: self.log })
    }

    fn owner(&self) -> Option<Secret> {
        let owner = owner(self.state.as_deref()?, &self.url, &self.name);
        owner.inspect_err(|error| tracing::debug!(%error, "the seat has no secret")).ok()
    }
}
