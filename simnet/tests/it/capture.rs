//! A run as a packet capture and as a log of events.

use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config};
use lapwing_simnet::capture::{Block, Capture, EventLine, EventLog, LINKTYPE_RAW, PcapngReader};
use lapwing_simnet::{Clock, Handle, Inbox, LinkSpec, RtcHost, Sim, Time, connect_peers};

use crate::fixtures::ms;

fn call(loss: f64) -> (Sim, [Handle<RtcHost>; 2]) {
    let mut sim = Sim::new(3);
    let core = sim.router("core");
    let link = LinkSpec::new().delay(ms(10)).loss(loss);
    let peers = [("a", "192.0.2.1", 1), ("b", "2001:db8::2", 2)];
    let peers = peers.map(|(name, address, seed)| {
        let host = sim.host(name);
        let addresses = [address, if seed == 1 { "2001:db8::1" } else { "192.0.2.2" }];
        let addresses = addresses.map(|address| address.parse().expect("an address"));
        sim.connect(host, core, &addresses, &link, &link);
        sim.attach(host, RtcHost::new(Config::seeded(seed), Clock::arbitrary(), Inbox::default()))
    });
    connect_peers(&mut sim, peers[0], peers[1], ms(30));
    (sim, peers)
}

#[test]
fn a_call_is_captured_at_both_ends() {
    let (mut sim, [a, b]) = call(0.1);
    let capture = Capture::new(&[(a.id(), "a"), (b.id(), "b")]).with_drops();
    sim.watch(capture);
    sim.watch(EventLog::default());
    sim.with(a, |a, cx| a.act(cx, |rtc, _, _| rtc.create_channel(ChannelConfig::new("chat"))))
        .expect("room for one");
    sim.run_until(Time::from_secs(5));
    let bytes = sim.watcher::<Capture>().expect("it watches").take();
    let mut names = Vec::new();
    let mut packets = [0; 3];
    let (mut last, mut families) = (0, [0; 2]);
    for block in PcapngReader::new(&bytes).expect("a capture") {
        match block.expect("it is whole") {
            Block::Interface { link_type, name } => {
                assert_eq!(link_type, LINKTYPE_RAW);
                names.push(name.expect("every one has a name").to_owned());
            }
            Block::Packet { interface, at_ns, bytes, original, comment } => {
                assert!(at_ns >= last, "in order");
                last = at_ns;
                packets[interface as usize] += 1;
                families[usize::from(bytes[0] >> 4 == 6)] += 1;
                assert_eq!(bytes.len(), original as usize);
                assert_eq!(comment.is_some(), interface == 2);
            }
            _ => {}
        }
    }
    assert_eq!(names, ["a", "b", "drops"]);
    assert!(packets[0] > 30 && packets[1] > 30 && packets[2] > 2, "{packets:?}");
    assert!(families[0] > 5 && families[1] > 5, "{families:?}");
    let clock = Time::from_nanos(last);
    assert!(clock <= sim.now() && sim.now() - clock < Duration::from_secs(5));
}

#[test]
fn events_are_lines_of_json() {
    let (mut sim, [a, _]) = call(0.1);
    sim.watch(EventLog::default());
    sim.at(Time::from_secs(1), |_| {});
    sim.with(a, |a, cx| a.act(cx, |rtc, _, _| rtc.create_channel(ChannelConfig::new("chat"))))
        .expect("room for one");
    sim.run_until(Time::from_secs(3));
    let said = sim.with(a, |a, cx| a.act(cx, |_, inbox, _| std::mem::take(&mut inbox.events)));
    let log = sim.watcher::<EventLog>().expect("it watches");
    for (_, event) in &said {
        if let Some(line) = EventLine::of_engine(Time::from_secs(3), "a", event) {
            log.push(line);
        }
    }
    let text = log.take();
    assert!(
        text.contains(r#","host":"a","kind":"connection-state","detail":"connected"}"#),
        "{text}"
    );
    assert!(text.contains(r#"{"t":1.000000000,"host":"","kind":"action","detail":"0"}"#), "{text}");
    assert!(text.contains(r#""kind":"drop","detail":"Loss "#), "{text}");
    assert!(text.lines().all(|line| line.starts_with("{\"t\":") && line.ends_with('}')));
}
