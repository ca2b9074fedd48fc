//! Connections through HTTP proxies.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use lapwing_engine::{ConnectRequest, Framing, SocketFault, TlsTrust, Tunnel};

use super::certificates::Authority;
use super::script::to;
use super::servers::{echo, patient, serve};
use super::tls::{by_tls, exchange, secure_echo};
use super::{Driver, Script, each_runtime};

each_runtime!(
    tls_goes_through_a_tunnel,
    who_asks_without_credentials_is_told,
    a_proxy_may_say_no,
    what_is_no_proxy_is_told,
    what_comes_with_the_answer_is_of_the_stream,
);

/// What a client says until the empty line.
fn head(stream: &mut TcpStream) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0; 1]);
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("the request ends");
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).expect("it is text")
}

/// Connects where it was asked to, if the credentials are there.
fn proxy(mut client: TcpStream) -> String {
    let request = head(&mut client);
    // `ada:secret`.
    if !request.contains("\r\nProxy-Authorization: Basic YWRhOnNlY3JldA==\r\n") {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\
             Proxy-Authenticate: Basic realm=\"a\"\r\nContent-Length: 0\r\n\r\n";
        client.write_all(answer.as_bytes()).expect("it is open");
        return request;
    }
    let authority = request.split(' ').nth(1).expect("a request line");
    let server = TcpStream::connect(authority).expect("it is there");
    patient(&server);
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").expect("it is open");
    let ends = [(&client, &server), (&server, &client)];
    thread::scope(|scope| {
        for (mut from, mut to) in ends {
            scope.spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    request
}

fn through(proxy: SocketAddr, server: SocketAddr, credentials: bool) -> ConnectRequest {
    let credentials = credentials.then(|| ("ada".to_owned(), "secret".to_owned()));
    let tunnel = Some(Tunnel { authority: server.to_string(), credentials });
    ConnectRequest { tunnel, ..to(proxy, Framing::Stun) }
}

fn tls_goes_through_a_tunnel<D: Driver>() {
    let authority = Authority::new("good");
    let (server, _) = secure_echo(authority.server("relay.lapwing.test"));
    let (proxy, thread) = serve(1, proxy);
    let trust = TlsTrust::Roots(authority.pem());
    let tls = by_tls(server, "relay.lapwing.test", trust).tls;
    exchange::<D>(ConnectRequest { tls, ..through(proxy, server, true) });
    let request = thread.join().expect("it served").remove(0);
    let begin = format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n");
    assert!(request.starts_with(&begin), "{request:?}");
}

fn who_asks_without_credentials_is_told<D: Driver>() {
    let (server, _) = serve(1, echo);
    let (proxy, _) = serve(2, proxy);
    let mut script = Script::connecting(through(proxy, server, false));
    let mut driver = D::start();
    assert_eq!(script.fault(&mut driver), SocketFault::ProxyRefused(407));
    let mut script = Script::connecting(through(proxy, server, true));
    script.connect(&mut driver);
}

fn a_proxy_may_say_no<D: Driver>() {
    let (proxy, _) = serve(1, |mut client| {
        head(&mut client);
        client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n<html>").expect("it is open");
    });
    let mut script = Script::connecting(through(proxy, proxy, false));
    assert_eq!(script.fault(&mut D::start()), SocketFault::ProxyRefused(403));
}

fn what_is_no_proxy_is_told<D: Driver>() {
    let (proxy, _) = serve(1, |mut client| client.write_all(b"SSH-2.0-OpenSSH_9\r\n"));
    let mut script = Script::connecting(through(proxy, proxy, false));
    assert_eq!(script.fault(&mut D::start()), SocketFault::ProxyAnswer);
}

fn what_comes_with_the_answer_is_of_the_stream<D: Driver>() {
    let (proxy, _) = serve(1, |mut client| {
        head(&mut client);
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n\x40\0\0\x03abc\0\x40").expect("it is open");
        echo(client);
    });
    let (mut driver, mut script) = (D::start(), Script::connecting(through(proxy, proxy, false)));
    script.connect(&mut driver);
    script.until(&mut driver, |script| !script.came.is_empty());
    assert_eq!(script.came[0].3, b"\x40\0\0\x03abc");
}
