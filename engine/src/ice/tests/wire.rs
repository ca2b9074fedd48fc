//! Messages as bytes: the vectors of RFC 5769, and what we write.

use std::net::SocketAddr;

use stun_types::attribute::{AttributeStaticType, Fingerprint, MessageIntegrity};
use stun_types::message::{Message, MessageClass};

use super::world::address;
use crate::ice::message::{self, CarriedAttribute, Outgoing, RoleClaim};
use crate::ice::{Credentials, DropReason};

/// RFC 5769 section 2.1.
const REQUEST: &[u8] = &[
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
    0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
    0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
];

/// RFC 5769 section 2.2.
const RESPONSE_V4: &[u8] = &[
    0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
    0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
    0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
];

/// RFC 5769 section 2.3.
const RESPONSE_V6: &[u8] = &[
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
    0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
    0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
    0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
];

fn vector_credentials() -> Credentials {
    Credentials::new("h6vY", "VOkJxbRl1RmTxUk/WvJxBt")
}

#[test]
fn the_request_of_rfc_5769() {
    let message = message::parse(REQUEST).unwrap();
    assert_eq!(message.class(), MessageClass::Request);
    let names = message::username(&message).unwrap();
    assert_eq!(names, ("evtj".to_owned(), "h6vY".to_owned()));
    assert!(message::is_authentic(&message, vector_credentials().key()));
    assert!(!message::is_authentic(&message, Credentials::new("", "another").key()));
    let request = message::read_request(&message);
    assert_eq!(request.priority, Some(0x6e00_01ff));
    let role = RoleClaim { controlling: false, tie_breaker: 0x932f_f9b1_5126_3b36 };
    assert_eq!(request.role, Some(role));
    assert!(!request.use_candidate && request.nomination.is_none());
    assert_eq!(message::unknown_attributes(&message), Vec::<u16>::new());
}

#[test]
fn the_answers_of_rfc_5769() {
    let v4 = address("192.0.2.1:32853");
    let v6 = address("[2001:db8:1234:5678:11:2233:4455:6677]:32853");
    for (bytes, mapped) in [(RESPONSE_V4, v4), (RESPONSE_V6, v6)] {
        let message = message::parse(bytes).unwrap();
        assert_eq!(message.class(), MessageClass::Success);
        assert!(message::is_authentic(&message, vector_credentials().key()));
        assert_eq!(message::mapped_address(&message), Some(mapped));
    }
}

#[test]
fn damage_is_noticed() {
    for index in 0..REQUEST.len() {
        let mut damaged = REQUEST.to_vec();
        damaged[index] ^= 1;
        let believed = message::parse(&damaged)
            .is_ok_and(|message| message::is_authentic(&message, vector_credentials().key()));
        // FINGERPRINT comes after what is signed: its own value is checked, and under another type
        // it means nothing.
        let type_of_fingerprint = REQUEST.len() - 8..REQUEST.len() - 6;
        assert_eq!(believed, type_of_fingerprint.contains(&index), "byte {index}");
    }
    let parse = |bytes: &[u8]| message::parse(bytes).map(|_| ());
    assert_eq!(parse(&REQUEST[..REQUEST.len() - 4]), Err(DropReason::Malformed));
    assert_eq!(parse(&[REQUEST, &[0; 4]].concat()), Err(DropReason::Malformed));
    assert_eq!(parse(&[]), Err(DropReason::Malformed));
    let mut other_method = REQUEST[..20].to_vec();
    other_method[1] = 3;
    other_method[2..4].fill(0);
    assert_eq!(parse(&other_method), Err(DropReason::NotBinding));
}

fn outgoing<'a>(credentials: &'a Credentials, carried: &'a [CarriedAttribute]) -> Outgoing<'a> {
    Outgoing {
        transaction: 7.into(),
        to_ufrag: "them",
        from_ufrag: "us",
        key: credentials.key(),
        priority: 77,
        role: RoleClaim { controlling: true, tie_breaker: 99 },
        use_candidate: true,
        nomination: Some(3),
        network: Some((5, 10)),
        carried,
    }
}

#[test]
fn what_we_write_reads_the_same() {
    let credentials = vector_credentials();
    let carried = [
        CarriedAttribute { kind: 0xC070, value: vec![1, 2, 3] },
        CarriedAttribute { kind: 0xC071, value: Vec::new() },
    ];
    let written = message::write_request(&outgoing(&credentials, &carried));
    let message = message::parse(&written).unwrap();
    assert!(message::is_authentic(&message, credentials.key()));
    let kinds: Vec<u16> = message
        .iter_attributes()
        .map(|(_, attribute)| attribute.header.get_type().value())
        .collect();
    assert_eq!(kinds[kinds.len() - 4..], [0xC070, 0xC071, 0x0008, 0x8028], "carried are signed");
    assert!(!kinds.contains(&0x8022), "no SOFTWARE");
    assert_eq!(message::carried(&message, &[0xC070, 0xC071]), carried);
    let request = message::read_request(&message);
    assert_eq!(request.priority, Some(77));
    assert_eq!(request.role, Some(RoleClaim { controlling: true, tie_breaker: 99 }));
    assert_eq!((request.use_candidate, request.nomination), (true, Some(3)));
    assert_eq!(request.network_cost, Some(10));
}

#[test]
fn every_message_is_signed_and_ends_with_a_fingerprint() {
    let credentials = vector_credentials();
    let source: SocketAddr = address("[2001:db8::1]:9");
    for written in [
        message::write_request(&outgoing(&credentials, &[])),
        message::write_success(7.into(), source, &[], credentials.key()),
        message::write_role_conflict(7.into(), credentials.key()),
        message::write_unknown(7.into(), &[0x7001], credentials.key()),
    ] {
        let message = Message::from_bytes(&written).unwrap();
        assert_eq!(message.transaction_id(), 7.into());
        let last: Vec<_> =
            message.iter_attributes().map(|(_, one)| one.header.get_type()).collect();
        assert_eq!(last[last.len() - 2..], [MessageIntegrity::TYPE, Fingerprint::TYPE]);
        assert!(message::is_authentic(&message, credentials.key()));
    }
}

#[test]
fn the_longest_fragments_fit() {
    let credentials = vector_credentials();
    let ufrag = "x".repeat(256);
    let mut check = outgoing(&credentials, &[]);
    (check.to_ufrag, check.from_ufrag) = (&ufrag, &ufrag);
    let written = message::write_request(&check);
    let message = message::parse(&written).unwrap();
    assert_eq!(message::username(&message).unwrap(), (ufrag.clone(), ufrag.clone()));
}
