//! Handshakes that fail, and strangers who would have them fail.

use std::net::SocketAddr;
use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, CloseReason, Config, ConnectionState, Datagram, DtlsAlert, DtlsFault, DtlsState,
    DtlsVersion, Event, Input, PacketKind, Protocol, SdpType, SessionDescription,
};
use proptest::prelude::*;

use crate::pair::{Pair, Peer};

/// protocol_version (RFC 8446 section 6.2).
const WRONG_VERSION: DtlsFault = DtlsFault::Alert(DtlsAlert(70));

fn with_channel(a: Config, b: Config) -> Pair {
    let mut pair = Pair::new(a, b);
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair
}

fn speaking(number: u64, dtls: DtlsVersion) -> Config {
    Config { dtls, ..Config::seeded(number) }
}

/// One of two ends.
type End = for<'a> fn(&'a mut Pair) -> &'a mut Peer;

/// Runs until the end has closed, which must be soon, and gives its reason.
fn ended(pair: &mut Pair, within: Duration, end: End) -> CloseReason {
    let until = pair.now + within;
    let is_closed = |event: &Event| matches!(event, Event::Closed(_));
    assert!(
        pair.run_until(until, |pair| end(pair).events.iter().any(is_closed)),
        "over within {within:?}"
    );
    let peer = end(pair);
    assert_eq!(peer.rtc.connection_state(), ConnectionState::Failed);
    let states = peer.take(|event| match event {
        Event::ConnectionStateChanged(state) => Some(*state),
        _ => None,
    });
    assert_eq!(states, [ConnectionState::Connecting, ConnectionState::Failed]);
    assert!(peer.events.last().is_some_and(is_closed), "nothing comes after");
    let reasons = peer.take(|event| match event {
        Event::Closed(reason) => Some(reason.clone()),
        _ => None,
    });
    let [reason] = &reasons[..] else { panic!("told once: {reasons:?}") };
    reason.clone()
}

fn a(pair: &mut Pair) -> &mut Peer {
    &mut pair.a
}

fn b(pair: &mut Pair) -> &mut Peer {
    &mut pair.b
}

/// Another fingerprint in the descriptions of one kind.
fn forge(kind: SdpType) -> impl Fn(&mut SessionDescription) {
    move |description| {
        if description.kind == kind {
            let at = description.sdp.find("a=fingerprint:sha-256 ").expect("it has one") + 22;
            let digit = if description.sdp[at..].starts_with('0') { "1" } else { "0" };
            description.sdp.replace_range(at..=at, digit);
        }
    }
}

#[test]
fn a_certificate_with_another_fingerprint_ends_it() {
    for dtls in [DtlsVersion::V1_2, DtlsVersion::V1_3] {
        // The one who takes the offer is the client, the one who takes the answer the server.
        for (kind, end) in [(SdpType::Offer, b as End), (SdpType::Answer, a as End)] {
            let mut pair = with_channel(speaking(1, dtls), speaking(2, dtls));
            pair.exchange_altered(true, forge(kind));
            pair.trickle();
            let reason = ended(&mut pair, Duration::from_secs(2), end);
            assert_eq!(reason, CloseReason::Dtls(DtlsFault::FingerprintMismatch));
        }
    }
}

#[test]
fn versions_that_do_not_meet_end_it_on_both_sides() {
    for (one, other) in
        [(DtlsVersion::V1_2, DtlsVersion::V1_3), (DtlsVersion::V1_3, DtlsVersion::V1_2)]
    {
        let mut pair = with_channel(speaking(1, one), speaking(2, other));
        pair.negotiate(true);
        let server = ended(&mut pair, Duration::from_secs(4), a);
        assert_eq!(server, CloseReason::Dtls(DtlsFault::VersionMismatch));
        let client = ended(&mut pair, Duration::from_secs(4), b);
        assert_eq!(client, CloseReason::Dtls(WRONG_VERSION));
    }
}

#[test]
fn a_handshake_that_gets_nowhere_ends() {
    let mut pair = with_channel(Config::seeded(1), Config::seeded(2));
    pair.cut_kind = Some(PacketKind::Dtls);
    pair.negotiate(true);
    pair.run(Duration::from_secs(25));
    for peer in [&mut pair.a, &mut pair.b] {
        assert_eq!(peer.rtc.connection_state(), ConnectionState::Connecting);
    }
    for end in [a as End, b as End] {
        let reason = ended(&mut pair, Duration::from_secs(7), end);
        assert_eq!(reason, CloseReason::Dtls(DtlsFault::HandshakeTimeout));
    }
    pair.run(Duration::from_secs(1));
    let before = pair.trace.len();
    pair.run(Duration::from_secs(30));
    assert_eq!(pair.trace.len(), before, "silence after the end");
}

/// A record with a header that holds, and anything in it.
fn record() -> impl Strategy<Value = Vec<u8>> {
    let alert = (prop_oneof![Just(1_u8), Just(2)], any::<u8>()).prop_map(|(level, description)| {
        // A close_notify or a fatal alert alike.
        (21_u8, vec![level, description])
    });
    let other = (20_u8..=26, prop::collection::vec(any::<u8>(), 0..200));
    let sealed = (0x20_u8..0x40, prop::collection::vec(any::<u8>(), 0..80));
    prop_oneof![
        (prop_oneof![alert, other], 0_u8..4, any::<[u8; 6]>()).prop_map(
            |((kind, body), epoch, number)| {
                let length = (body.len() as u16).to_be_bytes();
                [&[kind, 0xfe, 0xfd, 0, epoch][..], &number, &length, &body].concat()
            }
        ),
        sealed.prop_map(|(first, mut rest)| {
            rest.insert(0, first);
            rest
        }),
    ]
}

/// Gives both ends records that the other never sent, from its address or from elsewhere.
fn pester(pair: &mut Pair, records: &[(Vec<u8>, bool)]) {
    let [one, other, stranger]: [SocketAddr; 3] =
        ["192.0.2.1:5000", "192.0.2.2:5000", "203.0.113.9:666"]
            .map(|text| text.parse().expect("an address"));
    for (contents, from_peer) in records {
        let datagram = |source, destination| Datagram {
            protocol: Protocol::Udp,
            source: if *from_peer { source } else { stranger },
            destination,
            ecn: None,
            contents,
        };
        pair.on_a(|rtc, now| rtc.handle_input(Input::Datagram(datagram(other, one)), now));
        pair.on_b(|rtc, now| rtc.handle_input(Input::Datagram(datagram(one, other)), now));
    }
}

/// Whether both ends connect while these records come at each step.
fn connects_pestered(pair: &mut Pair, records: &[(Vec<u8>, bool)]) -> bool {
    let end = pair.now + Duration::from_secs(10);
    pair.run_until(end, |pair| {
        pester(pair, records);
        let both = [&pair.a, &pair.b];
        both.iter().all(|peer| peer.rtc.connection_state() == ConnectionState::Connected)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Forty records at each step of the handshake, to both ends.
    #[test]
    fn no_record_of_a_stranger_ends_a_handshake(
        records in prop::collection::vec((record(), any::<bool>()), 40),
        version in prop_oneof![Just(DtlsVersion::Auto), Just(DtlsVersion::V1_2), Just(DtlsVersion::V1_3)],
    ) {
        let mut pair = with_channel(speaking(1, version), speaking(2, version));
        pair.negotiate(true);
        prop_assert!(connects_pestered(&mut pair, &records));
        pester(&mut pair, &records);
        pair.run(Duration::from_secs(5));
        for peer in [&mut pair.a, &mut pair.b] {
            prop_assert_eq!(peer.rtc.connection_state(), ConnectionState::Connected);
        }
    }
}

#[test]
fn a_hello_from_where_the_peer_never_was_is_not_answered() {
    let mut pair = with_channel(speaking(1, DtlsVersion::V1_2), speaking(2, DtlsVersion::V1_2));
    // A true greeting of a client, in the server's hands from the wrong place first.
    let mut other = with_channel(speaking(3, DtlsVersion::V1_2), speaking(4, DtlsVersion::V1_2));
    other.cut_kind = Some(PacketKind::Dtls);
    other.negotiate(true);
    let hello = (0..1000).find_map(|_| {
        other.step();
        let sent = other.b.sent.iter();
        let mut greetings =
            sent.filter(|sent| PacketKind::of(&sent.contents) == Some(PacketKind::Dtls));
        greetings.next().map(|sent| sent.contents.to_vec())
    });
    let hello = hello.expect("a client greets");
    pair.negotiate(true);
    let stranger: SocketAddr = "203.0.113.9:666".parse().expect("an address");
    let destination = "192.0.2.2:5000".parse().expect("an address");
    let mut tried = 0;
    while pair.b.rtc.stats().transport.dtls_state != DtlsState::Connected {
        tried += 1;
        assert!(tried < 1000, "the peer is not kept out");
        let contents = &hello[..];
        let datagram = Datagram {
            protocol: Protocol::Udp,
            source: stranger,
            destination,
            ecn: None,
            contents,
        };
        pair.on_b(|rtc, now| rtc.handle_input(Input::Datagram(datagram), now));
        pair.step();
    }
    assert_eq!(pair.b.rtc.stats().transport.packets_discarded, tried);
    pair.connect();
}

/// Bytes that look random and repeat.
fn noise(seed: u64) -> impl FnMut() -> u8 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 33) as u8
    }
}

/// Forty records of a kind and an epoch, with numbers that come next or any.
fn records_of(kind: u8, epoch: u8, noise: &mut impl FnMut() -> u8) -> Vec<(Vec<u8>, bool)> {
    let record = |index| {
        let mut body: Vec<u8> = (0..60).map(|_| noise()).collect();
        if kind == 21 {
            body = vec![2, body[0]];
        }
        let number = if index < 20 { [0, 0, 0, 0, 0, index] } else { [(); 6].map(|()| noise()) };
        let length = (body.len() as u16).to_be_bytes();
        let record = [&[kind, 0xfe, 0xfd, 0, epoch][..], &number, &length, &body].concat();
        (record, true)
    };
    (0..40).map(record).collect()
}

/// At each step of each handshake, to both ends: some 60,000 records.
#[test]
fn records_of_every_kind_end_no_handshake() {
    let mut noise = noise(1);
    for version in [DtlsVersion::V1_2, DtlsVersion::V1_3, DtlsVersion::Auto] {
        for (kind, epoch) in (19_u8..28).flat_map(|kind| (0..4).map(move |epoch| (kind, epoch))) {
            let records = records_of(kind, epoch, &mut noise);
            let mut pair = with_channel(speaking(1, version), speaking(2, version));
            pair.negotiate(true);
            let connected = connects_pestered(&mut pair, &records);
            assert!(connected, "{version:?} with records of kind {kind} in epoch {epoch}");
        }
    }
}
