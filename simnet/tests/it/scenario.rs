//! Scenario files: those of the repository, and every kind of fault.

use std::path::{Path, PathBuf};

use lapwing_engine::{ChannelPriority, Reliability};
use lapwing_simnet::scenario::{
    BadScenario, ChannelDirection, ChannelKind, ChannelTraffic, CrossEnds, Expectation,
    FlowDirection, JitterModel, LossModel, Problem, QueueKind, Scenario, Wire,
};
use lapwing_simnet::{Basis, Bitrate, Limit, Time};

use crate::fixtures::ms;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn load(name: &str) -> Scenario {
    let file = format!("{name}.toml");
    let text = std::fs::read_to_string(folder().join(&file)).expect("the scenario is there");
    Scenario::parse(&file, &text).unwrap_or_else(|bad| panic!("{bad}"))
}

fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder()).expect("the folder is there");
    let mut names: Vec<_> = files
        .map(|file| file.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_scenario_of_the_repository_is_right() {
    let names = names();
    assert_eq!(names.len(), 106);
    for name in names {
        let scenario = load(&name);
        assert_eq!(scenario.meta.name, name);
        assert!(!scenario.meta.reference.is_empty(), "{name} has a source");
        assert!(!scenario.flows.is_empty(), "{name} has flows");
    }
}

#[test]
fn a_scenario_is_read_in_full() {
    let scenario = load("rfc8867-6.2-5.1-dualpi2");
    assert_eq!(scenario.meta.seeds, [1, 2, 3, 4, 5]);
    assert_eq!(scenario.meta.duration, ms(100_000));
    let video = scenario.video.expect("there is video");
    assert_eq!((video.max, video.variation), (Bitrate::kbps(1_500), 0.05));
    assert_eq!(scenario.options.ecn, lapwing_simnet::EcnField::Ect1);
    let Wire::Directed { queue, delay, jitter, loss, .. } = &scenario.links[0].kind else {
        panic!("a directed link");
    };
    let queue = queue.as_ref().expect("a queue");
    assert_eq!(queue.kind, QueueKind::DualPi2);
    assert_eq!(queue.limit, Limit::Time(ms(300), Basis::Current));
    assert_eq!(queue.capacity.at(Time::from_secs(60)), Bitrate::kbps(600));
    assert_eq!((*delay, loss), (ms(50), &LossModel::None));
    assert!(matches!(jitter, JitterModel::NrBpdv(config) if config.max == ms(30)));
    assert_eq!(scenario.flows[0].direction, FlowDirection::Forward);
    assert_eq!(scenario.expect[&Expectation::QdelayP95Ms], 10.0);
}

fn faults(text: &str) -> BadScenario {
    Scenario::parse("x.toml", text).expect_err("the scenario is faulty")
}

const META: &str = "[meta]\nname = 'x'\nduration_s = 10\nseeds = [1]\nschema = 1\n";
const LINK: &str = "[[link]]\nname = 'fwd'\nfrom = 'A'\nto = 'B'\n";

/// The faults of a scenario with a good `[meta]` and link and some more lines, as text.
fn with(lines: &str) -> String {
    faults(&format!("{META}{LINK}{lines}")).to_string()
}

#[test]
fn each_fault_names_line_field_and_what_is_allowed() {
    let unknown = with("delay = 5");
    assert!(unknown.starts_with("x.toml:10: link[0].delay: there is no such field; there are "));
    assert!(unknown.contains("capacity, capacity_bps, capacity_generator, "), "{unknown}");
    let cases = [
        ("delay_ms = -1", "x.toml:10: link[0].delay_ms: -1 is not within 0 and 60000"),
        ("delay_ms = 'long'", "x.toml:10: link[0].delay_ms: must be a number, but is a text"),
        ("loss = { model = 'bernoulli' }", "x.toml:10: link[0].loss.p: the field is missing"),
        (
            "loss = { model = 'bernouli', p = 0.1 }",
            "x.toml:10: link[0].loss.model: \"bernouli\" is none of none, bernoulli, gilbert, \
             gilbert-elliott, pattern, class\n\
             x.toml:10: link[0].loss.p: there is no such field; there are model",
        ),
        ("capacity_bps = 1000", "x.toml:6: link[0].queue: the field is missing"),
        (
            "capacity = [{ at_s = 5, bps = 1 }, { at_s = 5, bps = 2 }]\n\
             queue = { type = 'tail-drop', size_ms = 1 }",
            "x.toml:10: link[0].capacity: times must go up, but 5 does not come after the one \
             before it",
        ),
        (
            "capacity = [{ at_s = 5, bps = 1.5 }]\nqueue = { type = 'pie', size_packets = 9 }",
            "x.toml:10: link[0].capacity[0].bps: 1.5 is not a whole number",
        ),
        (
            "capacity_bps = 9\nqueue = { type = 'pie', size_ms = 1, size_bytes = 9 }",
            "x.toml:11: link[0].queue.size_bytes: cannot be given together with size_ms",
        ),
        (
            "capacity_bps = 9\nqueue = { type = 'pie', size_ms = 1, basis = 'reference' }",
            "x.toml:11: link[0].queue.reference_bps: the field is missing",
        ),
        (
            "loss = { model = 'pattern', pattern = '..x' }",
            "x.toml:10: link[0].loss.pattern: \"..x\" is not a pattern of '-' (passes) and 'x' \
             (lost)",
        ),
        (
            "outage = { mode = 'hold', windows = [{ from_s = 3, until_s = 2 }] }",
            "x.toml:10: link[0].outage.windows[0].until_s: the end must come after the beginning",
        ),
        (
            "[[link]]\nname = 'fwd'\nfrom = 'B'\nto = 'A'",
            "x.toml:11: link[1].name: \"fwd\" occurs twice",
        ),
        (
            "[expect]\nutil = 1",
            "x.toml:11: expect.util: there is no such field; there are completion",
        ),
        (
            "[sweep]\nlink.fwd.capacity_bps = [1]",
            "x.toml:11: sweep.link.fwd.capacity_bps: with 1.0: link[0].queue: the field is missing",
        ),
        (
            "[options]\nchannels_unbounded = true\nchannels_least_pct = 5",
            "x.toml:12: options.channels_least_pct: cannot be given together with channels_unbounded",
        ),
        ("[sweep]\nlink.far.delay_ms = [1]", "x.toml:11: sweep.link.far: \"far\" is none of fwd"),
        (
            "[sweep]\nlink.fwd.delay_ms = []",
            "x.toml:11: sweep.link.fwd.delay_ms: the list is empty",
        ),
    ];
    for (lines, expected) in cases {
        let found = with(lines);
        assert!(found.starts_with(expected), "{lines}\n  {found}\n  {expected}");
    }
}

#[test]
fn faults_of_channels_are_named() {
    let flow = "[[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = 9\nmedia = []\n\
                one_way_delay_ms = 5\n";
    let cases = [
        ("kind = 'bulk'\nflow = 1", "x.toml:17: channel[0].name: the field is missing"),
        (
            "name = 'c'\nkind = 'bulky'\nflow = 1",
            "x.toml:19: channel[0].kind: \"bulky\" is none of bulk, request-response, game-state",
        ),
        ("name = 'c'\nkind = 'bulk'\nflow = 2", "x.toml:20: channel[0].flow: \"2\" is none of 1"),
        (
            "name = 'c'\nkind = 'bulk'\nflow = 1\nmessage_bytes = 1",
            "x.toml:21: channel[0].message_bytes: 1 is not within 26 and 262144",
        ),
        (
            "name = 'c'\nkind = 'bulk'\nflow = 1\nmax_retransmits = 1",
            "x.toml:21: channel[0].max_retransmits: there is no such field; there are count, ",
        ),
        (
            "name = 'c'\nkind = 'request-response'\nflow = 1\nrequest_bytes = 99",
            "x.toml:17: channel[0].response_bytes: the field is missing",
        ),
        (
            "name = 'c'\nkind = 'game-state'\nflow = 1\nmessage_bytes = 99\nmessages_per_s = 60\n\
             max_retransmits = 0\nmax_lifetime_ms = 5",
            "x.toml:24: channel[0].max_lifetime_ms: cannot be given together with max_retransmits",
        ),
        (
            "name = 'c'\nkind = 'game-state'\nflow = 1\nmessage_bytes = 99\nmessages_per_s = 0",
            "x.toml:22: channel[0].messages_per_s: 0 is not within 0.001 and 100000",
        ),
        (
            "name = 'c'\nkind = 'bulk'\nflow = 1\ncount = 1000\n\
             [[channel]]\nname = 'c'\nkind = 'bulk'\nflow = 1\ncount = 99\nend_s = 0",
            "x.toml:23: channel[1].name: \"c\" occurs twice\n\
             x.toml:26: channel[1].count: there are 1099, but at most 1024 are allowed\n\
             x.toml:27: channel[1].end_s: the end must come after the beginning",
        ),
    ];
    for (lines, expected) in cases {
        let found = with(&format!("{flow}[[channel]]\n{lines}"));
        assert!(found.starts_with(expected), "{lines}\n  {found}\n  {expected}");
    }
}

#[test]
fn channels_are_read_in_full() {
    let text = format!(
        "{META}{LINK}[[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = 9\nmedia = []\n\
         [[channel]]\nname = 'moves'\nflow = 1\nkind = 'game-state'\nmessage_bytes = 100\n\
         messages_per_s = 50\nordered = false\nmax_lifetime_ms = 80\npriority = 'high'\n\
         direction = 'against-flow'\ncount = 2\nstart_s = 1\nend_s = 8\n"
    );
    let scenario = Scenario::parse("x.toml", &text).expect("it is right");
    let expected = ChannelTraffic {
        name: "moves".to_owned(),
        flow: 1,
        direction: ChannelDirection::AgainstFlow,
        count: 2,
        start: ms(1_000),
        end: ms(8_000),
        ordered: false,
        reliability: Reliability::MaxLifetime { ms: 80 },
        priority: ChannelPriority::High,
        kind: ChannelKind::GameState { message_bytes: 100, interval: ms(20) },
    };
    assert_eq!(scenario.channels, [expected]);
}

#[test]
fn faults_of_lost_classes_are_named() {
    let cases = [
        (
            "loss = { model = 'class', class = 'keyframe', nth = [1] }",
            "x.toml:10: link[0].loss.class: \"keyframe\" is none of stun-request, stun-response, ",
        ),
        (
            "loss = { model = 'class', class = 'dtls', nth = [0] }",
            "x.toml:10: link[0].loss.nth: 0 is not within 1 and 1000000000",
        ),
        (
            "loss = { model = 'class', class = 'dtls', nth = [1.5] }",
            "x.toml:10: link[0].loss.nth: 1.5 is not a whole number",
        ),
        (
            "loss = { model = 'class', class = 'rtp-large-frame' }",
            "x.toml:10: link[0].loss.packets: the field is missing\n\
             x.toml:10: link[0].loss.nth: the field is missing",
        ),
        (
            "loss = { model = 'class', class = 'dtls', nth = [1], ssrc = 5 }",
            "x.toml:10: link[0].loss.ssrc: there is no such field; there are class, model, nth",
        ),
    ];
    for (lines, expected) in cases {
        let found = with(lines);
        assert!(found.starts_with(expected), "{lines}\n  {found}\n  {expected}");
    }
}

#[test]
fn faults_of_traffic_are_named() {
    let flow = |lines: &str| with(&format!("[[flow]]\nid = 1\n{lines}"));
    let good = "direction = 'forward'\nstart_s = 0\nend_s = 9\nmedia = ['video']\n";
    let cases = [
        (
            "direction = 'sideways'\nstart_s = 0\nend_s = 9\nmedia = []",
            "x.toml:12: flow[0].direction: \"sideways\" is none of forward, backward, up, down",
        ),
        (
            "direction = 'backward'\nstart_s = 0\nend_s = 9\nmedia = []",
            "x.toml:12: flow[0].direction: no link leads that way; name the path",
        ),
        (
            &format!("{good}path = ['fwd', 'nowhere']"),
            "x.toml:16: flow[0].path: \"nowhere\" is none of fwd",
        ),
        (
            &format!("{good}path = ['fwd', 'fwd']"),
            "x.toml:16: flow[0].path: link \"fwd\" does not begin where the one before it ends",
        ),
        (&format!("{good}pause_s = 4"), "x.toml:10: flow[0].resume_s: the field is missing"),
        (
            "direction = 'forward'\nstart_s = 9\nend_s = 9\nmedia = ['video', 'smell']",
            "x.toml:14: flow[0].end_s: the end must come after the beginning\n\
             x.toml:15: flow[0].media: \"smell\" is none of video, audio",
        ),
        (
            &format!("{good}start_s_uniform = [0, 1]"),
            "x.toml:16: flow[0].start_s_uniform: cannot be given together with start_s",
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(flow(lines), expected, "{lines}");
    }
    let cross = with("[[cross]]\nkind = 'tcp-long'\ncc = 'bbr'\nlink = 'up'\ncount = 0");
    assert_eq!(
        cross,
        "x.toml:12: cross[0].cc: \"bbr\" is none of reno, cubic, bbr1, bbr3, prague\n\
         x.toml:13: cross[0].link: \"up\" is none of fwd\n\
         x.toml:14: cross[0].count: 0 is not within 1 and 1000"
    );
}

#[test]
fn a_flow_cannot_be_faster_than_its_links() {
    let text = format!(
        "{META}{LINK}delay_ms = 50\n[[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\n\
         end_s = 9\nmedia = ['audio']\none_way_delay_ms = 20\n"
    );
    assert_eq!(
        faults(&text).to_string(),
        "x.toml:17: flow[0].one_way_delay_ms: the links on the path alone take 50 ms"
    );
}

#[test]
fn what_is_not_toml_has_a_line_too() {
    let bad = faults("[meta]\nname = 'x\n");
    assert_eq!(bad.faults.len(), 1);
    assert_eq!(bad.faults[0].line, 2);
    assert!(matches!(bad.faults[0].problem, Problem::Syntax(_)));
    let empty = faults("");
    assert_eq!(empty.to_string(), "x.toml:1: meta: the field is missing");
    let newer = faults(&META.replace("schema = 1", "schema = 2"));
    assert_eq!(newer.to_string(), "x.toml:5: meta.schema: 2 is not 1");
}

#[test]
fn every_scenario_is_built_and_its_cross_traffic_flows() {
    for name in names() {
        let scenario = load(&name);
        let mut built = scenario.build(1);
        assert_eq!(built.flows.len(), scenario.flows.len());
        // The last of all cross traffic begins at 76 s.
        built.sim.run_until(Time::from_secs(80));
        for cross in &built.cross {
            let received = match cross {
                CrossEnds::Udp(_, sink) => built.sim.endpoint(*sink).bytes,
                CrossEnds::Tcp(_, sink) => built.sim.endpoint(*sink).received(),
                CrossEnds::Swarm(_, sink) => built.sim.endpoint(*sink).received(),
                CrossEnds::Quic(_, sink) => built.sim.endpoint(*sink).received(),
                CrossEnds::Application(_) => unreachable!("none of the crate's has one"),
            };
            assert!(received > 0, "{name}");
        }
    }
}

#[test]
fn flows_have_the_delay_that_the_scenario_says() {
    use crate::fixtures::{PORT, Script};
    let mut scenario = load("rfc8867-5.5");
    for link in &mut scenario.links {
        if let Wire::Directed { jitter, .. } = &mut link.kind {
            *jitter = JitterModel::None;
        }
    }
    let mut built = scenario.build(1);
    let mut ends = Vec::new();
    for flow in &built.flows {
        let [from, to] = [flow.sender, flow.receiver]
            .map(|(host, ip)| (host, std::net::SocketAddr::new(ip, PORT)));
        let one = |from, to| {
            Script::new([(Time::ZERO, lapwing_simnet::PacketSpec::udp(from, to, vec![0; 22]))])
        };
        let there = built.sim.attach(to.0, one(to.1, from.1));
        let back = built.sim.attach(from.0, one(from.1, to.1));
        ends.push((there, back));
    }
    built.sim.run_until(Time::from_secs(1));
    // Five packets of 50 bytes at 4 Mbit/s: the bottleneck adds up to half a millisecond.
    for ((there, back), own) in ends.into_iter().zip([10, 25, 50, 100, 150]) {
        for way in [there, back] {
            let took = built.sim.endpoint(way).delays()[0];
            assert!(took >= ms(own) && took <= ms(own) + ms(1), "{took:?} for {own} ms");
        }
    }
}
