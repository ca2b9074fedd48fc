//! How an application's author tests a call in the laboratory: docs/simnet-tutorial.md tells the
//! story.

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config, ConnectionState, Rtc};
use lapwing_simnet::testing::{
    Message, Pair, PairSpec, SendError, expect_messages, for_seeds, received, send, wait_until,
};
use lapwing_simnet::{Clock, Inbox, LinkSpec, RtcHost, Sim, Time, connect_peers};

const LONG: Duration = Duration::from_secs(60);

fn lossy() -> LinkSpec {
    LinkSpec::new().delay(Duration::from_millis(20)).loss(0.05)
}

#[test]
fn a_call_survives_two_nats_and_five_percent_loss() {
    for_seeds(1..=1_000, |seed| {
        let Pair { mut sim, a, b, .. } = Pair::behind_nats(seed, &lossy()).with_channel("chat");
        send(&mut sim, a, "chat", "hello").unwrap();
        expect_messages(&mut sim, b, "chat", &["hello".into()], LONG).unwrap();
    });
}

/// The same by hand.
#[test]
fn a_network_of_ones_own_is_as_good_as_the_pair() {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let [a, b] = [("198.51.100.1", 1), ("203.0.113.1", 2)].map(|(address, seed)| {
        let public: IpAddr = address.parse().unwrap();
        let config = Config::seeded(seed);
        let peer = RtcHost::new(config, Clock::arbitrary(), Inbox::default()).with_public(public);
        let host = sim.home(core, public, &lossy());
        sim.attach(host, peer)
    });
    connect_peers(&mut sim, a, b, Duration::from_millis(50));
    let chat = ChannelConfig::new("chat");
    sim.with(a, |a, cx| a.act(cx, |rtc, _, _| rtc.create_channel(chat))).unwrap();
    let opened = |sim: &Sim| sim.endpoint(b).application().opened("chat");
    wait_until(&mut sim, Time::from_secs(60), opened).unwrap();
}

#[test]
fn what_was_waited_for_is_said() {
    let mut pair = Pair::direct(1, &LinkSpec::new());
    pair.sim.set_link_up(pair.links[1].up, false);
    let timed_out = pair.open("chat", Duration::from_secs(3)).unwrap_err();
    assert_eq!(
        timed_out.missing,
        "channel \"chat\" is not open, a is Connecting and has none, b is Connecting and has none"
    );
    assert_eq!((timed_out.deadline, pair.sim.now()), (Time::from_secs(3), Time::from_secs(3)));
    assert!(timed_out.events > 10 && timed_out.next_at > Some(Time::from_secs(3)));
    let shown = format!("{timed_out:?}");
    assert!(shown.contains("tests/it/tutorial.rs:") && shown.contains("3.000000000 s"), "{shown}");

    pair.sim.set_link_up(pair.links[1].up, true);
    let connected = |sim: &Sim| {
        sim.endpoint(pair.b).rtc().map(Rtc::connection_state) == Some(ConnectionState::Connected)
    };
    wait_until(&mut pair.sim, Time::from_secs(30), connected).unwrap();
}

/// A wait ends with the event that it waited for, so what follows happens at that moment.
#[test]
fn a_wait_ends_at_the_very_event() {
    let link = LinkSpec::new().delay(Duration::from_millis(10));
    let Pair { mut sim, a, b, .. } = Pair::direct(1, &link).with_channel("chat");
    let began = sim.now();
    assert_eq!(send(&mut sim, a, "other", "?"), Err(SendError::NoChannel("other".to_owned())));
    send(&mut sim, a, "chat", vec![1, 2, 3]).unwrap();
    let both: [Message; 2] = [vec![1, 2, 3].into(), "text".into()];
    let at = expect_messages(&mut sim, b, "chat", &both[..1], LONG).unwrap();
    assert_eq!(at - began, Duration::from_millis(20));
    send(&mut sim, a, "chat", "text").unwrap();
    let timed_out = expect_messages(&mut sim, b, "chat", &[], LONG).unwrap_err();
    assert!(timed_out.missing.contains("Text(\"text\")"), "{timed_out}");
    assert_eq!(received(&sim, b, "chat"), both);
    assert_eq!(received(&sim, b, "other"), []);
}

#[test]
fn a_pair_repeats() {
    let chain = |seed| {
        let spec = PairSpec { behind_nats: true, ..PairSpec::new(seed, &lossy()) };
        let mut pair = spec.build(Inbox::default(), Inbox::default()).with_channel("chat");
        pair.sim.run_until(Time::from_secs(10));
        pair.sim.chain()
    };
    assert_eq!(chain(7), chain(7));
    assert_ne!(chain(7), chain(8));
}
