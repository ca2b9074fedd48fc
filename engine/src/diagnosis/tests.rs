//! Each cause is told from the others.

use std::net::SocketAddr;
use std::time::Duration;

use super::finding::Finding;
use super::report::{Diagnosis, NatOutcome, NatReport, ServerOutcome, ServerReport};
use super::rules::findings;
use crate::socket::{Interface, SocketFault};
use crate::turn::client::{NatBehaviour, NatFiltering, NatMapping, ServerFault};

const NOW: Duration = Duration::from_secs(1_780_000_000);

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn server(url: &str, outcome: ServerOutcome) -> ServerReport {
    from("10.0.0.2:5000", url, outcome)
}

fn from(local: &str, url: &str, outcome: ServerOutcome) -> ServerReport {
    let (url, local) = (url.parse().unwrap(), address(local));
    ServerReport { url, username: String::new(), local, remote: None, outcome }
}

fn seen_at(text: &str) -> ServerOutcome {
    ServerOutcome::Mapped { address: address(text), round_trip: None }
}

const SILENT: ServerOutcome = ServerOutcome::Failed(ServerFault::TimedOut);

fn judged(servers: Vec<ServerReport>) -> Vec<Finding> {
    findings(&Diagnosis { servers, ..Diagnosis::default() }, NOW)
}

fn of(url: &str) -> String {
    url.to_owned()
}

#[test]
fn all_well_is_nothing_found() {
    let all = vec![
        server("stun:a.example", seen_at("198.51.100.1:6000")),
        server("stun:b.example", seen_at("198.51.100.1:6000")),
    ];
    assert_eq!(judged(all), []);
}

#[test]
fn an_expired_name_is_told_from_a_wrong_password() {
    let wrong = || ServerOutcome::Failed(ServerFault::WrongCredentials);
    let turn = "turn:a.example";
    let report = |name: &str| ServerReport { username: of(name), ..server(turn, wrong()) };
    let url = of(turn);
    assert_eq!(judged(vec![report("ada")]), [Finding::WrongCredentials { url: url.clone() }]);
    let over = Finding::CredentialsExpired { url: url.clone(), seconds: 60 };
    assert_eq!(judged(vec![report("1779999940:ada")]), [over]);
    // It is not over, so the password is wrong; and a number that is no time.
    for name in ["1780000060:ada", "4711"] {
        assert_eq!(judged(vec![report(name)]), [Finding::WrongCredentials { url: url.clone() }]);
    }
}

#[test]
fn blocked_udp_is_told_from_a_server_that_is_down() {
    let (udp, tcp) = ("stun:a.example", "turn:a.example?transport=tcp");
    let relay = ServerOutcome::Allocated { relayed: Vec::new(), mapped: None };
    let blocked = vec![server(udp, SILENT), server(tcp, relay)];
    assert_eq!(judged(blocked), [Finding::UdpBlocked]);

    let refused = ServerOutcome::Unreachable(SocketFault::Refused);
    let down = vec![
        server(udp, SILENT),
        server(tcp, refused.clone()),
        server("stun:b.example", seen_at("198.51.100.1:6000")),
    ];
    let unreachable = |url: &str| Finding::ServerUnreachable { url: of(url) };
    assert_eq!(judged(down), [unreachable(udp), unreachable(tcp)]);
    assert_eq!(judged(vec![server(udp, SILENT), server(tcp, refused)]), [Finding::NothingReached]);
}

#[test]
fn ipv6_that_leads_nowhere_is_named_once() {
    let url = "stun:a.example";
    let all =
        vec![server(url, seen_at("198.51.100.1:6000")), from("[2001:db8::2]:5000", url, SILENT)];
    assert_eq!(judged(all), [Finding::Ipv6Blackhole]);
}

#[test]
fn names_and_certificates() {
    let unknown = || ServerOutcome::NameUnknown;
    let [a, b] = ["stun:a.example", "stun:b.example"];
    let one = vec![server(a, unknown()), server(b, seen_at("198.51.100.1:6000"))];
    assert_eq!(judged(one), [Finding::NameUnknown { url: of(a) }]);
    let all = vec![server(a, unknown()), server(b, unknown())];
    assert_eq!(judged(all), [Finding::NoNameResolution]);
    let tls = "turns:a.example";
    let name = server(tls, ServerOutcome::Unreachable(SocketFault::TlsName));
    assert_eq!(judged(vec![name]), [Finding::TlsName { url: of(tls) }]);
    let full = ServerFault::Refused { code: 486, reason: of("Allocation Quota Reached") };
    let full = server(tls, ServerOutcome::Failed(full));
    assert_eq!(judged(vec![full]), [Finding::QuotaReached { url: of(tls) }]);
}

#[test]
fn a_symmetric_nat_asks_for_a_relay() {
    let all = vec![
        server("stun:a.example", seen_at("198.51.100.1:6000")),
        server("stun:b.example", seen_at("198.51.100.1:6001")),
    ];
    assert_eq!(judged(all), [Finding::SymmetricNatWithoutRelay]);
}

#[test]
fn a_nat_that_one_server_shows_to_be_symmetric_asks_for_a_relay() {
    use NatFiltering::AddressAndPortDependent as ByPort;
    for (mapping, found) in [
        (NatMapping::NoTranslation, false),
        (NatMapping::EndpointIndependent, false),
        (NatMapping::AddressDependent, true),
        (NatMapping::AddressAndPortDependent, true),
        (NatMapping::Unknown, false),
    ] {
        let outcome = NatOutcome::Told(NatBehaviour { mapping, filtering: ByPort });
        let words = outcome.to_string();
        assert!(words.starts_with(&format!("{mapping}, address-and-port-dependent")), "{words}");
        assert_eq!(words.contains("not possible; use TURN"), mapping != NatMapping::Unknown);
        assert_eq!(words.contains("other such peers"), found);
        let url = "stun:a.example".parse().unwrap();
        let (local, remote) = (address("10.0.0.2:5000"), address("192.0.2.1:3478"));
        let nat = vec![NatReport { url, local, remote, outcome }];
        let findings = findings(&Diagnosis { nat, ..Diagnosis::default() }, NOW);
        let wanted: &[Finding] = if found { &[Finding::SymmetricNatWithoutRelay] } else { &[] };
        assert_eq!(findings, wanted);
    }
}

#[test]
fn a_machine_without_a_network_is_told_so() {
    let interfaces = vec![Interface::new("eth0", "169.254.1.1".parse().unwrap())];
    let found = findings(&Diagnosis { interfaces, ..Diagnosis::default() }, NOW);
    assert_eq!(found, [Finding::NoNetwork]);
    assert!(found[0].to_string().ends_with("connect to a network"));
}
