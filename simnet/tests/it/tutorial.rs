//! How an application's author tests a call in the laboratory: docs/simnet-tutorial.md tells the
//! story.

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config, NegotiationRole};
use lapwing_simnet::{Clock, Inbox, LinkSpec, RtcHost, Sim, Time, connect_peers};

#[test]
fn a_call_survives_two_nats_and_five_percent_loss() {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let link = LinkSpec::new().delay(Duration::from_millis(20)).loss(0.05);
    let [a, b] = [("198.51.100.1", 1), ("203.0.113.1", 2)].map(|(address, seed)| {
        let public: IpAddr = address.parse().unwrap();
        let role = [NegotiationRole::Impolite, NegotiationRole::Polite][seed as usize - 1];
        let config = Config::seeded(seed).with_role(role);
        let peer = RtcHost::new(config, Clock::arbitrary(), Inbox::default()).with_public(public);
        let host = sim.home(core, public, &link);
        sim.attach(host, peer)
    });
    connect_peers(&mut sim, a, b, Duration::from_millis(50));
    let chat = ChannelConfig::new("chat");
    sim.with(a, |a, cx| a.act(cx, |rtc, _, _| rtc.create_channel(chat))).unwrap();
    sim.run_until(Time::from_secs(15));
    assert!(sim.endpoint(a).application().opened("chat"));
    assert!(sim.endpoint(b).application().opened("chat"));
}
