//! RFC 5769: sample STUN messages, by both parsers that the engine uses. `is` reads and writes
//! checks; `stun_types` does where the engine itself looks at them, for consent and for long user
//! fragments.

use std::net::SocketAddr;

use is::stun::StunMessage;
use lapwing_engine::{PacketKind, crypto_provider};
use stun_types::attribute::{Username, XorMappedAddress};
use stun_types::message::{
    IntegrityAlgorithm, LongTermCredentials, Message, MessageIntegrityCredentials,
    ShortTermCredentials,
};

use super::hex::bytes;

const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

/// Section 2.1.
const REQUEST: &str = "
    00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff
    80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249
    c1b571a2 80280004 e57a3bcf";

/// Section 2.2.
const RESPONSE_IPV4: &str = "
    0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
    00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96";

/// Section 2.3.
const RESPONSE_IPV6: &str = "
    01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa
    a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c";

/// Section 2.4.
const LONG_TERM: &str = "
    00010060 2112a442 78ad3433 c6ad72c0 29da412e 00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000 0015001c
    662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341 0014000b 6578616d 706c652e 6f726700 00080014
    f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666";

/// Whether `is` finds it authentic, with the HMAC that the engine gives it.
fn is_authentic(message: &StunMessage<'_>, password: &str) -> bool {
    let hmac = crypto_provider().sha1_hmac_provider;
    message.verify(password.as_bytes(), |key, parts| hmac.sha1_hmac(key, parts))
}

fn short_term(password: &str) -> MessageIntegrityCredentials {
    ShortTermCredentials::new(password.to_owned()).into()
}

#[test]
fn the_sample_request_is_read_and_authentic() {
    let sample = bytes(REQUEST);
    assert_eq!(PacketKind::of(&sample), Some(PacketKind::Stun));
    let message = StunMessage::parse(&sample).expect("a message");
    assert!(message.is_binding_request());
    assert_eq!(message.split_username(), Some(("evtj", "h6vY")));
    assert_eq!(message.prio(), Some(0x6e00_01ff));
    assert_eq!(message.ice_controlled(), Some(0x932f_f9b1_5126_3b36));
    assert!(!message.use_candidate());
    assert!(is_authentic(&message, PASSWORD));
    assert!(!is_authentic(&message, "another password of ours"));

    let message = Message::from_bytes(&sample).expect("a message");
    assert_eq!(message.attribute::<Username>().expect("it has one").username(), "evtj:h6vY");
    let proven = message.validate_integrity(&short_term(PASSWORD)).expect("authentic");
    assert_eq!(proven, IntegrityAlgorithm::Sha1);
    assert!(message.validate_integrity(&short_term("another password of ours")).is_err());
}

#[test]
fn the_sample_responses_name_their_addresses() {
    for (sample, address) in [
        (RESPONSE_IPV4, "192.0.2.1:32853"),
        (RESPONSE_IPV6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ] {
        let (sample, address): (_, SocketAddr) = (bytes(sample), address.parse().expect("one"));
        let message = StunMessage::parse(&sample).expect("a message");
        assert!(message.is_successful_binding_response());
        assert_eq!(message.mapped_address(), Some(address));
        assert!(is_authentic(&message, PASSWORD));
        let id = message.trans_id();

        let message = Message::from_bytes(&sample).expect("a message");
        let mapped = message.attribute::<XorMappedAddress>().expect("it has one");
        assert_eq!(mapped.addr(message.transaction_id()), address);
        message.validate_integrity(&short_term(PASSWORD)).expect("authentic");

        // What it would itself send: without a software name, authentic as well, and read alike.
        let hmac = crypto_provider().sha1_hmac_provider;
        let mut written = vec![0; 200];
        let count = StunMessage::binding_reply(id, address)
            .to_bytes(Some(PASSWORD.as_bytes()), &mut written, |key, parts| {
                hmac.sha1_hmac(key, parts)
            })
            .expect("room for it");
        let message = Message::from_bytes(&written[..count]).expect("a message with its checksum");
        message.validate_integrity(&short_term(PASSWORD)).expect("authentic");
        let mapped = message.attribute::<XorMappedAddress>().expect("it has one");
        assert_eq!(mapped.addr(message.transaction_id()), address);
    }
}

#[test]
fn the_sample_with_a_long_term_password_is_authentic() {
    let sample = bytes(LONG_TERM);
    let message = Message::from_bytes(&sample).expect("a message");
    let name = "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}";
    assert_eq!(message.attribute::<Username>().expect("it has one").username(), name);
    let key = |password: &str| {
        let realm = "example.org".to_owned();
        LongTermCredentials::new(name.to_owned(), password.to_owned()).to_key(realm).into()
    };
    message.validate_integrity(&key("TheMatrIX")).expect("authentic");
    assert!(message.validate_integrity(&key("TheMatrix")).is_err());
}

/// `is` does not compute the checksum (FINGERPRINT), and `stun_types` does. What is said is covered
/// by the integrity.
#[test]
fn one_wrong_bit_in_a_sample_is_found() {
    for sample in [REQUEST, RESPONSE_IPV4, RESPONSE_IPV6] {
        let sample = bytes(sample);
        let checksum = sample.len() - 8;
        for bit in 0..sample.len() * 8 {
            let mut altered = sample.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            if bit / 8 < checksum {
                let parsed = StunMessage::parse(&altered);
                assert!(!parsed.is_ok_and(|it| is_authentic(&it, PASSWORD)), "bit {bit}");
            }
            if bit / 8 >= checksum + 4 {
                assert!(Message::from_bytes(&altered).is_err(), "bit {bit}");
            }
        }
    }
}
