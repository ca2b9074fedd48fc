//! Network namespaces keep to themselves and go away.

use lapwing_conformance::netns::{ADDRESS, Namespace};
use lapwing_conformance::skip;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn namespace(test: &str) -> Option<Namespace> {
    Namespace::create().map_err(|why| skip::note(test, &why)).ok()
}

#[test]
fn two_namespaces_share_no_address() {
    let test = "netns::two_namespaces_share_no_address";
    let (Some(one), Some(other)) = (namespace(test), namespace(test)) else { return };
    let first = one.run(|| TcpListener::bind((ADDRESS, 4_000))).expect("the address is there");
    let second = other.run(|| TcpListener::bind((ADDRESS, 4_000)));
    assert!(second.is_ok(), "the port is free in the other namespace");
    assert!(one.run(|| TcpListener::bind((ADDRESS, 4_000))).is_err(), "{first:?} holds the port");
    assert!(
        TcpListener::bind((ADDRESS, 0)).is_err(),
        "the machine itself does not have the address"
    );
}

#[test]
fn datagrams_reach_what_the_namespace_has_and_nothing_else() {
    let Some(namespace) =
        namespace("netns::datagrams_reach_what_the_namespace_has_and_nothing_else")
    else {
        return;
    };
    namespace.run(|| {
        let here = UdpSocket::bind((ADDRESS, 0)).expect("the address is there");
        let loopback = UdpSocket::bind("127.0.0.1:0").expect("loopback is up");
        here.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout can be set");
        let to = here.local_addr().expect("it is bound");
        loopback.send_to(b"over loopback", to).expect("there is a route");
        let mut buffer = [0; 32];
        let (length, _) = here.recv_from(&mut buffer).expect("the datagram arrives");
        assert_eq!(&buffer[..length], b"over loopback");
    });
    let list = || Command::new("ip").args(["-oneline", "link"]).output().expect("ip runs");
    let links = String::from_utf8_lossy(&namespace.run(list).stdout).into_owned();
    assert_eq!(links.lines().count(), 1, "{links}");
}

#[test]
fn a_dropped_namespace_is_gone_and_programs_started_inside_are_inside() {
    let Some(namespace) =
        namespace("netns::a_dropped_namespace_is_gone_and_programs_started_inside_are_inside")
    else {
        return;
    };
    let path = Path::new("/run/netns").join(namespace.name());
    assert!(path.exists());
    let program = || Command::new("cat").arg("/proc/net/fib_trie").output().expect("cat runs");
    let inside = String::from_utf8_lossy(&namespace.run(program).stdout).into_owned();
    assert!(inside.contains(&ADDRESS.to_string()), "{inside}");
    drop(namespace);
    assert!(!path.exists());
}
