//! Connections by TLS.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread::JoinHandle;

use lapwing_engine::{
    ConnectRequest, Framing, Protocol, SocketFault, SocketRequest, TlsRequest, TlsTrust,
};
use openssl::ssl::SslAcceptor;

use super::certificates::{Authority, EXPIRED, NOT_YET};
use super::script::{ID, to};
use super::servers::{echo, serve};
use super::{Driver, Script, each_runtime};

each_runtime!(
    datagrams_come_back,
    an_address_is_a_name_too,
    the_certificate_is_looked_at,
    who_trusts_anyone_gets_anyone,
    what_speaks_no_tls_is_told,
    closing_is_heard,
);

const NAME: &str = "relay.lapwing.test";

/// An echo over TLS; `false` where no handshake came about.
pub(super) fn secure_echo(acceptor: SslAcceptor) -> (SocketAddr, JoinHandle<Vec<bool>>) {
    serve(1, move |stream| acceptor.accept(stream).map(echo).is_ok())
}

pub(super) fn by_tls(remote: SocketAddr, name: &str, trust: TlsTrust) -> ConnectRequest {
    let tls = Some(TlsRequest { server_name: name.to_owned(), trust });
    ConnectRequest { tls, ..to(remote, Framing::Stun) }
}

/// Connects and has something come back.
pub(super) fn exchange<D: Driver>(request: ConnectRequest) {
    let (mut driver, remote) = (D::start(), request.remote);
    let mut script = Script::connecting(request);
    let local = script.connect(&mut driver);
    let sent: Vec<Vec<u8>> =
        (0_u8..50).map(|n| [&[0x40, n, 4, 1][..], &[n; 1_025]].concat()).collect();
    for datagram in &sent {
        script.send(Protocol::Tls, (local, remote), datagram);
    }
    script.until(&mut driver, |script| script.came.len() == sent.len());
    for (datagram, came) in sent.iter().zip(&script.came) {
        assert_eq!(*came, (Protocol::Tls, remote, local, datagram.clone()));
    }
}

fn datagrams_come_back<D: Driver>() {
    let authority = Authority::new("good");
    let (server, thread) = secure_echo(authority.server(NAME));
    exchange::<D>(by_tls(server, NAME, TlsTrust::Roots(authority.pem())));
    assert_eq!(thread.join().expect("it served"), [true]);
}

fn an_address_is_a_name_too<D: Driver>() {
    let authority = Authority::new("good");
    let (server, _) = secure_echo(authority.server(NAME));
    exchange::<D>(by_tls(server, "127.0.0.1", TlsTrust::Roots(authority.pem())));
}

fn the_certificate_is_looked_at<D: Driver>() {
    let (good, other) = (Authority::new("good"), Authority::new("other"));
    let roots = TlsTrust::Roots(good.pem());
    for (acceptor, name, trust, fault) in [
        (good.server(NAME), "other.test", roots.clone(), SocketFault::TlsName),
        (good.server(NAME), "192.0.2.1", roots.clone(), SocketFault::TlsName),
        (other.server(NAME), NAME, roots.clone(), SocketFault::TlsUntrusted),
        (good.server(NAME), NAME, TlsTrust::System, SocketFault::TlsUntrusted),
        (good.server_at(NAME, EXPIRED), NAME, roots.clone(), SocketFault::TlsExpired),
        (good.server_at(NAME, NOT_YET), NAME, roots.clone(), SocketFault::TlsExpired),
    ] {
        let (server, thread) = secure_echo(acceptor);
        let mut script = Script::connecting(by_tls(server, name, trust));
        assert_eq!(script.fault(&mut D::start()), fault, "{name}");
        assert_eq!(thread.join().expect("it served"), [false], "the alert leaves");
    }
}

fn who_trusts_anyone_gets_anyone<D: Driver>() {
    let (server, _) = secure_echo(Authority::new("unknown").server_at(NAME, EXPIRED));
    exchange::<D>(by_tls(server, "other.test", TlsTrust::Anyone));
}

fn what_speaks_no_tls_is_told<D: Driver>() {
    let (server, _) = serve(1, |mut stream| {
        stream.read_exact(&mut [0; 5]).expect("a greeting comes");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    });
    let mut script = Script::connecting(by_tls(server, NAME, TlsTrust::Anyone));
    assert_eq!(script.fault(&mut D::start()), SocketFault::TlsHandshake);
}

fn closing_is_heard<D: Driver>() {
    let authority = Authority::new("good");
    let acceptor = authority.server(NAME);
    let (server, thread) = serve(1, move |stream| {
        let mut stream = acceptor.accept(stream).expect("the certificate is good");
        let mut bytes = Vec::new();
        // The end is told within TLS: one that is only cut would be an error.
        stream.read_to_end(&mut bytes).expect("it is closed well");
        bytes
    });
    let request = by_tls(server, NAME, TlsTrust::Roots(authority.pem()));
    let (mut driver, mut script) = (D::start(), Script::connecting(request));
    let local = script.connect(&mut driver);
    script.send(Protocol::Tls, (local, server), b"\x40\0\0\x03bye");
    script.requests.push(SocketRequest::Close { id: ID });
    driver.turn(&mut script);
    assert_eq!(thread.join().expect("it served"), [b"\x40\0\0\x03bye\0".to_vec()]);
}
