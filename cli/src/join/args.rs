//! What every command takes that joins a room.

use std::io;
use std::path::PathBuf;

use lapwing_engine::{IceServer, IceTransportPolicy, IceUrl, RecordOptions};
use lapwing_rooms::client::{
    Baggage, Bell, DriverKind, Fingerprint, JoinConfig, LogFile, PASSWORD_VARIABLE, RoomUrl,
    Secret, Session, Trust,
};
use lapwing_rooms::disk::state_folder;

use crate::choice;

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
    /// The room's password. Others on this machine see it in the list of processes: it is better
    /// put into the environment as LAPWING_ROOM_PASSWORD. The first in a room sets it.
    #[arg(long, value_name = "WORDS")]
    pub password: Option<Secret>,
    /// Take the server's certificate with this SHA-256 fingerprint, which the server prints at its
    /// start, and no other.
    #[arg(long, value_name = "SHA256", conflicts_with = "insecure")]
    pub fingerprint: Option<Fingerprint>,
    /// Take any certificate of the server: whoever is in between can read and change everything.
    #[arg(long)]
    pub insecure: bool,
    /// A STUN or TURN server to ask beside those that the room hands out, such as
    /// `stun:stun.example.org` or `turn:relay.example.org`. May be given several times.
    #[arg(long, value_name = "URL")]
    pub ice_server: Vec<IceUrl>,
    /// The user name of these servers' relays.
    #[arg(long, value_name = "NAME", default_value = "", requires = "ice_server")]
    pub ice_username: String,
    /// Their password. Others on this machine see it in the list of processes.
    #[arg(long, value_name = "WORDS", default_value = "", requires = "ice_server")]
    pub ice_credential: String,
    /// Be reached by relays only, so that others do not learn where this machine is.
    #[arg(long)]
    pub ice_relay: bool,
    /// What waits for sockets and time.
    #[arg(long, value_parser = choice::driver(), default_value = DriverKind::Mio.name())]
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
    /// Replace the file of --log when it is there.
    #[arg(long, requires = "log")]
    pub force: bool,
    /// Where the secret is kept by which a program that starts again gets its seat back at once.
    #[arg(skip)]
    pub state: Option<PathBuf>,
}

impl JoinArgs {
    /// Takes the way into the room: a participant, and a thread that gets it a seat.
    ///
    /// # Errors
    /// The system's: no randomness, no thread, no log file.
    pub fn enter(&self, baggage: Baggage, bell: Bell) -> io::Result<Session> {
        let (password, ice_servers) = (self.password()?, self.ice_servers()?);
        // Last, because it may take the place of another.
        let log = self.log.as_deref().map(|path| LogFile::create(path, self.force)).transpose()?;
        let (keys, payload) = (!self.log_redacted, !self.log_redacted);
        let config = JoinConfig {
            url: self.url.clone(),
            name: self.name.clone(),
            trust: match self.fingerprint {
                Some(fingerprint) => Trust::Pinned(fingerprint),
                None if self.insecure => Trust::Any,
                None => Trust::System,
            },
            password,
            ice_servers,
            ice_transport_policy: match self.ice_relay {
                true => IceTransportPolicy::Relay,
                false => IceTransportPolicy::All,
            },
            state: self.state.clone(),
            log,
            record: RecordOptions { keys, payload },
        };
        config.enter(baggage, bell)
    }

    /// As a program that keeps what it needs at its next start.
    pub(crate) fn with_state(self) -> Self {
        JoinArgs { state: state_folder(), ..self }
    }

    fn ice_servers(&self) -> io::Result<Vec<IceServer>> {
        let server = |url: &IceUrl| {
            IceServer::new([url.to_string().as_str()], &self.ice_username, &self.ice_credential)
                .map_err(|error| io::Error::other(format!("--ice-server {url}: {error}")))
        };
        self.ice_server.iter().map(server).collect()
    }

    fn password(&self) -> io::Result<Option<Secret>> {
        if self.password.is_some() {
            return Ok(self.password.clone());
        }
        let Ok(word) = std::env::var(PASSWORD_VARIABLE) else { return Ok(None) };
        let read = word.parse().map(Some);
        read.map_err(|error: String| io::Error::other(format!("{PASSWORD_VARIABLE}: {error}")))
    }
}

/// The user's name, where the environment says it.
fn default_name() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    let fits = !user.is_empty() && user.len() <= 40 && !user.chars().any(char::is_control);
    if fits { user } else { "lapwing".to_owned() }
}
