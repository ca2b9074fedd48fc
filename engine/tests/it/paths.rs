//! Paths of whole calls over the session of our own: how fast one is found, what happens when it
//! dies, what goes on over a restart, and how seldom an idle call wakes up.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, Config, ConnectionState, Event, IceConnectionState, MediaKind, PacketKind,
    SessionKind, TransceiverInit,
};

use crate::media::{mid_of, opus, vp8};
use crate::pair::{Pair, Peer};

/// A round trip of 50 ms.
const DELAY: Duration = Duration::from_millis(25);
const FRAME: Duration = Duration::from_millis(20);
const SECOND: Duration = Duration::from_secs(1);

const A: &str = "192.0.2.1";
const A_TOO: &str = "198.51.100.1";
const B: &str = "192.0.2.2";

fn config(number: u64) -> Config {
    Config { session: SessionKind::Own, ..Config::seeded(number) }
}

/// Sound, pictures and a channel are offered.
fn offering(addresses: [&[&str]; 2]) -> Pair {
    let mut pair = Pair::with_addresses(config(1), config(2), addresses);
    pair.delay = DELAY;
    pair.on_a(|rtc, _| {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
    });
    pair
}

fn call(addresses: [&[&str]; 2]) -> Pair {
    let mut pair = offering(addresses);
    pair.negotiate(true);
    pair.connect();
    pair.run(SECOND * 3);
    pair
}

fn dead(address: &str) -> IpAddr {
    address.parse().expect("an address")
}

/// Both sides talk for a span; for each of them, the longest time without a frame of the other.
fn talk(pair: &mut Pair, span: Duration) -> [Duration; 2] {
    let (mut longest, mut heard_at) = ([Duration::ZERO; 2], [pair.now; 2]);
    let end = pair.now + span;
    let mut number = 0;
    while pair.now < end {
        let frame = opus(number);
        number = number.wrapping_add(1);
        for peer in [&mut pair.a, &mut pair.b] {
            let mid = mid_of(&mut peer.rtc, MediaKind::Audio);
            let mut media = peer.rtc.media(mid).expect("it is negotiated");
            // Without a path there is no room, and nothing is said.
            let _ = media.write(&frame, pair.now);
            peer.drain(pair.now);
        }
        pair.run(FRAME);
        for (side, peer) in [&mut pair.a, &mut pair.b].into_iter().enumerate() {
            longest[side] = longest[side].max(pair.now - heard_at[side]);
            if !peer.take(|event| matches!(event, Event::Frame(_)).then_some(())).is_empty() {
                heard_at[side] = pair.now;
            }
        }
    }
    longest
}

fn ice_states(peer: &mut Peer) -> Vec<IceConnectionState> {
    peer.take(|event| match event {
        Event::IceConnectionStateChanged(state) => Some(*state),
        _ => None,
    })
}

/// The ways that RTP of both sides took since then, from `a` to `b`'s address as either sees it.
fn ways(pair: &Pair, since: usize) -> BTreeSet<(SocketAddr, SocketAddr)> {
    let rtp = pair.trace[since..].iter().filter(|sent| sent.kind == Some(PacketKind::Rtp));
    rtp.map(|sent| sent.path).collect()
}

/// Eight addresses on each side are sixty-four pairs.
#[test]
fn eight_by_eight_addresses_connect_within_a_second() {
    let hosts = |net: &str| (1..=8).map(|n| format!("{net}.{n}")).collect::<Vec<_>>();
    let (of_a, of_b) = (hosts("192.0.2"), hosts("203.0.113"));
    let a: Vec<&str> = of_a.iter().map(String::as_str).collect();
    let b: Vec<&str> = of_b.iter().map(String::as_str).collect();
    for living in [0, 7] {
        let mut pair = offering([&a, &b]);
        // All but one address of a side are dead: the worst of the pairs is the only one.
        let others = a.iter().enumerate().filter(|(n, _)| *n != living);
        pair.dead = others.map(|(_, at)| dead(at)).collect();
        pair.negotiate(true);
        let (start, end) = (pair.now, pair.now + SECOND * 5);
        let found = pair.run_until(end, |pair| {
            [&pair.a, &pair.b].iter().all(|peer| {
                let state = peer.rtc.ice_connection_state();
                matches!(state, IceConnectionState::Connected | IceConnectionState::Completed)
            })
        });
        assert!(found, "{living}");
        let took = pair.now - start;
        assert!(took <= SECOND, "{living}: {took:?}");
    }
}

#[test]
fn either_family_carries_a_call_and_takes_over_from_the_other() {
    let (v4, v6) = ([A, B], ["2001:db8::1", "2001:db8::2"]);
    for (living, dying) in [(v4, v6), (v6, v4)] {
        let mut pair = offering([&[v4[0], v6[0]], &[v6[1], v4[1]]]);
        pair.dead = vec![dead(dying[0])];
        pair.negotiate(true);
        pair.connect();
        let begun = pair.trace.len();
        talk(&mut pair, SECOND * 2);
        let used = ways(&pair, begun);
        let is_living = |at: &SocketAddr| living.map(dead).contains(&at.ip());
        assert!(!used.is_empty() && used.iter().all(|(from, to)| is_living(from) && is_living(to)));

        // The other family comes to life, and the one in use dies some time later.
        pair.dead.clear();
        talk(&mut pair, SECOND * 30);
        pair.dead = vec![dead(living[0])];
        let gaps = talk(&mut pair, SECOND * 8);
        assert!(gaps.iter().all(|gap| *gap < SECOND * 2), "{gaps:?}");
    }
}

#[test]
fn media_is_back_within_two_seconds_of_the_death_of_its_path() {
    for wait in 0..6 {
        let mut pair = call([&[A, A_TOO], &[B]]);
        assert!(talk(&mut pair, SECOND + FRAME * 9 * wait).iter().all(|gap| *gap <= SECOND / 10));
        let begun = pair.trace.len();
        talk(&mut pair, SECOND / 2);
        let used = ways(&pair, begun);
        let first = used.iter().find(|(source, _)| source.ip() != dead(B)).expect("a sends");
        let (dying, living) = match first.0.ip() == dead(A) {
            true => (A, A_TOO),
            false => (A_TOO, A),
        };
        ice_states(&mut pair.a);
        ice_states(&mut pair.b);
        pair.dead = vec![dead(dying)];
        let gaps = talk(&mut pair, SECOND * 8);
        assert!(gaps.iter().all(|gap| *gap < SECOND * 2), "{gaps:?}");
        for peer in [&mut pair.a, &mut pair.b] {
            let told = ice_states(peer);
            assert!(!told.contains(&IceConnectionState::Disconnected), "{told:?}");
            assert_eq!(peer.rtc.connection_state(), ConnectionState::Connected);
        }

        // It lives again, and is better: the call returns to it without a gap.
        pair.dead.clear();
        let gaps = talk(&mut pair, SECOND * 30);
        assert!(gaps.iter().all(|gap| *gap <= SECOND / 10), "{gaps:?}");
        let begun = pair.trace.len();
        talk(&mut pair, SECOND / 2);
        let used = ways(&pair, begun);
        assert!(used.iter().all(|(from, to)| from.ip() != dead(living) && to.ip() != dead(living)));
    }
}

#[test]
fn without_consent_nothing_is_sent_but_checks() {
    let mut pair = Pair::with_addresses(
        // Patience is longer than consent, so that checks go on.
        Config { ice_failed_after: SECOND * 120, ..config(1) },
        Config { ice_failed_after: SECOND * 120, ..config(2) },
        [&[A], &[B]],
    );
    pair.on_a(|rtc, _| {
        rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
    });
    pair.negotiate(true);
    pair.connect();
    talk(&mut pair, SECOND * 3);
    pair.cut = true;
    let cut_at = pair.now;
    let disconnected =
        |peer: &Peer| peer.rtc.ice_connection_state() == IceConnectionState::Disconnected;
    while !(disconnected(&pair.a) && disconnected(&pair.b)) {
        talk(&mut pair, FRAME);
        assert!(pair.now - cut_at <= SECOND * 7, "disconnected within seven seconds");
    }
    // RFC 7675 section 5.1: 30 seconds after the last answer, which came before the cut.
    talk(&mut pair, SECOND * 30);
    let begun = pair.trace.len();
    talk(&mut pair, SECOND * 30);
    let kinds: BTreeSet<_> =
        pair.trace[begun..].iter().map(|sent| sent.kind == Some(PacketKind::Stun)).collect();
    assert_eq!(kinds, BTreeSet::from([true]), "checks, and nothing else");
}

#[test]
fn media_goes_on_over_a_restart_until_the_new_path_works() {
    let mut pair = call([&[A], &[B]]);
    talk(&mut pair, SECOND);
    pair.on_a(|rtc, _| rtc.negotiation().restart_ice());
    // The new checks find nothing for some seconds; what is no STUN passes all the while.
    pair.cut_kind = Some(PacketKind::Stun);
    pair.negotiate(true);
    let gaps = talk(&mut pair, SECOND * 6);
    assert!(gaps.iter().all(|gap| *gap <= SECOND / 10), "on the old path: {gaps:?}");
    pair.cut_kind = None;
    let gaps = talk(&mut pair, SECOND * 6);
    assert!(gaps.iter().all(|gap| *gap <= SECOND / 10), "and over to the new one: {gaps:?}");
    for peer in [&mut pair.a, &mut pair.b] {
        assert_eq!(peer.rtc.connection_state(), ConnectionState::Connected);
        assert!(!ice_states(peer).contains(&IceConnectionState::Failed));
    }
}

/// Wake-ups by time alone in a minute, of each side.
fn wakes_in_a_minute(pair: &mut Pair) -> [u32; 2] {
    let before = [pair.a.wakes, pair.b.wakes];
    pair.run(SECOND * 60);
    [pair.a.wakes - before[0], pair.b.wakes - before[1]]
}

const WAKES_MAX: u32 = 2 * 60;

#[test]
fn an_idle_call_wakes_up_at_most_twice_a_second() {
    // Nothing was ever said.
    let mut pair = call([&[A], &[B]]);
    pair.run(SECOND * 10);
    let wakes = wakes_in_a_minute(&mut pair);
    assert!(wakes.iter().all(|count| *count <= WAKES_MAX), "{wakes:?} before all media");

    // Sound, pictures and a second address; then all of them fall silent.
    let mut pair = call([&[A, A_TOO], &[B]]);
    for number in 0..20 {
        for frame in [opus(number), vp8(number, number == 0, 3_000)] {
            for peer in [&mut pair.a, &mut pair.b] {
                let mid = mid_of(&mut peer.rtc, frame.codec.kind());
                let mut media = peer.rtc.media(mid).expect("it is negotiated");
                media.write(&frame, pair.now).expect("there is room");
                peer.drain(pair.now);
            }
        }
        pair.run(FRAME);
    }
    pair.run(SECOND * 10);
    let wakes = wakes_in_a_minute(&mut pair);
    assert!(wakes.iter().all(|count| *count <= WAKES_MAX), "{wakes:?} after media");
}
