//! One forged datagram before or during the handshake does not hang it.

use std::net::SocketAddr;
use std::time::Duration;

use lapwing_engine::{Config, Datagram, DtlsVersion, Input, Protocol};

use super::{introduced, opened, own};
use crate::pair::Pair;

/// A record in the clear.
fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16).to_be_bytes();
    [&[kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0][..], &length, body].concat()
}

/// A message of the handshake, or a part of one of so many bytes.
fn message(kind: u8, length: usize, body: &[u8]) -> Vec<u8> {
    let [_, high, mid, low] = (length as u32).to_be_bytes();
    let [_, a, b, c] = (body.len() as u32).to_be_bytes();
    let header = [kind, high, mid, low, 0, 0, 0, 0, 0, a, b, c];
    record(22, &[&header[..], body].concat())
}

fn forgeries() -> Vec<(&'static str, Vec<u8>)> {
    let junk = [0x5a; 60];
    // A version, 32 bytes that look random, and then nothing that can be.
    let hello = [&[0xfe, 0xfd][..], &junk].concat();
    vec![
        ("junk as ServerHello", message(2, junk.len(), &junk)),
        ("the begin of a ServerHello", message(2, hello.len(), &hello)),
        ("16 MB of a ServerHello", message(2, 0xff_ffff, &junk)),
        ("16 MB of a ClientHello", message(1, 0xff_ffff, &junk)),
        ("junk as ClientHello", message(1, junk.len(), &junk)),
        ("HelloVerifyRequest", message(3, 11, &[0xfe, 0xff, 8, 1, 2, 3, 4, 5, 6, 7, 8])),
        ("an empty HelloVerifyRequest", message(3, 3, &[0xfe, 0xff, 0])),
        ("Finished", message(20, 12, &[7; 12])),
        ("close_notify", record(21, &[1, 0])),
        ("a fatal close_notify", record(21, &[2, 0])),
        ("handshake_failure", record(21, &[2, 40])),
        ("ChangeCipherSpec", record(20, &[1])),
        ("data", record(23, &junk)),
        ("sealed", [&[0x2f, 0, 1, 0, 40][..], &[0x5a; 40]].concat()),
    ]
}

/// To `a` from `b`'s address or from another port of it, and the other way round.
fn forge(pair: &mut Pair, contents: &[u8], same_port: bool) {
    let address = |text: &str| -> SocketAddr { text.parse().expect("an address") };
    let (one, two) = (address("192.0.2.1:5000"), address("192.0.2.2:5000"));
    let from = |peer: SocketAddr| match same_port {
        true => peer,
        false => SocketAddr::new(peer.ip(), 6_000),
    };
    let datagram = |source, destination| {
        Input::Datagram(Datagram {
            protocol: Protocol::Udp,
            source,
            destination,
            ecn: None,
            contents,
        })
    };
    pair.on_a(|rtc, now| rtc.handle_input(datagram(from(two), one), now));
    pair.on_b(|rtc, now| rtc.handle_input(datagram(from(one), two), now));
}

/// At each tenth of the time that an undisturbed handshake takes, and before it. Where the version
/// is open, the library settles it by the first greeting: one that is forged, from the very address
/// and port of the peer and before its own, can still hang the handshake (docs/deviations.md).
#[test]
fn one_forged_datagram_hangs_no_handshake() {
    let mut hung = Vec::new();
    for dtls in [DtlsVersion::V1_2, DtlsVersion::V1_3, DtlsVersion::Auto] {
        for (name, contents) in forgeries() {
            for same_port in [true, false] {
                for tenth in 0..=6 {
                    let config = |number| Config { dtls, ..own(number) };
                    let mut pair = introduced(config(1), config(2));
                    pair.negotiate(true);
                    pair.run(Duration::from_millis(50) * tenth);
                    forge(&mut pair, &contents, same_port);
                    let is_known = dtls == DtlsVersion::Auto && same_port && tenth == 1;
                    if opened(&mut pair, Duration::from_secs(10)).is_none() && !is_known {
                        hung.push(format!("{dtls:?} {name} same port {same_port} at {tenth}"));
                    }
                }
            }
        }
    }
    assert!(hung.is_empty(), "{} hung: {hung:#?}", hung.len());
}
