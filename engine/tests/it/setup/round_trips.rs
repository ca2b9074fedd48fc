//! Round trips from both descriptions to a channel that is open at both ends, in virtual time:
//!
//!     cargo test -p lapwing-engine --test it setup::round_trips -- --nocapture

use std::time::Duration;

use lapwing_engine::{Config, DtlsVersion, PacketKind, SessionKind};

use super::{DELAY, introduced, opened, own};
use crate::pair::Pair;

/// What a paced check and rounding may add.
const SLACK: f64 = 0.05;

fn config(number: u64, dtls: DtlsVersion, snap: bool, sped: bool) -> Config {
    Config { dtls, snap, sped, ..own(number) }
}

fn round_trips(pair: &mut Pair) -> f64 {
    pair.negotiate(true);
    let time = opened(pair, Duration::from_secs(10)).expect("it opens");
    time.as_secs_f64() / (2.0 * DELAY.as_secs_f64())
}

#[test]
fn of_every_way_to_set_up() {
    println!("DTLS | SNAP | SPED | round trips");
    for (dtls, snap, sped, most) in [
        (DtlsVersion::V1_2, false, false, 6.0),
        (DtlsVersion::V1_2, true, false, 4.0),
        (DtlsVersion::V1_3, false, false, 5.0),
        (DtlsVersion::V1_3, true, false, 3.0),
        (DtlsVersion::V1_3, true, true, 2.0),
        (DtlsVersion::Auto, true, false, 3.0),
        (DtlsVersion::Auto, true, true, 2.0),
    ] {
        let mut pair = introduced(config(1, dtls, snap, sped), config(2, dtls, snap, sped));
        let trips = round_trips(&mut pair);
        println!("{dtls:?} | {snap} | {sped} | {trips:.2}");
        assert!(trips <= most + SLACK, "{dtls:?} snap {snap} sped {sped}: {trips}");
    }
}

/// Either side may do without, and the other session may be the peer.
#[test]
fn what_one_side_cannot_is_not_done() {
    let config = |number, session, snap, sped| Config { session, snap, sped, ..own(number) };
    let (ours, other) = (SessionKind::Own, SessionKind::Str0m);
    for (a, b) in [
        ((ours, true, true), (ours, false, false)),
        ((ours, false, true), (ours, true, false)),
        ((ours, true, false), (ours, false, true)),
        ((ours, true, true), (other, true, true)),
        ((other, true, true), (ours, true, true)),
    ] {
        let mut pair = introduced(config(1, a.0, a.1, a.2), config(2, b.0, b.1, b.2));
        let trips = round_trips(&mut pair);
        assert!(trips < 12.0, "{a:?} {b:?}: {trips}");
        pair.connect();
    }
}

#[test]
fn descriptions_say_the_association_and_keep_to_it() {
    let line = |sdp: &str| {
        sdp.lines().find_map(|line| line.strip_prefix("a=sctp-init:")).map(str::to_owned)
    };
    let mut pair = introduced(own(1), own(2));
    pair.negotiate(true);
    assert!(opened(&mut pair, Duration::from_secs(10)).is_some());
    let said = |pair: &mut Pair| {
        [&mut pair.a, &mut pair.b].map(|peer| {
            let description = peer.rtc.negotiation().local_description().expect("there is one");
            line(&description.sdp).expect("it says it")
        })
    };
    let first = said(&mut pair);
    assert_ne!(first[0], first[1]);
    pair.negotiate(false);
    assert_eq!(said(&mut pair), first);

    // One that began without it goes on without it.
    let mut pair = introduced(own(1), Config { snap: false, ..own(2) });
    pair.exchange_altered(true, |description| {
        assert_eq!(
            line(&description.sdp).is_some(),
            description.kind == lapwing_engine::SdpType::Offer
        );
    });
    pair.trickle();
    assert!(opened(&mut pair, Duration::from_secs(10)).is_some());
    pair.exchange_altered(true, |description| assert_eq!(line(&description.sdp), None));
}

/// A line that was damaged on its way: the one who cannot read it sets up the association, and the
/// other answers as if there had been no line.
#[test]
fn a_damaged_line_costs_round_trips() {
    use lapwing_engine::SdpType::{Answer, Offer};
    for (kind, by) in
        [(Offer, "a=sctp-init:AQ"), (Answer, "a=sctp-init:!!"), (Answer, "a=sctp-init:AAAA")]
    {
        let mut pair = introduced(own(1), own(2));
        pair.exchange_altered(true, |description| {
            if description.kind == kind {
                let at = description.sdp.find("a=sctp-init:").expect("it has one");
                let end = at + description.sdp[at..].find("\r\n").expect("a line has an end");
                description.sdp.replace_range(at..end, by);
            }
        });
        pair.trickle();
        assert!(opened(&mut pair, Duration::from_secs(10)).is_some(), "{kind:?} {by}");
    }
}

/// The pace of checks (Ta) does not hold back the first one.
#[test]
fn the_first_check_leaves_at_once() {
    let mut pair = introduced(own(1), own(2));
    pair.run(Duration::from_secs(1));
    pair.negotiate(true);
    pair.run(Duration::from_millis(1));
    let both = [&pair.a, &pair.b].map(|peer| peer.rtc.stats().transport.packets_discarded);
    assert_eq!(both, [0, 0]);
    let checks = pair.trace.iter().filter(|sent| sent.kind == Some(PacketKind::Stun));
    let from: std::collections::BTreeSet<_> = checks.map(|sent| sent.path.0.ip()).collect();
    assert_eq!(from.len(), 2, "one from each end within a millisecond");
}
