//! What `lapwing serve` takes.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use lapwing_drivers::relay::External;
use lapwing_engine::IceUrl;
use lapwing_engine::turn::server::AddressRange;
use lapwing_rooms::hub::SOCKETS_PER_ADDRESS;
use lapwing_rooms::protocol::signalling::{IceServer, Mode};
use lapwing_rooms::server::{Listen, Origin};

use crate::choice;
use crate::turn;

const EXAMPLES: &str = "Examples:
  lapwing serve
      Rooms for this machine only, on http://127.0.0.1:8080/.
  lapwing serve --listen 0.0.0.0:8443 --self-signed
      For the local network. Browsers warn of the certificate once.
  lapwing serve --listen 0.0.0.0:443 --cert chain.pem --key key.pem \\
      --ice-server turn:turn.example.org:3478,user,secret
      For everybody, with a certificate and a TURN server.
  lapwing serve --listen 0.0.0.0:8443 --self-signed --advertise 203.0.113.7
      The same on a rented machine whose own address is a private one.
  lapwing serve --listen 0.0.0.0:8443 --self-signed --turn 0.0.0.0:3478
      The same with a relay in this process, for participants who reach each other in no other way.
  lapwing serve --ice-server turn:turn.example.org --ice-secret SECRET
      With coturn's use-auth-secret: names that expire.
  lapwing serve --mode direct
      Rooms for two, whose media do not pass through this server.

A link /r/ROOM opens a room; /r/ROOM?mode=direct asks for a direct one.

What waits on behalf of clients takes at most 64 MiB of memory in all, 8 MiB for one address and 1 MiB
for one client; files on their way through forward rooms 128 MiB, 16 MiB for one client. Whoever needs
more is sent away. The other limits are in docs/signalling.md.";

/// Run a server for rooms that people join with their browsers.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Address or name, and port, of the page and of signalling. Without a certificate it must be a
    /// loopback address, such as localhost:8080, because browsers give cameras only to secure
    /// pages.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub listen: Listen,
    /// What the server does in a room for which nobody asked otherwise.
    #[arg(long, value_parser = choice::mode(), default_value_t = Mode::Forward)]
    pub mode: Mode,
    /// Certificate chain in PEM, for https.
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "self_signed")]
    pub cert: Option<PathBuf>,
    /// Its private key in PEM. A file that others can read is refused: make it yours alone with
    /// chmod
    /// 600. Only the group of a file of root's may read it as well.
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Use https with a certificate of our own, which browsers warn of once. It is kept in
    /// $XDG_STATE_HOME/lapwing or ~/.local/state/lapwing.
    #[arg(long)]
    pub self_signed: bool,
    /// Address of this machine for media in forward mode; media use UDP. May be repeated. Without
    /// it, those listened on, or all of this machine for 0.0.0.0 and ::. Firefox does not connect
    /// to 127.0.0.1 from other addresses: for it, name one that others can reach.
    #[arg(long, value_name = "ADDR")]
    pub media: Vec<IpAddr>,
    /// UDP port for media. Without it, the number listened on.
    #[arg(long, value_name = "PORT")]
    pub media_port: Option<u16>,
    /// Address by which others reach this machine, where a translator (NAT) stands before it and
    /// maps the UDP port one to one. May be repeated.
    #[arg(long, value_name = "ADDR")]
    pub advertise: Vec<IpAddr>,
    /// STUN or TURN server for the participants, as URL or URL,USER,PASSWORD. May be repeated.
    #[arg(long = "ice-server", value_name = "URL[,USER,PASSWORD]", value_parser = ice_server)]
    pub ice_servers: Vec<IceServer>,
    /// User of the TURN servers that are named without one.
    #[arg(long, value_name = "USER", requires_all = ["ice_credential", "ice_servers"])]
    pub ice_user: Option<String>,
    /// That user's password.
    #[arg(long, value_name = "PASSWORD", requires = "ice_user")]
    pub ice_credential: Option<String>,
    /// Secret shared with the TURN servers that are named without a user, such as coturn's
    /// static-auth-secret: each participant gets a name of its own that expires after 12 hours.
    #[arg(long, value_name = "TEXT", conflicts_with = "ice_user", requires = "ice_servers")]
    pub ice_secret: Option<String>,
    /// Relay for the participants as well: a TURN server in this process, by UDP and TCP, on this
    /// address and port. Each participant gets a name of its own for it. See lapwing turn --help
    /// for what it relays to.
    #[arg(long, value_name = "ADDR:PORT")]
    pub turn: Option<SocketAddr>,
    /// Address by which others know one of this machine's, for --turn. May be repeated.
    #[arg(long, value_name = "LOCAL=PUBLIC", value_parser = turn::external, requires = "turn")]
    pub turn_external: Vec<External>,
    /// Ports of relayed addresses, for --turn.
    #[arg(long, value_name = "FIRST-LAST", value_parser = turn::ports, requires = "turn")]
    pub turn_port_range: Option<RangeInclusive<u16>>,
    /// Inner networks that may be reached through --turn. May be repeated.
    #[arg(long, value_name = "RANGE", requires = "turn")]
    pub turn_allow_peer: Vec<AddressRange>,
    /// Take the page from this folder instead of the one built in, for work on it.
    #[arg(long, value_name = "DIR")]
    pub web_dir: Option<PathBuf>,
    /// A page of another server that may open rooms here, as https://HOST or https://HOST:PORT. May
    /// be repeated. Our own page always may. Behind a proxy that speaks https, name what browsers
    /// see.
    #[arg(long, value_name = "URL")]
    pub allow_origin: Vec<Origin>,
    /// A name by which this server is reached, where others are to be refused. May be repeated. On
    /// a loopback address they are: there it is localhost, 127.0.0.1, ::1 and those of
    /// --allow-origin.
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
    /// Sockets that one address (of IPv6: one /64) may have at once; half as many rooms. Behind a
    /// proxy all come from its address: raise it there.
    #[arg(long, value_name = "COUNT", default_value_t = SOCKETS_PER_ADDRESS)]
    pub sockets_per_address: usize,
    /// Log one JSON object per line.
    #[arg(long)]
    pub json: bool,
    /// For tests only: let a program steer the page through ?control=ws://127.0.0.1:PORT. Whoever
    /// makes a person open such a link can do anything in the page.
    #[arg(long)]
    pub allow_control: bool,
}

fn ice_server(text: &str) -> Result<IceServer, String> {
    let mut parts = text.splitn(3, ',');
    let url = parts.next().unwrap_or_default();
    url.parse::<IceUrl>().map_err(|error| error.to_string())?;
    let (username, credential) = (parts.next(), parts.next());
    if username.is_some() != credential.is_some() {
        return Err("a user needs a password: URL,USER,PASSWORD".to_owned());
    }
    Ok(IceServer {
        urls: vec![url.to_owned()],
        username: username.map(str::to_owned),
        credential: credential.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ice_servers_are_checked() {
        let turn = ice_server("turn:[2001:db8::1]:3478?transport=tcp,ada,pass,word").expect("good");
        assert_eq!(turn.urls, ["turn:[2001:db8::1]:3478?transport=tcp"]);
        assert_eq!(turn.credential.as_deref(), Some("pass,word"));
        assert!(ice_server("stun:stun.example.org").is_ok());
        for bad in ["", "http://x", "turn:", "stun:x?transport=tcp", "turn:x,user"] {
            assert!(ice_server(bad).is_err(), "{bad:?}");
        }
    }
}
