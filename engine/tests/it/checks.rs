//! What connectivity checks and their answers hold (RFC 8445 sections 7 and 16), seen on the wire
//! between two engines.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config, PacketKind, SessionKind};
use stun_types::attribute::{
    AttributeStaticType, AttributeType, Fingerprint, MessageIntegrity, Username, XorMappedAddress,
};
use stun_types::message::{Message, MessageClass, ShortTermCredentials};

use crate::pair::Pair;

const PRIORITY: AttributeType = AttributeType::new(0x0024);
const USE_CANDIDATE: AttributeType = AttributeType::new(0x0025);
/// draft-thatcher-ice-renomination.
const NOMINATION: AttributeType = AttributeType::new(0xc001);
const ICE_CONTROLLED: AttributeType = AttributeType::new(0x8029);
const ICE_CONTROLLING: AttributeType = AttributeType::new(0x802a);

/// A datagram, and whether it went to the side that answered.
type Log = Rc<RefCell<Vec<(bool, Vec<u8>)>>>;

/// User fragment and password of each side.
type Credentials = [(String, String); 2];

/// All of STUN during a call of 40 seconds, and by what it is authentic.
fn overheard(session: SessionKind) -> (Vec<(bool, Vec<u8>)>, Credentials) {
    let config = |number| Config { session, ..Config::seeded(number) };
    let mut pair = Pair::new(config(1), config(2));
    let log = Log::default();
    let copy = Rc::clone(&log);
    pair.rewrite = Some(Box::new(move |to_b, transmit| {
        if PacketKind::of(&transmit.contents) == Some(PacketKind::Stun) {
            copy.borrow_mut().push((to_b, transmit.contents.clone()));
        }
    }));
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair.negotiate(true);
    pair.connect();
    pair.run(Duration::from_secs(40));
    let credentials = [&mut pair.a, &mut pair.b].map(|peer| {
        let sdp = peer.rtc.negotiation().local_description().expect("both are set").sdp;
        let value = |start: &str| {
            let found = sdp.lines().find_map(|line| line.strip_prefix(start));
            found.expect("it is there").to_owned()
        };
        (value("a=ice-ufrag:"), value("a=ice-pwd:"))
    });
    (log.take(), credentials)
}

const SESSIONS: [SessionKind; 2] = [SessionKind::Str0m, SessionKind::Own];

/// Checks of both sides in 40 seconds, at least. Consent is asked for at most six seconds after the
/// last answer (RFC 7675 section 5.1), beside one check that finds the path and those that come
/// before the call.
const REQUESTS_MIN: usize = 2 * (1 + 40 / 7);

#[test]
fn requests_and_answers_hold_what_they_must() {
    for session in SESSIONS {
        hold_what_they_must(session);
    }
}

fn hold_what_they_must(session: SessionKind) {
    let (log, credentials) = overheard(session);
    let (mut ids, mut nominated, mut tie_breakers) = (BTreeSet::new(), 0, BTreeSet::new());
    let (mut requests, mut answers) = (0, 0);
    for (to_b, contents) in &log {
        let message = Message::from_bytes(contents).expect("with a checksum that is right");
        let (to, from) = if *to_b { (1, 0) } else { (0, 1) };
        assert!(message.has_attribute(Fingerprint::TYPE), "section 7.2.4");
        assert!(message.has_attribute(MessageIntegrity::TYPE), "section 7.2.2");
        let key = |side: usize| ShortTermCredentials::new(credentials[side].1.clone()).into();
        if !message.has_class(MessageClass::Request) {
            // Under the password of who answers.
            message.validate_integrity(&key(from)).expect("section 7.3");
            assert!(message.has_class(MessageClass::Success));
            assert!(message.attribute::<XorMappedAddress>().is_ok(), "section 7.3.1.2");
            assert!(ids.contains(&message.transaction_id().to_string()), "it was asked");
            answers += 1;
            continue;
        }
        requests += 1;
        message.validate_integrity(&key(to)).expect("section 7.2.2");
        let name = message.attribute::<Username>().expect("section 7.2.2");
        assert_eq!(name.username(), format!("{}:{}", credentials[to].0, credentials[from].0));
        let raw = |kind| message.raw_attribute(kind).map(|it| it.value.to_vec());
        let priority = raw(PRIORITY).expect("section 7.1.1");
        assert_eq!(priority.len(), 4, "section 7.1.1");
        ids.insert(message.transaction_id().to_string());
        // Who offered is in control (section 6.1.1).
        let (role, other) = if *to_b {
            (ICE_CONTROLLING, ICE_CONTROLLED)
        } else {
            (ICE_CONTROLLED, ICE_CONTROLLING)
        };
        let number = raw(role).expect("section 7.1.3");
        assert_eq!(raw(other), None, "one role at a time");
        assert_eq!(number.len(), 8);
        tie_breakers.insert((*to_b, number));
        match (message.has_attribute(USE_CANDIDATE), to_b) {
            (true, false) => panic!("who is controlled nominates nothing (section 7.1.2)"),
            (true, true) => {
                nominated += 1;
                let counts = raw(NOMINATION).is_some();
                assert_eq!(counts, session == SessionKind::Own, "where both say so");
            }
            _ => {}
        }
    }
    assert!(nominated > 0, "section 8.1.1");
    assert_eq!(tie_breakers.len(), 2, "one number each, for all requests (section 16.1)");
    let is_enough = requests >= REQUESTS_MIN && answers >= REQUESTS_MIN;
    assert!(is_enough, "{session:?}: {requests} requests, {answers} answers");
    assert_eq!(ids.len(), requests, "each has a number of its own: nothing was lost");
}

/// RFC 8445 section 11, RFC 7675 section 5.1: on a path in use something is asked at least every 15
/// seconds, by both sides.
#[test]
fn a_quiet_call_is_kept_alive() {
    for session in SESSIONS {
        let (log, _) = overheard(session);
        for side in [true, false] {
            let request = |it: &&(bool, Vec<u8>)| it.0 == side && it.1[..2] == [0, 1];
            assert!(log.iter().filter(request).count() >= 4, "in 40 seconds");
        }
    }
}
