//! What `lapwing turn` takes.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use lapwing_drivers::relay::External;
use lapwing_engine::turn::server::{AddressRange, TurnLimits};

const EXAMPLES: &str = "Examples:
  lapwing turn --user ada:secret
      A relay for one user, on port 3478 of this machine's addresses, by UDP and TCP.
  lapwing turn --secret-file turn.secret --realm example.org \\
      --tls-cert chain.pem --tls-key key.pem
      For a web service that hands out names that expire (coturn's use-auth-secret), with TLS on 5349.
  lapwing turn --user ada:secret --external 10.0.0.5=203.0.113.7
      On a rented machine whose own address is a private one.
  lapwing turn --listen 127.0.0.1:3478 --allow-peer 127.0.0.0/8 --user ada:secret
      For experiments on this machine.
  lapwing turn
      STUN alone: it tells clients their addresses.

Peers in private, loopback, link-local and other inner networks are refused unless --allow-peer names
them. It ends on Ctrl-C with exit code 0; 1 says that it could not start or broke down, 2 that the
command line is wrong. See docs/turn-server.md.";

/// Run a STUN and TURN server, which tells clients their addresses and relays for them.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Address and port for UDP and TCP; `0.0.0.0` and `[::]` mean all of this machine's. May be
    /// repeated. Two addresses with two ports each let clients find out what their NAT does.
    #[arg(long, value_name = "ADDR:PORT", default_value = "0.0.0.0:3478")]
    pub listen: Vec<SocketAddr>,
    /// Address and port for TLS. May be repeated. Without it, port 5349 of the addresses listened
    /// on, once there is a certificate.
    #[arg(long, value_name = "ADDR:PORT", requires = "tls_cert")]
    pub tls_listen: Vec<SocketAddr>,
    /// Certificate chain in PEM, for TLS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Address of this machine from which peers are reached; one of each family. Without it, the
    /// first that is listened on.
    #[arg(long, value_name = "ADDR")]
    pub relay_address: Vec<IpAddr>,
    /// Address by which others know one of this machine's, where a translator (NAT) stands before
    /// it. May be repeated.
    #[arg(long, value_name = "LOCAL=PUBLIC", value_parser = external)]
    pub external: Vec<External>,
    /// What passwords are good for; clients show it to nobody.
    #[arg(long, default_value = "lapwing")]
    pub realm: String,
    /// A user who may have relays. May be repeated. Others on this machine can see it in the list
    /// of processes.
    #[arg(long, value_name = "NAME:PASSWORD", value_parser = user)]
    pub user: Vec<(String, String)>,
    /// Secret under which names that expire are made, as coturn's static-auth-secret. May be
    /// repeated.
    #[arg(long, value_name = "TEXT")]
    pub secret: Vec<String>,
    /// File whose first line is such a secret.
    #[arg(long, value_name = "FILE")]
    pub secret_file: Vec<PathBuf>,
    /// Ports of relayed addresses.
    #[arg(long, value_name = "FIRST-LAST", value_parser = ports, default_value = "49152-65535")]
    pub port_range: RangeInclusive<u16>,
    /// Relayed addresses that one user may have at once; one more is refused with 486.
    #[arg(long, value_name = "COUNT", default_value_t = TurnLimits::default().allocations_per_user)]
    pub quota: usize,
    /// Relayed addresses of all users together; one more is refused with 508.
    #[arg(long, value_name = "COUNT", default_value_t = TurnLimits::default().allocations)]
    pub allocations: usize,
    /// Peers that may be reached in any case: an address, a prefix or FIRST-LAST. May be repeated.
    #[arg(long, value_name = "RANGE")]
    pub allow_peer: Vec<AddressRange>,
    /// Peers that may not be reached. May be repeated.
    #[arg(long, value_name = "RANGE")]
    pub deny_peer: Vec<AddressRange>,
    /// Server to which clients are sent (300, Try Alternate) when this one is full.
    #[arg(long, value_name = "ADDR:PORT")]
    pub alternate: Option<SocketAddr>,
    /// Threads; one for each core unless said otherwise.
    #[arg(long, value_name = "COUNT")]
    pub threads: Option<NonZeroUsize>,
    /// Answer with metrics as text, in the way of Prometheus, to http requests here. Anybody who
    /// reaches it may read them.
    #[arg(long, value_name = "ADDR:PORT")]
    pub metrics: Option<SocketAddr>,
    /// Print metrics as one JSON object a line, every ten seconds and at the end.
    #[arg(long)]
    pub json: bool,
}

fn user(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':').filter(|(name, word)| !name.is_empty() && !word.is_empty());
    let (name, password) = parts.ok_or("a user is NAME:PASSWORD")?;
    Ok((name.to_owned(), password.to_owned()))
}

/// Reads a range of ports.
pub(crate) fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let wrong = || format!("{text:?} is not like 49152-65535");
    let (first, last) = text.split_once('-').ok_or_else(wrong)?;
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(wrong);
    let (first, last) = (port(first)?, port(last)?);
    if first > last {
        return Err(wrong());
    }
    Ok(first..=last)
}

/// Reads an address of ours and the one by which others know it.
pub(crate) fn external(text: &str) -> Result<External, String> {
    let wrong = || format!("{text:?} is not like 10.0.0.5=203.0.113.7");
    let (local, public) = text.split_once('=').ok_or_else(wrong)?;
    let address = |text: &str| text.parse::<IpAddr>().map_err(|_| wrong());
    let (local, public) = (address(local)?, address(public)?);
    if local.is_ipv4() != public.is_ipv4() {
        return Err(wrong());
    }
    Ok(External { local, public })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn parse(words: &[&str]) -> Result<Args, String> {
        let words = [&["turn"], words].concat();
        Line::try_parse_from(words).map(|line| line.args).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_typed_is_read() {
        let args = parse(&[]).expect("a server of STUN alone");
        assert_eq!((args.quota, args.port_range), (64, lapwing_drivers::relay::PORTS_DEFAULT));
        let words = "--user ada:pass:word --external 10.0.0.5=203.0.113.7 --port-range 5000-5001 \
            --deny-peer 198.51.100.0/24 --allow-peer 10.0.0.7";
        let args = parse(&words.split_whitespace().collect::<Vec<_>>()).expect("good");
        assert_eq!(args.user, [("ada".to_owned(), "pass:word".to_owned())]);
        assert_eq!((args.port_range, args.allow_peer.len()), (5_000..=5_001, 1));
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [
            ["--user", "ada"],
            ["--user", ":secret"],
            ["--port-range", "5-4"],
            ["--port-range", "0-4"],
            ["--external", "10.0.0.5"],
            ["--external", "10.0.0.5=::1"],
            ["--allow-peer", "10.0.0.0/33"],
            ["--listen", "localhost"],
            ["--tls-cert", "chain.pem"],
        ] {
            assert!(parse(&words).is_err(), "{words:?}");
        }
    }
}
