//! Findings in words, with what to change.

use std::fmt;

use super::finding::Finding;
use super::report::NatOutcome;
use crate::turn::client::{NatBehaviour, NatFiltering, NatMapping};

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::CredentialsExpired { url, seconds } => write!(
                f,
                "{url}: the time-limited user name is over since {seconds} s: get new credentials, \
                 and check the clocks"
            ),
            Finding::ProxyRefused { status } => write!(
                f,
                "the HTTP proxy refuses tunnels ({status}): give its credentials, or have it allow \
                 CONNECT to the server's port"
            ),
            Finding::ServerRefused { url, reason } => write!(f, "{url}: refused: {reason}"),
            Finding::NameUnknown { url }
            | Finding::WrongCredentials { url }
            | Finding::QuotaReached { url }
            | Finding::ServerFull { url }
            | Finding::TlsName { url }
            | Finding::TlsUntrusted { url }
            | Finding::ServerUnreachable { url } => write!(f, "{url}: {}", of_server(self)),
            other => f.write_str(of_network(other)),
        }
    }
}

fn of_server(finding: &Finding) -> &'static str {
    match finding {
        Finding::NameUnknown { .. } => "the name has no address (DNS): check its spelling",
        Finding::WrongCredentials { .. } => {
            "wrong user name or credential: check both, and the server's realm or secret"
        }
        Finding::QuotaReached { .. } => {
            "the user has as many allocations as the server allows: end other calls, or raise the \
             quota"
        }
        Finding::ServerFull { .. } => "the server has no room for another allocation: add servers",
        Finding::TlsName { .. } => {
            "the server's certificate names somebody else: use the name in the certificate, or \
             have it made for this one"
        }
        Finding::TlsUntrusted { .. } => {
            "the server's certificate is not trusted, or not valid at this time: give its \
             authority, or renew it"
        }
        _ => {
            "the server does not answer, and others do: check that it runs, its port, and its \
             firewall"
        }
    }
}

fn of_network(finding: &Finding) -> &'static str {
    match finding {
        Finding::NoNetwork => {
            "no interface has an address that others can reach: connect to a network"
        }
        Finding::NoNameResolution => {
            "no server's name has an address: name resolution (DNS) does not work here; check the \
             resolver, or give servers by their addresses"
        }
        Finding::UdpBlocked => {
            "UDP is blocked: servers are reached by TCP and none by UDP; let UDP out, or use \
             relays over TCP or TLS (turn:..?transport=tcp, turns:)"
        }
        Finding::Ipv6Blackhole => {
            "IPv6 leads nowhere: there is an address, and no server answers over it while others \
             answer over IPv4; mend the IPv6 route, or take the address away"
        }
        Finding::NothingReached => {
            "no server answers, by any protocol: the network leads nowhere, a firewall blocks all \
             of it, or the servers are down"
        }
        Finding::AnswersDropped => {
            "the peer's checks come, and no answer to ours: a firewall on the way drops answers; \
             have it let UDP back in that answers what went out"
        }
        Finding::SymmetricNatWithoutRelay => {
            "the NAT maps each destination to another port (a symmetric NAT), and there is no \
             relay: add a TURN server"
        }
        Finding::NoPathWithoutRelay => {
            "no pair of candidates works, and there is no relay: add a TURN server"
        }
        _ => {
            "no pair of candidates works, though there is a relay: the peer's candidates did not \
             come, or the relay does not reach it"
        }
    }
}

impl fmt::Display for NatOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NatOutcome::Asking => f.write_str("not known yet"),
            NatOutcome::Unreachable(fault) => write!(f, "{fault}"),
            NatOutcome::Failed(fault) => write!(f, "{fault}"),
            NatOutcome::NotSupported => f.write_str(
                "the server cannot tell: it does not support RFC 5780, for which it needs a \
                 second address",
            ),
            NatOutcome::Told(behaviour) => {
                write!(f, "{behaviour}")?;
                of_nat(*behaviour).map_or(Ok(()), |follows| write!(f, ": {follows}"))
            }
        }
    }
}

/// Whom such a NAT keeps us from, by RFC 4787's words for both sides.
fn of_nat(behaviour: NatBehaviour) -> Option<&'static str> {
    if behaviour.mapping.is_by_destination() {
        return Some(
            "direct connections to other such peers, and to those whose filtering depends on \
             address and port, are not possible; use TURN",
        );
    }
    let is_narrow = behaviour.filtering == NatFiltering::AddressAndPortDependent;
    (is_narrow && behaviour.mapping != NatMapping::Unknown).then_some(
        "direct connections to peers whose mapping depends on the destination are not possible; \
         use TURN for those",
    )
}
