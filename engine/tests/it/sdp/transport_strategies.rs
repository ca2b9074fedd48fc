//! ICE and DTLS attributes made at random.

use std::net::{IpAddr, SocketAddr};

use lapwing_engine::sdp::{Fingerprint, HashFunction, Setup, TransportAttributes};
use lapwing_engine::{CandidateAddress, CandidateKind, IceCandidate, Protocol};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

pub(super) fn transport() -> impl Strategy<Value = TransportAttributes> {
    let fields = (
        of("[a-zA-Z0-9+/=#_-]{4,256}"),
        of("[a-zA-Z0-9+/=#_-]{22,256}"),
        vec("[a-zA-Z0-9+/!._-]{1,12}", 0..3),
        vec(candidate(), 0..3),
        any::<bool>(),
        vec(fingerprint(), 0..3),
        of(prop::sample::select(vec![
            Setup::ActPass,
            Setup::Active,
            Setup::Passive,
            Setup::HoldConn,
        ])),
        of("[a-zA-Z0-9+/_-]{20,255}"),
    );
    fields.prop_map(|fields| {
        let (ice_ufrag, ice_pwd, mut ice_options, candidates, ended, fingerprints, setup, tls_id) =
            fields;
        // An option that stands twice is one option.
        ice_options.sort();
        ice_options.dedup();
        TransportAttributes {
            ice_ufrag,
            ice_pwd,
            ice_options,
            candidates,
            end_of_candidates: ended,
            fingerprints,
            setup,
            tls_id,
        }
    })
}

fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    let function = prop::sample::select(vec![
        HashFunction::Sha1,
        HashFunction::Sha224,
        HashFunction::Sha256,
        HashFunction::Sha384,
        HashFunction::Sha512,
        HashFunction::Other("md5".to_owned()),
        HashFunction::Other("sha3-256".to_owned()),
    ]);
    function.prop_flat_map(|function| {
        let bytes = function.bytes().map_or(1..=128, |bytes| bytes..=bytes);
        vec(any::<u8>(), bytes)
            .prop_map(move |value| Fingerprint { function: function.clone(), value })
    })
}

fn candidate() -> impl Strategy<Value = IceCandidate> {
    let address = prop_oneof![
        socket_addr().prop_map(CandidateAddress::Address),
        ("[a-z0-9-]{1,12}\\.local", any::<u16>())
            .prop_map(|(name, port)| CandidateAddress::Name(name, port)),
    ];
    let kind = prop::sample::select(vec![
        CandidateKind::Host,
        CandidateKind::ServerReflexive,
        CandidateKind::PeerReflexive,
        CandidateKind::Relayed,
    ]);
    let fields = (
        "[a-zA-Z0-9+/]{1,32}",
        any::<u16>(),
        prop::sample::select(vec![Protocol::Udp, Protocol::Tcp]),
        any::<u32>(),
        address,
        kind,
        of(socket_addr()),
        of(prop::sample::select(vec!["active", "passive", "so"])),
        of("[a-zA-Z0-9+/]{4,32}"),
    );
    fields.prop_map(|fields| {
        let (foundation, component, protocol, priority, address, kind, related, tcp, ufrag) =
            fields;
        IceCandidate {
            foundation,
            component,
            protocol,
            priority,
            address,
            kind,
            related,
            tcp_type: tcp.map(str::to_owned),
            ufrag,
        }
    })
}

fn socket_addr() -> impl Strategy<Value = SocketAddr> {
    (any::<IpAddr>(), any::<u16>()).prop_map(|(ip, port)| SocketAddr::new(ip, port))
}
