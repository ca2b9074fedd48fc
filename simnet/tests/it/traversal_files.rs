//! Scenario files with NATs, firewalls and servers: what is read, what is refused, and how calls
//! come through.

use lapwing_engine::IceTransportPolicy;
use lapwing_simnet::middlebox::{Allowed, Dependence, Hairpin, PortAssignment};
use lapwing_simnet::run::{Outcome, run};
use lapwing_simnet::scenario::{
    BUILT_IN, BarrierKind, IceHelperKind, Scenario, ScenarioActionKind, TurnTransport, built_in,
};
use proptest::prelude::*;

use crate::fixtures::ms;

const HEAD: &str = "[meta]\nname = 'x'\nduration_s = 12\nseeds = [1]\nschema = 1\n\
    [media.audio]\nmodel = 'cbr'\nbps = 32000\nptime_ms = 20\n\
    [[link]]\nname = 'there'\nfrom = 'A'\nto = 'B'\ndelay_ms = 50\n\
    [[link]]\nname = 'back'\nfrom = 'B'\nto = 'A'\ndelay_ms = 50\n";

/// Lines in front of what a test adds.
const HEAD_LINES: usize = 19;

const FLOW: &str =
    "[[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = 12\nmedia = ['audio']\n";

fn nat(name: &str, place: &str, dependence: &str) -> String {
    format!(
        "[[nat]]\nname = '{name}'\nplace = '{place}'\nmapping = '{dependence}'\n\
         filtering = '{dependence}'\n"
    )
}

fn parse(lines: &str) -> Scenario {
    let text = format!("{HEAD}{lines}");
    Scenario::parse("x.toml", &text).unwrap_or_else(|bad| panic!("{bad}"))
}

fn text_of(name: &str) -> &'static str {
    built_in(name).expect("the scenario is built in").text
}

fn play(text: &str, seed: u64) -> Outcome {
    let scenario = Scenario::parse("x.toml", text).unwrap_or_else(|bad| panic!("{bad}"));
    run(&scenario, seed).expect("it can be built")
}

/// The expectations that a run does not meet, with what was measured.
fn unmet(outcome: &Outcome) -> Vec<String> {
    let failed = outcome.verdicts.iter().filter(|verdict| !verdict.pass);
    failed.map(|verdict| format!("{} {}", verdict.name, verdict.measured_text())).collect()
}

#[test]
fn shipped_scenarios_meet_what_they_expect_and_repeat() {
    let ours: Vec<_> = BUILT_IN.iter().filter(|one| one.name.starts_with("traversal-")).collect();
    assert_eq!(ours.len(), 6);
    for built_in in ours {
        let outcome = play(built_in.text, 1);
        assert_eq!(unmet(&outcome), [""; 0], "{}", built_in.name);
        assert!(!outcome.verdicts.is_empty());
        assert_eq!(outcome, play(built_in.text, 1), "{} repeats", built_in.name);
    }
}

#[test]
fn the_example_of_the_docs_runs() {
    let page = include_str!("../../../docs/simnet-reference.md");
    let blocks = page.split("```toml\n").skip(1);
    let texts = blocks.map(|block| block.split_once("```").expect("it ends").0);
    let whole: Vec<&str> = texts.filter(|text| text.starts_with("[meta]")).collect();
    assert_eq!(whole.len(), 1, "the other blocks are parts of scenarios");
    assert_eq!(unmet(&play(whole[0], 1)), [""; 0]);
}

/// Each shipped scenario with a word changed, and what is not met then.
#[test]
fn expectations_fail_where_the_network_is_another() {
    let apd = "address-and-port-dependent";
    let cases = [
        // Without a STUN server nobody knows of the mappings.
        ("traversal-homes", "ice_servers = [\"stun\"]", "ice_servers = []", "connected false"),
        ("traversal-homes", "pair = \"srflx\"", "pair = \"host\"", "pair srflx"),
        ("traversal-homes", "outage_ms_max = 2000", "outage_ms_max = 30", "outage_ms_max "),
        ("traversal-homes", "connect_ms_max = 1000", "connect_ms_max = 1", "connect_ms_max "),
        ("traversal-no-way", apd, "endpoint-independent", "connected true"),
        ("traversal-office", "\"udp\", \"tcp\", \"tls\"", "\"udp\", \"tcp\"", "connected false"),
        ("traversal-office", "[443]", "[993]", "connected false"),
        ("traversal-relay-lost", "[\"one\", \"two\"]", "[\"one\"]", "outage_ms_max 3"),
        ("traversal-udp-blocked", "\"udp\", \"tcp\"", "\"udp\"", "outage_ms_max 3"),
        ("traversal-credentials", "[\"one\", \"two\"]", "[\"one\"]", "outage_ms_max "),
    ];
    for (name, old, new, expected) in cases {
        let text = text_of(name);
        assert!(text.contains(old), "{name} has {old}");
        let found = unmet(&play(&text.replace(old, new), 1));
        assert!(found.iter().any(|one| one.starts_with(expected)), "{name}: {found:?}");
    }
}

/// A user that a server does not know gets no relay, nor one more than the quota.
#[test]
fn users_and_quotas_are_kept() {
    let network = format!(
        "{}{}[[turn_server]]\nname = 'relay'\nplace = 'A'\nusers = ['ada', 'bob']\nquota = 2\n",
        nat("a", "A", "address-and-port-dependent"),
        nat("b", "B", "address-and-port-dependent"),
    );
    let connected = |lines: &str| {
        let scenario = parse(&format!("{network}{lines}"));
        let outcome = run(&scenario, 1).expect("it can be built");
        let flows = outcome.figures.flows.iter();
        flows.map(|flow| flow.connected_s.is_some()).collect::<Vec<_>>()
    };
    let flow = |id: u32, start: u32, user: &str| {
        format!("{FLOW}ice_servers = ['relay']\nice_user = '{user}'\n")
            .replace("id = 1", &format!("id = {id}"))
            .replace("start_s = 0", &format!("start_s = {start}"))
    };
    assert_eq!(connected(&flow(1, 0, "bob")), [true]);
    assert_eq!(connected(&flow(1, 0, "eve")), [false]);
    // Peers gather when they call, so the later call of three of one user has no relay left.
    let three = [flow(1, 0, "ada"), flow(2, 0, "bob"), flow(3, 2, "ada")].concat();
    assert_eq!(connected(&three), [true, true, false]);
}

#[test]
fn boxes_servers_and_actions_are_read_in_full() {
    let scenario = parse(
        "[[nat]]\nname = 'home'\nplace = 'A'\nmapping = 'address-dependent'\n\
         filtering = 'endpoint-independent'\nmapping_timeout_s = 30\nhairpinning = false\n\
         ports = 'random'\n\
         [[firewall]]\nname = 'office'\nplace = 'A'\nudp = false\ntcp_ports = [443, 993]\n\
         timeout_s = 60\n\
         [[stun_server]]\nname = 'stun'\nplace = 'B'\ndelay_ms = 7\n\
         [[turn_server]]\nname = 'relay'\nplace = 'B'\ntransports = ['tls', 'udp']\n\
         users = ['bob']\nquota = 3\nlifetime_s = 30\n\
         [[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = 9\nmedia = []\n\
         ice_servers = ['relay']\nice_user = 'bob'\nice_transport_policy = 'relay'\n\
         restarts_ice = true\n\
         [[action]]\nat_s = 1.5\ndo = 'rebind'\nnat = 'home'\n\
         [[action]]\nat_s = 2\ndo = 'expire-credentials'\nserver = 'relay'\n",
    );
    let [home, office] = &scenario.barriers[..] else { panic!("two boxes") };
    let BarrierKind::Nat(nat) = &home.kind else { panic!("a NAT") };
    assert_eq!(nat.mapping, Dependence::AddressDependent);
    assert_eq!(nat.filtering, Dependence::EndpointIndependent);
    assert_eq!((nat.timeouts.udp, nat.hairpin), (ms(30_000), Hairpin::Refused));
    assert_eq!(nat.ports, PortAssignment::Random);
    let BarrierKind::Firewall(wall) = &office.kind else { panic!("a firewall") };
    assert_eq!((&wall.udp, &wall.tcp), (&Allowed::Nothing, &Allowed::Ports(vec![443, 993])));
    let [stun, relay] = &scenario.helpers[..] else { panic!("two servers") };
    assert_eq!((&stun.kind, stun.delay), (&IceHelperKind::Stun, ms(7)));
    let IceHelperKind::Turn(model) = &relay.kind else { panic!("a relay") };
    assert_eq!(model.transports, [TurnTransport::Tls, TurnTransport::Udp]);
    assert_eq!((model.quota, model.lifetime), (3, ms(30_000)));
    let plan = &scenario.flows[0].ice;
    assert_eq!((&plan.servers[..], plan.restarts), (&["relay".to_owned()][..], true));
    assert_eq!((plan.user.as_deref(), plan.policy), (Some("bob"), IceTransportPolicy::Relay));
    let kinds: Vec<_> = scenario.actions.iter().map(|action| (action.at, &action.kind)).collect();
    let [(first, rebind), (second, expire)] = &kinds[..] else { panic!("two actions") };
    assert_eq!((*first, *second), (ms(1_500), ms(2_000)));
    assert_eq!(**rebind, ScenarioActionKind::Rebind("home".to_owned()));
    assert_eq!(**expire, ScenarioActionKind::ExpireCredentials("relay".to_owned()));
}

/// The faults of lines after the head; lines are counted from the first of them.
fn faults(lines: &str) -> Vec<String> {
    let text = format!("{HEAD}{lines}");
    let bad = Scenario::parse("x.toml", &text).expect_err("the scenario is faulty");
    let faults = bad.faults.iter();
    let words = |fault: &lapwing_simnet::scenario::Fault| {
        format!("{}: {}: {}", fault.line - HEAD_LINES, fault.field, fault.problem)
    };
    faults.map(words).collect()
}

#[test]
fn faults_are_named() {
    let wall = "[[firewall]]\nname = 'f'\nplace = 'A'\n";
    let turn = "[[turn_server]]\nname = 'r'\nplace = 'A'\n";
    let cases: [(String, &str); 14] = [
        (
            "[[nat]]\nname = 'n'\nplace = 'C'\nmapping = 'x'\nfiltering = 'address-dependent'"
                .into(),
            "3: nat[0].place: \"C\" is none of A, B",
        ),
        (
            "[[nat]]\nname = 'n'\nplace = 'A'\nmapping = 'cone'".into(),
            "1: nat[0].filtering: the field is missing",
        ),
        (
            [nat("n", "A", "address-dependent"), nat("n", "B", "address-dependent")].concat(),
            "7: nat[1].name: \"n\" occurs twice",
        ),
        (
            format!("{wall}tcp = false\ntcp_ports = [443]"),
            "5: firewall[0].tcp_ports: cannot be given together with tcp = false",
        ),
        (format!("{wall}tcp_ports = [0]"), "4: firewall[0].tcp_ports: 0 is not within 1 and 65535"),
        (
            format!("{wall}mapping = 'x'"),
            "4: firewall[0].mapping: there is no such field; there are ",
        ),
        (
            format!("{turn}transports = ['udp', 'quic']"),
            "4: turn_server[0].transports: \"quic\" is none of udp, tcp, tls",
        ),
        (format!("{turn}transports = []"), "4: turn_server[0].transports: the list is empty"),
        (
            format!("{turn}transports = ['udp', 'udp']"),
            "4: turn_server[0].transports: \"udp\" occurs twice",
        ),
        (
            format!("{turn}users = ['9:ada']"),
            "4: turn_server[0].users: \"9:ada\" is not a letter with letters, digits, ",
        ),
        (
            format!("{turn}lifetime_s = 0"),
            "4: turn_server[0].lifetime_s: 0 is not within 1 and 3600",
        ),
        (format!("{FLOW}ice_servers = ['r']"), "7: flow[0].ice_servers: \"r\" names nothing"),
        (
            format!("{turn}{FLOW}ice_servers = ['r', 'r']"),
            "10: flow[0].ice_servers: \"r\" occurs twice",
        ),
        (
            "[expect]\npair = 'prflx'".into(),
            "2: expect.pair: \"prflx\" is none of host, srflx, relay",
        ),
    ];
    for (lines, expected) in cases {
        let found = faults(&lines);
        assert!(found.iter().any(|one| one.starts_with(expected)), "{lines}\n{found:?}");
    }
    assert!(faults("[expect]\nconnected = 1\n")[0].contains("must be true or false"));
}

#[test]
fn faults_of_actions_are_named() {
    let wall = "[[firewall]]\nname = 'f'\nplace = 'A'\n";
    let turn = "[[turn_server]]\nname = 'r'\nplace = 'A'\n";
    let expire = "[[action]]\nat_s = 1\ndo = 'expire-credentials'\nserver = 'r'\n";
    let cases: [(String, &str); 4] = [
        (
            format!("{turn}[[action]]\nat_s = 1.5\ndo = 'expire-credentials'\nserver = 'r'"),
            "5: action[0].at_s: 1.5 is not a whole number",
        ),
        (
            format!("{wall}[[action]]\nat_s = 1\ndo = 'rebind'\nnat = 'f'"),
            "7: action[0].nat: \"f\" names nothing: there is none",
        ),
        (
            format!("{turn}[[action]]\nat_s = 1\ndo = 'block-udp'\nserver = 'r'"),
            "4: action[0].firewall: the field is missing",
        ),
        (format!("{turn}{expire}{expire}"), "11: action[1].server: \"r\" occurs twice"),
    ];
    for (lines, expected) in cases {
        let found = faults(&lines);
        assert!(found.iter().any(|one| one.starts_with(expected)), "{lines}\n{found:?}");
    }
}

/// What is held at most: boxes, servers, actions, users, and flows where there is any of them.
#[test]
fn what_a_file_may_ask_for_is_bounded() {
    let many =
        |count: usize, table: &dyn Fn(usize) -> String| (0..count).map(table).collect::<String>();
    let boxes = |n: usize| nat(&format!("n{n}"), "A", "address-dependent");
    let servers = |n: usize| format!("[[stun_server]]\nname = 's{n}'\nplace = 'A'\n");
    let flows = |n: usize| FLOW.replace("id = 1", &format!("id = {n}"));
    let rebind = |_: usize| "[[action]]\nat_s = 1\ndo = 'rebind'\nnat = 'n0'\n".to_owned();
    let users = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("'u{n}'")).collect();
        format!("[[turn_server]]\nname = 'r'\nplace = 'A'\nusers = [{}]\n", names.join(", "))
    };
    parse(
        &[many(64, &boxes), many(16, &servers), many(100, &flows), many(1_000, &rebind)].concat(),
    );
    parse(&users(100));
    parse(&many(101, &flows));
    for (lines, expected) in [
        (many(65, &boxes), "nat: there are 65, but at most 64 are allowed"),
        (many(17, &servers), "stun_server: there are 17, but at most 16 are allowed"),
        (many(1, &boxes) + &many(101, &flows), "flow: there are 101, but at most 100 are allowed"),
        (
            many(1, &boxes) + &many(1_001, &rebind),
            "action: there are 1001, but at most 1000 are allowed",
        ),
        (users(101), "turn_server[0].users: there are 101, but at most 100 are allowed"),
    ] {
        let found = faults(&lines);
        assert!(matches!(&found[..], [one] if one.ends_with(expected)), "{expected}: {found:?}");
    }
}

/// Boxes at an access point would be between stations and their medium.
#[test]
fn there_are_no_boxes_beside_a_shared_medium() {
    let shared = "[[link]]\nname = 'air'\nshared = 'half-duplex'\ncapacity_bps = 1000000\n";
    let found = faults(&format!("{shared}{}", nat("n", "A", "address-dependent")));
    assert!(
        found[0].contains("nat[0].place: cannot be given together with a shared link"),
        "{found:?}"
    );
}

/// A change of a file's text.
#[derive(Clone, Debug)]
enum Change {
    Drop(usize),
    Double(usize),
    Swap(usize, usize),
    /// A line's value becomes that of another.
    Value(usize, usize),
    Byte(usize, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let any = any::<usize>;
    prop_oneof![
        any().prop_map(Change::Drop),
        any().prop_map(Change::Double),
        (any(), any()).prop_map(|(a, b)| Change::Swap(a, b)),
        (any(), any()).prop_map(|(a, b)| Change::Value(a, b)),
        (any(), 1_u8..127).prop_map(|(at, byte)| Change::Byte(at, byte)),
    ]
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for change in changes {
        let count = lines.len();
        match *change {
            Change::Drop(line) => drop(lines.remove(line % count)),
            Change::Double(line) => lines.insert(line % count, lines[line % count].clone()),
            Change::Swap(a, b) => lines.swap(a % count, b % count),
            Change::Value(a, b) => {
                let value = lines[b % count].split_once('=').map(|(_, value)| value.to_owned());
                let key = lines[a % count].split_once('=').map(|(key, _)| key.to_owned());
                if let (Some(key), Some(value)) = (key, value) {
                    lines[a % count] = format!("{key}={value}");
                }
            }
            Change::Byte(at, byte) => {
                let line = &mut lines[at % count];
                let place = at / count % (line.len() + 1);
                if line.is_char_boundary(place) {
                    line.insert(place, char::from(byte));
                }
            }
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever becomes of a file, it is read or its faults are named, and it is built or not.
    #[test]
    fn changed_files_never_panic(
        number in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        // Half of them are those with boxes and servers.
        let ours: Vec<_> =
            BUILT_IN.iter().filter(|one| one.name.starts_with("traversal-")).collect();
        let all: Vec<_> = BUILT_IN.iter().chain(ours.iter().copied().cycle().take(71)).collect();
        let text = changed(number.get(&all).text, &changes);
        match Scenario::parse("x.toml", &text) {
            Ok(scenario) => drop(scenario.build(1)),
            Err(bad) => prop_assert!(!bad.faults.is_empty() && !bad.to_string().is_empty()),
        }
    }
}
