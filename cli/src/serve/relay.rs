//! Servers for the participants' ICE: those that are named, and a relay in this process.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use lapwing_drivers::relay::{RelayConfig, RelayServer};
use lapwing_drivers::seed;
use lapwing_engine::turn::server::Users;
use lapwing_engine::{IceUrl, Protocol};
use lapwing_rooms::protocol::signalling::IceServer;
use lapwing_rooms::server::RelayAccess;

use super::args::Args;

/// Why there are no such servers.
#[derive(Debug)]
pub enum RelayFailure {
    /// A TURN server is named without a user, and there is no secret.
    NoUser(String),
    /// The relay cannot start.
    Start(SocketAddr, io::Error),
}

impl fmt::Display for RelayFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RelayFailure::NoUser(url) => write!(
                f,
                "{url} needs a user and a password: --ice-server URL,USER,PASSWORD, or --ice-user \
                 and --ice-credential, or --ice-secret"
            ),
            RelayFailure::Start(address, _) => write!(f, "cannot relay on {address}"),
        }
    }
}

impl std::error::Error for RelayFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RelayFailure::NoUser(_) => None,
            RelayFailure::Start(_, error) => Some(error),
        }
    }
}

/// What participants are handed.
pub(super) struct Servers {
    pub(super) fixed: Vec<IceServer>,
    pub(super) timed: Vec<RelayAccess>,
    /// It relays until it is dropped.
    pub(super) relay: Option<RelayServer>,
}

/// Starts the relay, if one is asked for, and gathers what participants are handed.
pub(super) fn servers(args: &Args) -> Result<Servers, RelayFailure> {
    let mut servers = Servers { fixed: Vec::new(), timed: Vec::new(), relay: None };
    for server in &args.ice_servers {
        let needs_user = server.username.is_none() && is_relay(server);
        let (user, password) = (args.ice_user.clone(), args.ice_credential.clone());
        match (&args.ice_secret, user) {
            _ if !needs_user => servers.fixed.push(server.clone()),
            (Some(secret), _) => {
                let (urls, secret) = (server.urls.clone(), secret.clone());
                servers.timed.push(RelayAccess { urls, secret });
            }
            (None, Some(user)) => servers.fixed.push(IceServer {
                username: Some(user),
                credential: password,
                ..server.clone()
            }),
            (None, None) => return Err(RelayFailure::NoUser(server.urls[0].clone())),
        }
    }
    if let Some(address) = args.turn {
        let failed = |error| RelayFailure::Start(address, error);
        let drawn = seed().map_err(failed)?;
        let secret: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
        let relay = start(args, address, &secret).map_err(failed)?;
        servers.timed.push(RelayAccess { urls: urls(&relay), secret });
        servers.relay = Some(relay);
    }
    Ok(servers)
}

fn start(args: &Args, address: SocketAddr, secret: &str) -> io::Result<RelayServer> {
    let mut config = RelayConfig::new("lapwing", &[address]);
    config.listen.push((address, Protocol::Tcp));
    config.users = Users::default().with_secret(secret);
    config.external.clone_from(&args.turn_external);
    config.peers.allowed.clone_from(&args.turn_allow_peer);
    config.ports = args.turn_port_range.clone().unwrap_or(config.ports);
    RelayServer::start(config, |fault| eprintln!("lapwing: {fault}"))
}

fn is_relay(server: &IceServer) -> bool {
    server.urls.iter().any(|url| url.parse().is_ok_and(|url: IceUrl| url.scheme().is_relay()))
}

/// Where it is, for participants: loopback addresses only where there is no other.
fn urls(relay: &RelayServer) -> Vec<String> {
    let is_near = |address: SocketAddr| address.ip().is_loopback();
    let all_near = relay.listeners().iter().all(|listener| is_near(listener.public));
    let told = relay.listeners().iter().filter(|one| all_near || !is_near(one.public));
    told.map(|one| format!("turn:{}?transport={}", one.public, one.protocol)).collect()
}
