//! From what was tried to what is wrong.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use super::finding::Finding;
use super::report::{Diagnosis, NatOutcome, NatReport, PairFate, ServerOutcome, ServerReport};
use crate::candidate::CandidateKind;
use crate::datagram::Protocol;
use crate::ice::PairState;
use crate::socket::SocketFault;
use crate::turn::client::ServerFault;

/// Codes of RFC 8656 section 19.
const QUOTA_REACHED: u16 = 486;
const INSUFFICIENT_CAPACITY: u16 = 508;

/// What is wrong, at `unix_time` since the Unix epoch; the gravest first.
pub(crate) fn findings(tried: &Diagnosis, unix_time: Duration) -> Vec<Finding> {
    let mut found = BTreeSet::new();
    if !tried.interfaces.is_empty() && !tried.interfaces.iter().any(|it| it.is_usable()) {
        found.insert(Finding::NoNetwork);
    }
    for server in &tried.servers {
        found.extend(of_server(server, unix_time));
    }
    names(tried, &mut found);
    reach(tried, &mut found);
    paths(tried, &mut found);
    found.into_iter().collect()
}

/// What an answer, or a broken connection, says by itself.
fn of_server(server: &ServerReport, unix_time: Duration) -> Option<Finding> {
    let url = server.url.to_string();
    match &server.outcome {
        ServerOutcome::Unreachable(SocketFault::TlsName) => Some(Finding::TlsName { url }),
        ServerOutcome::Unreachable(SocketFault::TlsUntrusted | SocketFault::TlsExpired) => {
            Some(Finding::TlsUntrusted { url })
        }
        ServerOutcome::Unreachable(SocketFault::ProxyRefused(status)) => {
            Some(Finding::ProxyRefused { status: *status })
        }
        ServerOutcome::Failed(ServerFault::WrongCredentials) => {
            Some(match expired_for(&server.username, unix_time) {
                Some(seconds) => Finding::CredentialsExpired { url, seconds },
                None => Finding::WrongCredentials { url },
            })
        }
        ServerOutcome::Failed(ServerFault::Refused { code, reason }) => Some(match *code {
            QUOTA_REACHED => Finding::QuotaReached { url },
            INSUFFICIENT_CAPACITY => Finding::ServerFull { url },
            code => Finding::ServerRefused { url, reason: format!("{code} {reason}") },
        }),
        _ => None,
    }
}

/// For how many seconds a time-limited name is over: one that begins with a time of the Unix epoch
/// (draft-uberti-behave-turn-rest).
fn expired_for(username: &str, unix_time: Duration) -> Option<u64> {
    /// The first of January 2001: a smaller number is no time.
    const TIMES_FROM: u64 = 978_307_200;
    let until: u64 = username.split(':').next()?.parse().ok()?;
    let over = unix_time.as_secs().checked_sub(until)?;
    (until >= TIMES_FROM).then_some(over)
}

fn names(tried: &Diagnosis, found: &mut BTreeSet<Finding>) {
    let by_name = tried.servers.iter().filter(|server| server.url.address().is_none());
    let by_name: Vec<&ServerReport> = by_name.collect();
    let is_unknown = |server: &&&ServerReport| server.outcome == ServerOutcome::NameUnknown;
    let unknown: Vec<&&ServerReport> = by_name.iter().filter(is_unknown).collect();
    let hosts = |list: &[&ServerReport]| -> BTreeSet<String> {
        list.iter().map(|server| server.url.host().to_owned()).collect()
    };
    // One name alone may be misspelt.
    if unknown.len() == by_name.len() && hosts(&by_name).len() > 1 {
        found.insert(Finding::NoNameResolution);
    } else {
        for server in unknown {
            found.insert(Finding::NameUnknown { url: server.url.to_string() });
        }
    }
}

/// The server did not answer at all.
fn is_silent(server: &ServerReport) -> bool {
    match &server.outcome {
        ServerOutcome::Failed(fault) => *fault == ServerFault::TimedOut,
        ServerOutcome::Unreachable(fault) => matches!(
            fault,
            SocketFault::TimedOut
                | SocketFault::Refused
                | SocketFault::Unreachable
                | SocketFault::Closed
                | SocketFault::Other
        ),
        _ => false,
    }
}

/// The server said something, be it no.
fn has_answered(server: &ServerReport) -> bool {
    match &server.outcome {
        ServerOutcome::Failed(fault) => *fault != ServerFault::TimedOut,
        ServerOutcome::Unreachable(fault) => matches!(
            fault,
            SocketFault::TlsName
                | SocketFault::TlsUntrusted
                | SocketFault::TlsExpired
                | SocketFault::TlsHandshake
        ),
        outcome => outcome.is_reached(),
    }
}

/// What can be told from who answers by what, and who does not.
fn reach(tried: &Diagnosis, found: &mut BTreeSet<Finding>) {
    let of = |keep: &dyn Fn(&ServerReport) -> bool| -> Vec<&ServerReport> {
        tried.servers.iter().filter(|server| keep(server)).collect()
    };
    let silent = |list: &[&ServerReport]| !list.is_empty() && list.iter().all(|it| is_silent(it));
    let answered = |list: &[&ServerReport]| list.iter().any(|it| has_answered(it));

    let known = of(&|it| it.outcome != ServerOutcome::NameUnknown);
    if silent(&known) {
        found.insert(Finding::NothingReached);
        return;
    }
    let udp = of(&|it| it.url.protocol() == Protocol::Udp && it.local.is_ipv4());
    let streams = of(&|it| it.url.protocol() != Protocol::Udp);
    let is_blocked = silent(&udp) && answered(&streams);
    if is_blocked {
        found.insert(Finding::UdpBlocked);
    }
    let v6 = of(&|it| it.local.is_ipv6());
    let v4 = of(&|it| it.local.is_ipv4());
    let leads_nowhere = silent(&v6) && answered(&v4);
    if leads_nowhere {
        found.insert(Finding::Ipv6Blackhole);
    }
    for server in &known {
        let same = of(&|it| it.url == server.url && (it.local.is_ipv4() || !leads_nowhere));
        let explained = is_blocked && server.url.protocol() == Protocol::Udp;
        if silent(&same) && !explained {
            found.insert(Finding::ServerUnreachable { url: server.url.to_string() });
        }
    }
}

/// What can be told from pairs of candidates.
fn paths(tried: &Diagnosis, found: &mut BTreeSet<Finding>) {
    let relays = tried.local_candidates.iter().any(|it| it.kind == CandidateKind::Relayed);
    let is_up = |pair: &PairFate| pair.state == PairState::Succeeded;
    let works = tried.pairs.iter().any(is_up);
    let tries = tried.pairs.iter().any(|pair| pair.requests_sent > 0);
    let over = tries && !works && tried.pairs.iter().all(|pair| pair.state == PairState::Failed);
    let is_eaten = |pair: &PairFate| {
        pair.requests_received > 0 && pair.requests_sent > 0 && pair.responses_received == 0
    };
    if !works && tried.pairs.iter().any(is_eaten) {
        found.insert(Finding::AnswersDropped);
    } else if is_symmetric(tried) && !relays {
        found.insert(Finding::SymmetricNatWithoutRelay);
    } else if over && !relays {
        found.insert(Finding::NoPathWithoutRelay);
    } else if over {
        found.insert(Finding::NoPath);
    }
}

/// Two servers see the same socket at different addresses, or two addresses of one server do.
fn is_symmetric(tried: &Diagnosis) -> bool {
    let is_told = |report: &NatReport| match &report.outcome {
        NatOutcome::Told(behaviour) => behaviour.mapping.is_by_destination(),
        _ => false,
    };
    if tried.nat.iter().any(is_told) {
        return true;
    }
    let seen = tried.servers.iter().filter(|it| it.url.protocol() == Protocol::Udp);
    let seen: BTreeSet<(SocketAddr, SocketAddr)> =
        seen.filter_map(|it| Some((it.local, it.outcome.mapped()?))).collect();
    let locals: BTreeSet<SocketAddr> = seen.iter().map(|(local, _)| *local).collect();
    locals.iter().any(|local| seen.iter().filter(|(from, _)| from == local).count() > 1)
}
