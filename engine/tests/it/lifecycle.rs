//! Peers that never come, and peers that vanish: when the connection is over, and what brings it
//! back.

use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, CloseReason, Config, ConnectionState, Event, ICE_FAILED_AFTER,
    IceConnectionState, SessionKind, SignalingState,
};

use crate::pair::{Pair, Peer};

fn with_channel(mut pair: Pair) -> Pair {
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair
}

fn connected() -> Pair {
    connected_as(Config::seeded(1), Config::seeded(2))
}

fn connected_as(a: Config, b: Config) -> Pair {
    let mut pair = with_channel(Pair::new(a, b));
    pair.negotiate(true);
    pair.connect();
    // The association of the channels follows.
    pair.run(Duration::from_secs(1));
    pair
}

fn states(peer: &mut Peer) -> Vec<IceConnectionState> {
    peer.take(|event| match event {
        Event::IceConnectionStateChanged(state) => Some(*state),
        _ => None,
    })
}

fn closed(peer: &mut Peer) -> Vec<CloseReason> {
    peer.take(|event| match event {
        Event::Closed(reason) => Some(reason.clone()),
        _ => None,
    })
}

fn ice_of(pair: &Pair) -> [IceConnectionState; 2] {
    [&pair.a, &pair.b].map(|peer| peer.rtc.ice_connection_state())
}

fn restart(pair: &mut Pair) {
    pair.on_a(|rtc, _| rtc.negotiation().restart_ice());
    pair.negotiate(true);
}

/// Runs for `span` and asserts that nothing is sent.
fn assert_silence(pair: &mut Pair, span: Duration) {
    // What was asked for before is on its way.
    pair.step();
    let before = pair.trace.len();
    pair.run(span);
    assert_eq!(pair.trace.len(), before, "silence");
}

use IceConnectionState::{Checking, Completed, Connected, Disconnected, Failed, New};

#[test]
fn checks_that_nobody_answers_fail_after_thirty_seconds() {
    let mut pair = with_channel(Pair::seeded());
    pair.cut = true;
    let start = pair.now;
    pair.negotiate(true);
    assert_eq!(ice_of(&pair), [Checking; 2]);
    let end = start + Duration::from_secs(120);
    assert!(pair.run_until(end, |pair| ice_of(pair) == [Failed; 2]), "both failed");
    assert_eq!(pair.now - start, ICE_FAILED_AFTER);
    for peer in [&mut pair.a, &mut pair.b] {
        assert_eq!(states(peer), [Checking, Failed]);
        assert_eq!(peer.rtc.connection_state(), ConnectionState::Failed);
    }

    pair.cut = false;
    assert_silence(&mut pair, Duration::from_secs(300));
    assert_eq!(ice_of(&pair), [Failed; 2], "a dead connection stays dead");
    restart(&mut pair);
    pair.connect();
}

#[test]
fn no_candidates_at_all_fail_as_well() {
    let mut pair = with_channel(Pair::seeded());
    pair.exchange(true);
    pair.run(ICE_FAILED_AFTER - Duration::from_secs(1));
    assert_eq!(ice_of(&pair), [Checking; 2]);
    pair.run(Duration::from_secs(1));
    assert_eq!(ice_of(&pair), [Failed; 2]);
    pair.trickle();
    assert_silence(&mut pair, Duration::from_secs(60));
    restart(&mut pair);
    pair.connect();
}

#[test]
fn an_offer_without_an_answer_waits_and_does_nothing() {
    let mut pair = with_channel(Pair::seeded());
    pair.on_a(|rtc, _| {
        let offer = rtc.negotiation().create_offer().expect("something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
    });
    pair.run(Duration::from_secs(3600 * 24));
    assert_eq!(ice_of(&pair), [New; 2]);
    assert_eq!(pair.a.rtc.connection_state(), ConnectionState::New);
    assert_eq!(pair.a.rtc.signaling_state(), SignalingState::HaveLocalOffer);
    assert!(pair.trace.is_empty() && states(&mut pair.a).is_empty());
}

#[test]
fn an_answer_that_is_thought_over_costs_no_time() {
    let mut pair = with_channel(Pair::seeded());
    let now = pair.now;
    let offer = pair.on_a(|rtc, _| {
        let offer = rtc.negotiation().create_offer().expect("something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
        offer
    });
    pair.on_b(|rtc, _| rtc.negotiation().set_remote(&offer)).expect("a valid offer");
    pair.run(Duration::from_secs(90));
    assert!(pair.now >= now + Duration::from_secs(90));
    assert_eq!(ice_of(&pair), [New; 2]);
    let answer = pair.on_b(|rtc, _| {
        let answer = rtc.negotiation().create_answer().expect("an offer waits");
        rtc.negotiation().set_local(&answer).expect("it was just created");
        answer
    });
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("a valid answer");
    pair.trickle();
    pair.connect();
}

#[test]
fn patience_can_be_set() {
    let mut hasty = Config::seeded(1);
    hasty.ice_failed_after = Duration::from_secs(5);
    let mut patient = Config::seeded(2);
    patient.ice_failed_after = Duration::from_secs(600);
    let mut pair = with_channel(Pair::new(hasty, patient));
    pair.cut = true;
    pair.negotiate(true);
    pair.run(Duration::from_secs(5));
    assert_eq!(ice_of(&pair), [Failed, Checking]);
    pair.run(Duration::from_secs(590));
    assert_eq!(ice_of(&pair), [Failed, Checking]);
    pair.run(Duration::from_secs(5));
    assert_eq!(ice_of(&pair), [Failed, Failed]);
}

#[test]
fn a_path_that_dies_is_disconnected_then_failed_on_both_sides() {
    let mut pair = connected();
    states(&mut pair.a);
    states(&mut pair.b);
    pair.cut = true;
    pair.run(Duration::from_secs(35));
    assert_eq!(ice_of(&pair), [Failed; 2]);
    for peer in [&mut pair.a, &mut pair.b] {
        let told = states(peer);
        let tail = &told[told.len() - 2..];
        assert_eq!(tail, [Disconnected, Failed], "{told:?}");
        let before = &told[..told.len() - 2];
        assert!(before.iter().all(|state| [Connected, Completed].contains(state)), "{told:?}");
    }
    pair.cut = false;
    assert_silence(&mut pair, Duration::from_secs(600));
    assert_eq!(ice_of(&pair), [Failed; 2], "a dead connection stays dead");

    restart(&mut pair);
    pair.connect();
    pair.run(Duration::from_secs(60));
    for peer in [&mut pair.a, &mut pair.b] {
        assert_eq!(peer.rtc.connection_state(), ConnectionState::Connected);
        assert!(!states(peer).contains(&Failed), "the old path's end does not count again");
    }
}

#[test]
fn a_restart_that_finds_nothing_fails_again() {
    let mut pair = connected();
    pair.cut = true;
    pair.run(Duration::from_secs(35));
    states(&mut pair.a);
    for _ in 0..2 {
        restart(&mut pair);
        assert_eq!(ice_of(&pair), [Checking; 2]);
        let others = pair.trace.len();
        pair.run(ICE_FAILED_AFTER);
        assert_eq!(states(&mut pair.a), [Checking, Failed]);
        let checks_only =
            |sent: &crate::pair::Sent| sent.kind == Some(lapwing_engine::PacketKind::Stun);
        assert!(pair.trace[others..].iter().all(checks_only), "without consent only checks");
        assert!(pair.trace.len() > others, "a restart checks");
    }
}

/// The peer's process is killed: it says nothing more, and nobody takes what is sent to it.
#[test]
fn a_killed_peer_is_noticed_and_closing_says_nothing_more() {
    for from_a in [true, false] {
        let mut pair = connected();
        pair.cut = true;
        let alive = |pair: &mut Pair| if from_a { ice_of(pair)[0] } else { ice_of(pair)[1] };
        let start = pair.now;
        let end = start + Duration::from_secs(60);
        assert!(pair.run_until(end, |pair| alive(pair) == Disconnected));
        assert!(pair.now - start <= Duration::from_secs(10));
        assert!(pair.run_until(end, |pair| alive(pair) == Failed));
        assert!(pair.now - start <= Duration::from_secs(30));
        for on_a in [true, false] {
            let work = |rtc: &mut lapwing_engine::Rtc, now| rtc.close(now);
            if on_a { pair.on_a(work) } else { pair.on_b(work) }
        }
        assert_silence(&mut pair, Duration::from_secs(60));
        assert_eq!(closed(&mut pair.a), [CloseReason::Local]);
    }
}

/// A connection whose association is still being set up when the path dies.
fn cut_before_the_channel(session: SessionKind) -> Pair {
    let config = |number| Config { session, snap: false, ..Config::seeded(number) };
    let mut pair = with_channel(Pair::new(config(1), config(2)));
    pair.negotiate(true);
    pair.connect();
    pair.cut = true;
    pair.run(Duration::from_secs(120));
    pair
}

/// Over str0m, what is still being set up and answered by nobody is given up some time after the
/// path.
#[test]
fn what_is_given_up_on_a_dead_path_is_no_goodbye_of_the_peer() {
    let mut pair = cut_before_the_channel(SessionKind::Str0m);
    let told: Vec<_> = [&mut pair.a, &mut pair.b].into_iter().flat_map(closed).collect();
    assert!(!told.is_empty(), "one of them waited for an answer");
    assert!(told.iter().all(|reason| *reason == CloseReason::Disconnected), "{told:?}");
}

/// Ours gives up nothing by itself, as the W3C has it for what has failed: only ICE tells that the
/// peer is gone, and a restart takes everything up where it stood.
#[test]
fn what_is_set_up_on_a_dead_path_goes_on_after_a_restart() {
    let mut pair = cut_before_the_channel(SessionKind::Own);
    assert_eq!(ice_of(&pair), [Failed; 2]);
    for peer in [&mut pair.a, &mut pair.b] {
        assert_eq!(closed(peer), []);
        let opened = |event: &Event| matches!(event, Event::ChannelOpened(_)).then_some(());
        assert!(peer.take(opened).is_empty());
    }
    assert_silence(&mut pair, Duration::from_secs(600));
    pair.cut = false;
    restart(&mut pair);
    pair.connect();
    pair.run(Duration::from_secs(5));
    for peer in [&mut pair.a, &mut pair.b] {
        let opened = |event: &Event| matches!(event, Event::ChannelOpened(_)).then_some(());
        assert_eq!(peer.take(opened).len(), 1);
    }
}

#[test]
fn it_closes_itself_where_that_is_asked_for() {
    let closing = |number| {
        let mut config = Config::seeded(number);
        config.closed_after_failed = Some(Duration::from_secs(20));
        config
    };
    let mut pair = connected_as(closing(1), Config::seeded(2));
    pair.cut = true;
    let start = pair.now;
    let end = start + Duration::from_secs(120);
    assert!(pair.run_until(end, |pair| pair.a.rtc.ice_connection_state() == Failed));
    let failed = pair.now;
    let over = |pair: &mut Pair| pair.a.rtc.connection_state() == ConnectionState::Closed;
    assert!(pair.run_until(end, over));
    assert_eq!(pair.now - failed, Duration::from_secs(20));
    assert_eq!(closed(&mut pair.a), [CloseReason::Disconnected]);
    assert_eq!(pair.a.rtc.signaling_state(), SignalingState::Closed);
    assert!(matches!(pair.a.events.last(), None | Some(Event::SignalingStateChanged(_))));
    pair.run(Duration::from_secs(600));
    assert_eq!(ice_of(&pair)[1], Failed);
    assert!(closed(&mut pair.b).is_empty(), "the other side was not asked to");
}

#[test]
fn a_restart_in_time_keeps_it_from_closing() {
    let mut config = Config::seeded(1);
    config.closed_after_failed = Some(Duration::from_secs(20));
    let mut pair = connected_as(config, Config::seeded(2));
    pair.cut = true;
    pair.run(Duration::from_secs(40));
    assert_eq!(ice_of(&pair), [Failed; 2]);
    pair.cut = false;
    restart(&mut pair);
    pair.connect();
    pair.run(Duration::from_secs(60));
    assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected);
}

/// The sockets of a connection that nobody answers go with it.
#[test]
fn a_hundred_offers_without_a_peer_leave_no_socket() {
    let mut pair = Pair::seeded();
    for number in 0..100 {
        let mut peer = Peer::new(Config::seeded(number), "192.0.2.1", pair.now);
        peer.rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        let offer = peer.rtc.negotiation().create_offer().expect("something to offer");
        peer.rtc.negotiation().set_local(&offer).expect("it was just created");
        peer.drain(pair.now);
        assert_eq!(peer.sockets, 1);
        peer.rtc.close(pair.now);
        peer.drain(pair.now);
        assert_eq!(peer.sockets, 0);
        assert!(peer.sent.is_empty());
        pair.now += Duration::from_millis(1);
    }
}
