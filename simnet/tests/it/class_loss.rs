//! Loss of chosen packets of a call.

use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config, ConnectionState, Event};
use lapwing_simnet::nodes::{ClassLoss, PacketClass};
use lapwing_simnet::{Clock, Handle, LinkId, LinkSpec, RtcHost, Sim, Time, connect_peers};

use crate::fixtures::ms;

/// Two peers, each behind a link upwards with these losses.
struct Call {
    sim: Sim,
    clock: Clock,
    peers: [Handle<RtcHost>; 2],
    up: [LinkId; 2],
}

fn call(up: &LinkSpec) -> Call {
    let mut sim = Sim::new(1);
    let (core, clock) = (sim.router("core"), Clock::arbitrary());
    let wire = LinkSpec::new().delay(ms(10));
    let made = [("a", "192.0.2.1", 1), ("b", "192.0.2.2", 2)].map(|(name, address, seed)| {
        let host = sim.host(name);
        let address = address.parse().unwrap();
        let link = sim.connect(host, core, &[address], &wire.clone().then(up), &wire);
        let peer = RtcHost::new(Config::seeded(seed), clock, Default::default());
        (sim.attach(host, peer), link.up)
    });
    let (peers, up) = (made.map(|(peer, _)| peer), made.map(|(_, up)| up));
    connect_peers(&mut sim, peers[0], peers[1], ms(30));
    let chat = ChannelConfig::new("chat");
    sim.with(peers[0], |a, cx| a.act(cx, |rtc, _, _| rtc.create_channel(chat))).unwrap();
    sim.run_until(Time::from_secs(20));
    Call { sim, clock, peers, up }
}

impl Call {
    /// When both ends were connected.
    fn connected(&self) -> Duration {
        let of = |peer: &Handle<RtcHost>| {
            let events = &self.sim.endpoint(*peer).application().events;
            let connected = |event: &Event| {
                matches!(event, Event::ConnectionStateChanged(ConnectionState::Connected))
            };
            let found = events.iter().find(|(_, event)| connected(event));
            let (at, _) = found.expect("the call connects");
            self.clock.time(*at) - Time::ZERO
        };
        self.peers.iter().map(of).max().expect("there are two")
    }

    /// Packets of the class that each end sent.
    fn seen(&mut self) -> [u64; 2] {
        let sim = &mut self.sim;
        self.up.map(|up| sim.node::<ClassLoss>(up, 1).expect("it is the second stage").seen())
    }

    fn lost(&self) -> u64 {
        self.up.iter().map(|up| self.sim.link_stats(*up).packets_dropped()).sum()
    }
}

#[test]
fn a_handshake_whose_first_flight_is_lost_ends_later() {
    let whole = call(&LinkSpec::new()).connected();
    for class in [PacketClass::Dtls, PacketClass::DtlsClientHello, PacketClass::DtlsServerHello] {
        let call = call(&LinkSpec::new().lose_nth(class, [1]));
        assert!(call.lost() > 0, "{class:?}");
        // The timer of a lost flight begins at no less than 50 ms (RFC 9147 section 5.8.2 says 1 s,
        // less where media flows).
        let late = call.connected();
        assert!(late >= whole + ms(50), "{class:?}: {late:?}, without loss {whole:?}");
        assert!(call.sim.endpoint(call.peers[1]).application().opened("chat"), "{class:?}");
    }
}

#[test]
fn the_classes_of_a_call_are_told_apart() {
    let seen = |class| {
        let mut call = call(&LinkSpec::new().lose_nth(class, []));
        assert_eq!(call.lost(), 0);
        call.seen()
    };
    // One end is the client, the other the server.
    let hellos = [PacketClass::DtlsClientHello, PacketClass::DtlsServerHello].map(seen);
    let roles: Vec<_> = hellos.iter().map(|ends| ends.map(|count| count > 0)).collect();
    assert!(roles[0] != roles[1] && roles[0][0] != roles[0][1], "{hellos:?}");
    let [requests, responses] = [PacketClass::StunRequest, PacketClass::StunResponse].map(seen);
    // Each check is answered, but for those of before the peer knew the credentials.
    assert!(requests[0] >= responses[1] && requests[1] >= responses[0], "{requests:?}");
    assert!(responses.iter().all(|count| *count > 0), "{responses:?}");
    assert_eq!(seen(PacketClass::Rtp), [0, 0]);
    assert_eq!(seen(PacketClass::TurnChannel), [0, 0]);
}
