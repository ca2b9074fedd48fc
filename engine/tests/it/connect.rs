//! Connecting, losing the path, restarting, closing.

use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, CloseReason, ConnectionState, DtlsVersion, Event, IceConnectionState, MediaKind,
    PacketKind, RemoteOutcome, SrtpCipher, TransceiverInit,
};

use crate::pair::Pair;

fn with_channel(mut pair: Pair) -> Pair {
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair.negotiate(true);
    pair
}

#[test]
fn two_peers_connect_with_dtls_1_3() {
    let mut pair = with_channel(Pair::seeded());
    pair.connect();
    for rtc in [&mut pair.a.rtc, &mut pair.b.rtc] {
        let stats = rtc.stats();
        assert_eq!(stats.transport.tls_version, Some("FEFC"));
        assert_eq!(stats.transport.srtp_cipher, Some(SrtpCipher::AeadAes256Gcm));
        assert_eq!(stats.transport.packets_discarded, 0);
    }
}

#[test]
fn an_old_peer_gets_dtls_1_2() {
    let mut old = lapwing_engine::Config::seeded(2);
    old.dtls = DtlsVersion::V1_2;
    let mut pair = with_channel(Pair::new(lapwing_engine::Config::seeded(1), old));
    pair.connect();
    assert_eq!(pair.a.rtc.stats().transport.tls_version, Some("FEFD"));
}

#[test]
fn states_are_told_in_order() {
    let mut pair = with_channel(Pair::seeded());
    pair.connect();
    let states = pair.a.take(|event| match event {
        Event::ConnectionStateChanged(state) => Some(*state),
        _ => None,
    });
    assert_eq!(states, [ConnectionState::Connecting, ConnectionState::Connected]);
    let ice = pair.b.take(|event| match event {
        Event::IceConnectionStateChanged(state) => Some(*state),
        _ => None,
    });
    assert_eq!(ice.first(), Some(&IceConnectionState::Checking));
}

#[test]
fn no_handshake_leaves_before_a_path_is_found() {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair.exchange(true);
    pair.run(Duration::from_secs(25));
    let handshakes =
        |pair: &Pair| pair.trace.iter().filter(|sent| sent.kind == Some(PacketKind::Dtls)).count();
    assert_eq!(handshakes(&pair), 0);
    pair.trickle();
    pair.connect();
    assert!(handshakes(&pair) > 0);
}

#[test]
fn after_a_cut_only_checks_are_sent_and_the_path_may_come_back() {
    let mut pair = with_channel(Pair::seeded());
    pair.connect();
    pair.cut = true;
    pair.run(Duration::from_secs(8));
    assert_eq!(pair.a.rtc.ice_connection_state(), IceConnectionState::Disconnected);
    pair.cut = false;
    pair.run(Duration::from_secs(8));
    assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected);

    pair.cut = true;
    pair.run(Duration::from_secs(31));
    assert_eq!(pair.a.rtc.ice_connection_state(), IceConnectionState::Failed);
    let before = pair.trace.len();
    pair.run(Duration::from_secs(20));
    let others = pair.trace[before..].iter().filter(|sent| sent.kind != Some(PacketKind::Stun));
    assert_eq!(others.count(), 0, "nothing but checks without consent");
}

#[test]
fn an_ice_restart_brings_new_credentials_and_keeps_the_call() {
    let mut pair = with_channel(Pair::seeded());
    pair.connect();
    let ufrags = |pair: &Pair| [&pair.a.rtc, &pair.b.rtc].map(|rtc| rtc.local_ufrag());
    let before = ufrags(&pair);
    pair.on_a(|rtc, _| rtc.negotiation().restart_ice());
    pair.negotiate(true);
    let after = ufrags(&pair);
    assert!(before[0] != after[0] && before[1] != after[1], "{before:?} {after:?}");
    pair.run(Duration::from_secs(40));
    assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected);
    assert_eq!(pair.b.rtc.connection_state(), ConnectionState::Connected);
}

#[test]
fn closing_is_told_to_the_peer() {
    let mut pair = with_channel(Pair::seeded());
    pair.connect();
    pair.on_a(|rtc, now| rtc.close(now));
    pair.run(Duration::from_secs(2));

    let closed = |event: &Event| match event {
        Event::Closed(reason) => Some(reason.clone()),
        _ => None,
    };
    assert_eq!(pair.a.take(closed), [CloseReason::Local]);
    assert_eq!(pair.b.take(closed), [CloseReason::Remote]);
    let before = pair.trace.len();
    pair.run(Duration::from_secs(60));
    assert_eq!(pair.trace.len(), before, "silence after the end");
}

#[test]
fn glare_is_resolved_by_the_roles() {
    let mut pair = Pair::seeded();
    for rtc in [&mut pair.a.rtc, &mut pair.b.rtc] {
        rtc.create_channel(ChannelConfig::new("both")).expect("room for one");
        rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
    }
    let offers = [&mut pair.a.rtc, &mut pair.b.rtc].map(|rtc| {
        let offer = rtc.negotiation().create_offer().expect("something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
        offer
    });
    // `a` is impolite, `b` is polite.
    let at_a = pair.on_a(|rtc, _| rtc.negotiation().set_remote(&offers[1]));
    assert_eq!(at_a, Ok(RemoteOutcome::Ignored));
    let at_b = pair.on_b(|rtc, _| rtc.negotiation().set_remote(&offers[0]));
    assert_eq!(at_b, Ok(RemoteOutcome::RolledBack));
    let answer = pair.on_b(|rtc, _| {
        let answer = rtc.negotiation().create_answer().expect("an offer waits");
        rtc.negotiation().set_local(&answer).expect("it was just created");
        answer
    });
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("a valid answer");
    pair.trickle();
    pair.connect();
    let needed = |event: &Event| matches!(event, Event::NegotiationNeeded).then_some(());
    assert!(!pair.b.take(needed).is_empty(), "the polite side offers again");
    pair.negotiate(false);
    pair.run(Duration::from_secs(1));
    let opened = |event: &Event| match event {
        Event::ChannelOpened(opened) => Some(opened.label.clone()),
        _ => None,
    };
    assert_eq!(pair.a.take(opened).len(), 2);
    assert_eq!(pair.b.take(opened).len(), 2);
    assert_eq!(pair.a.rtc.negotiation().transceivers().len(), 2);
}

/// Names of the secrets, and whether all lines are of one handshake.
fn names_of(key_log: &str) -> Vec<&str> {
    let lines: Vec<Vec<&str>> = key_log.lines().map(|line| line.split(' ').collect()).collect();
    assert!(lines.iter().all(|line| line.len() == 3 && line[1] == lines[0][1]), "{key_log}");
    assert!(lines.iter().all(|line| line[1].len() == 64 && line[2].len() >= 64), "{key_log}");
    lines.iter().map(|line| line[0]).collect()
}

#[test]
fn both_sides_tell_the_same_secrets_if_asked() {
    for (version, names) in [
        (DtlsVersion::V1_2, &["CLIENT_RANDOM"][..]),
        (
            DtlsVersion::V1_3,
            &[
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                "CLIENT_TRAFFIC_SECRET_0",
                "EXPORTER_SECRET",
                "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                "SERVER_TRAFFIC_SECRET_0",
            ],
        ),
    ] {
        let configs = [1, 2].map(|seed| {
            let mut config = lapwing_engine::Config::seeded(seed);
            (config.dtls, config.key_log) = (version, true);
            config
        });
        let [a, b] = configs;
        let mut pair = with_channel(Pair::new(a, b));
        assert_eq!(pair.a.rtc.key_log(), None, "nothing is agreed on yet");
        pair.connect();
        let sides = [&pair.a.rtc, &pair.b.rtc].map(|rtc| {
            let mut told = names_of(rtc.key_log().expect("the handshake is over"));
            told.sort_unstable();
            told
        });
        assert_eq!(sides, [names, names]);
        let sorted =
            |log: &str| log.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        let logs = [&pair.a.rtc, &pair.b.rtc].map(|rtc| sorted(rtc.key_log().expect("as above")));
        assert_eq!(logs[0], logs[1]);
    }
    let mut pair = with_channel(Pair::seeded());
    pair.connect();
    assert_eq!(pair.a.rtc.key_log(), None, "nobody asked");
}
