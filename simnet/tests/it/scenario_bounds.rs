//! Scenario files that ask for too much, or for a network that cannot be: each is a fault with its
//! line and field, and what was read is built without a fault and within one limit.

use lapwing_simnet::scenario::{BUILT_IN, Extent, Scenario};
use proptest::prelude::*;

const META: &str = "[meta]\nname = 'x'\nduration_s = 10\nseeds = [1]\nschema = 1\n";
const FLOW: &str =
    "[[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = 9\nmedia = ['video', 'audio']\n";

fn link(name: &str, from: &str, to: &str) -> String {
    format!("[[link]]\nname = '{name}'\nfrom = '{from}'\nto = '{to}'\n")
}

fn air(name: &str) -> String {
    format!("[[link]]\nname = '{name}'\nshared = 'half-duplex'\ncapacity_bps = 9\n")
}

/// The faults of a good `[meta]` and these lines, as text; empty where there are none.
fn faults(lines: &str) -> String {
    match Scenario::parse("x.toml", &format!("{META}{lines}")) {
        Ok(_) => String::new(),
        Err(bad) => bad.to_string().replace("x.toml:", ""),
    }
}

#[test]
fn a_network_that_cannot_be_has_its_line() {
    let (ab, bc, ca) = (link("ab", "A", "B"), link("bc", "B", "C"), link("ca", "C", "A"));
    let cases = [
        (format!("{ab}{bc}"), ""),
        (
            format!("{ab}{bc}{ca}"),
            "17: link[2].to: the link closes a ring, but routes follow a tree",
        ),
        (link("a", "A", "A"), "9: link[0].to: the link closes a ring, but routes follow a tree"),
        (
            format!("{ab}{}", link("too", "A", "B")),
            "13: link[1].to: link \"ab\" joins the same places in the same direction",
        ),
        (
            format!("{ab}{}{}", link("ba", "B", "A"), link("too", "B", "A")),
            "17: link[2].to: link \"ba\" joins the same places in the same direction",
        ),
        (
            format!("{ab}{}", link("cd", "C", "D")),
            "12: link[1].from: the link is apart from those before it",
        ),
        (
            air("wifi"),
            "8: link[0].shared: a shared medium needs a link that begins at its access point",
        ),
        (
            format!("{ab}{}{}", air("wifi"), air("more")),
            "16: link[2].shared: there can be one shared medium only",
        ),
        (link("", "A", "B"), "7: link[0].name: the name is empty"),
        (
            link(&"n".repeat(65), "A", "B"),
            "7: link[0].name: the name has 65 bytes, but at most 64 are allowed",
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(faults(&lines), expected, "{lines}");
    }
    let long: String = (0..41)
        .map(|place: u32| link(&format!("l{place}"), &place.to_string(), &(place + 1).to_string()))
        .collect();
    assert!(
        faults(&format!("{long}{FLOW}")).contains("there are 41, but at most 40"),
        "a long way"
    );
    let star: String =
        (0..201).map(|place| link(&format!("l{place}"), "A", &place.to_string())).collect();
    assert!(faults(&star).contains("link: there are 201, but at most 200"), "{}", faults(&star));
}

#[test]
fn a_path_that_cannot_be_has_its_line() {
    let links = format!("{}{}{}", link("ab", "A", "B"), link("ba", "B", "A"), air("wifi"));
    let cases = [
        ("['wifi']", "\"wifi\" is a shared medium, a path has links between two places only"),
        ("['ab', 'wifi']", "\"wifi\" is a shared medium, a path has links between two places only"),
        ("['ab', 'ba']", "the path comes to \"A\" twice"),
        ("['ab', 'ab']", "link \"ab\" does not begin where the one before it ends"),
        ("['far']", "\"far\" is none of ab, ba, wifi"),
    ];
    for (path, expected) in cases {
        let found = faults(&format!("{links}{FLOW}path = {path}\n"));
        assert_eq!(found, format!("24: flow[0].path: {expected}"), "{path}");
    }
}

#[test]
fn media_are_within_what_a_run_bears() {
    let video = |max: &str, fps: &str| {
        faults(&format!(
            "[media.video]\nmodel = 'rfc8593-statistical'\nmin_bps = 1\nmax_bps = {max}\n\
             start_bps = 1\nfps = {fps}\n"
        ))
    };
    assert_eq!(video("200_000_000", "30"), "");
    assert_eq!(
        video("1_000_000_000_000", "30"),
        "9: media.video.max_bps: 1000000000000 is not within 1 and 200000000"
    );
    assert_eq!(
        video("200_000_000", "0.1"),
        "11: media.video.fps: 0.1 is not within 25 and 1000",
        "a frame of 250 MB"
    );
    let audio = |bps: &str, ptime: &str| {
        faults(&format!("[media.audio]\nmodel = 'cbr'\nbps = {bps}\nptime_ms = {ptime}\n"))
    };
    assert_eq!(audio("64_000", "120"), "");
    let found = audio("1_000_000_000_000", "20");
    assert_eq!(found, "8: media.audio.bps: 1000000000000 is not within 1 and 510000");
    assert_eq!(audio("64_000", "200"), "9: media.audio.ptime_ms: 200 is not within 0.1 and 150");
}

#[test]
fn what_a_scenario_makes_in_all_is_limited() {
    let narrow = "capacity_bps = 1_000_000\nqueue = { type = 'tail-drop', size_ms = 300 }\n";
    let links = format!("{}{narrow}", link("ab", "A", "B"));
    let tcp = "[[cross]]\nkind = 'tcp-long'\ncc = 'reno'\nlink = 'ab'\ncount = 1000\n";
    let found = faults(&format!("{links}{}", tcp.repeat(6)));
    assert_eq!(
        found,
        "36: cross[4].count: with this, the scenario has 10001 links, boxes, servers, channels, \
         hosts of cross traffic and tenths of flows, but a run bears 10000"
    );
    assert_eq!(faults(&format!("{links}{}", tcp.repeat(4))), "");
    let udp = "[[cross]]\nkind = 'udp-cbr'\nlink = 'ab'\npacket_bytes = 100\ncount = 2\n\
               rate = [{ at_s = 0, bps = 600_000_000 }]\n";
    let found = faults(&format!("{links}{udp}"));
    assert!(found.starts_with("16: cross[0].count: with this, the scenario has 1500000 packets"));
    assert!(faults(&format!("{links}{tcp}").replace(narrow, "")).contains("needs a capacity"));
    let bulk = "[[channel]]\nname = 'c'\nflow = 1\nkind = 'bulk'\n";
    let timeless = faults(&format!("{}{FLOW}{bulk}", link("ab", "A", "B")));
    assert!(timeless.starts_with("19: channel[0].kind: what always sends needs"), "{timeless}");
    let flows: String =
        (0..1_000).map(|id| FLOW.replace("id = 1", &format!("id = {id}"))).collect();
    let found = faults(&format!("{links}{flows}"));
    assert!(found.contains("flow[999]: with this, the scenario has 10001 "), "{found}");
    let generator = "capacity_generator = { model = 'lte', mean_bps = 1_000_000 }\n\
                     queue = { type = 'tail-drop', size_ms = 300 }\n";
    let many: String = (0..20)
        .map(|n| format!("{}{generator}", link(&format!("l{n}"), "A", &n.to_string())))
        .collect();
    let day = faults(&many.to_string()).is_empty()
        && Scenario::parse("x.toml", &format!("{META}{many}").replace("= 10\n", "= 86_400\n"))
            .is_err_and(|bad| bad.to_string().contains("changes of capacity and delay"));
    assert!(day, "twenty links whose capacity changes five times a second, for a day");
}

#[test]
fn numbers_are_told_as_they_are() {
    let cases = [
        ("delay_ms = nan", "must be a number, but is nan"),
        ("delay_ms = inf", "inf is not within 0 and 60000"),
        ("delay_ms = -inf", "-inf is not within 0 and 60000"),
        ("delay_ms = 1e300", "1e300 is not within 0 and 60000"),
        ("delay_ms = 99999999999999999999", "1e20 is not within 0 and 60000"),
        ("delay_ms = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "inf is not within 0 and 60000"),
        ("delay_ms = '5'", "must be a number, but is a text"),
    ];
    for (line, expected) in cases {
        let found = faults(&format!("{}{line}\n", link("ab", "A", "B")));
        assert_eq!(found, format!("10: link[0].delay_ms: {expected}"), "{line}");
    }
    let seed = |seed: &str| {
        let text = META.replace("[1]", &format!("[{seed}]"));
        Scenario::parse("x.toml", &text).map_err(|bad| bad.to_string()).map(|one| one.meta.seeds)
    };
    assert_eq!(seed("9007199254740992"), Ok(vec![1 << 53]));
    assert!(seed("9007199254740993").is_err(), "a float would round it to one that is allowed");
    assert_eq!(seed("1.5"), Err("x.toml:4: meta.seeds: 1.5 is not a whole number".to_owned()));
    let list: String = (0..10_001).map(|n| format!("{n},")).collect();
    assert_eq!(
        seed(&list),
        Err("x.toml:4: meta.seeds: there are 10001, but at most 10000 are allowed".to_owned())
    );
    let access = faults(&format!("{}{}access_delay_ms = [2, 1]\n", link("ab", "A", "B"), air("w")));
    assert_eq!(access, "14: link[1].access_delay_ms: must be two numbers, the smaller one first");
}

#[test]
fn a_place_that_is_named_once_is_a_warning() {
    let warnings = |lines: &str| {
        let text = format!("{META}{lines}");
        let reading = Scenario::read("x.toml", &text, &|_| Err(String::new()));
        reading.expect("it is right").warnings.all
    };
    let there = link("ab", "A", "B");
    assert_eq!(warnings(&format!("{there}{}", link("ba", "B", "A"))), []);
    let odd = warnings(&format!("{there}{}", link("ba", "b", "A")));
    let fields: Vec<_> = odd.iter().map(|one| (one.line, one.field.as_str())).collect();
    assert_eq!(fields, [(9, "link[0].to"), (12, "link[1].from")]);
}

#[test]
fn the_reference_is_made_from_the_keys() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/simnet-reference.md");
    let page = std::fs::read_to_string(file).expect("the page is there");
    assert!(
        page.contains(&lapwing_simnet::scenario::reference()),
        "run `cargo run -p lapwing-simnet --example reference -- --write`"
    );
}

/// A change of a file's text.
#[derive(Clone, Debug)]
enum Change {
    /// A number becomes another one.
    Number(prop::sample::Index, &'static str),
    /// Two words in quotes change places.
    Names(prop::sample::Index, prop::sample::Index),
    /// A table comes so many times more.
    Repeated(prop::sample::Index, usize),
}

const EXTREMES: [&str; 14] = [
    "0",
    "-1",
    "1",
    "0.5",
    "1000",
    "1e6",
    "1e12",
    "1e300",
    "nan",
    "inf",
    "-inf",
    "86400",
    "9223372036854775807",
    "99999999999999999999",
];

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        3 => (index(), prop::sample::select(&EXTREMES[..])).prop_map(|(at, to)| Change::Number(at, to)),
        2 => (index(), index()).prop_map(|(one, other)| Change::Names(one, other)),
        1 => (index(), 1..40_usize).prop_map(|(at, times)| Change::Repeated(at, times)),
    ]
}

/// The places of all numbers, or of all words in quotes.
fn found(text: &str, is_number: bool) -> Vec<std::ops::Range<usize>> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let opens = rest.starts_with('"');
        let part: usize = if opens {
            2 + rest[1..].find('"').unwrap_or(rest.len() - 2)
        } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
            let end = |c: char| !(c.is_ascii_alphanumeric() || "._".contains(c));
            rest.find(end).unwrap_or(rest.len())
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic() || "_-".contains(c)) {
            let end = |c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c));
            at += rest.find(end).unwrap_or(rest.len());
            continue;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if opens != is_number {
            all.push(at..at + part);
        }
        at += part;
    }
    all
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut text = text.to_owned();
    for change in changes {
        match change {
            Change::Number(at, to) => {
                let all = found(&text, true);
                if !all.is_empty() {
                    text.replace_range(at.get(&all).clone(), to);
                }
            }
            Change::Names(one, other) => {
                let all = found(&text, false);
                if all.is_empty() {
                    continue;
                }
                let name = text[other.get(&all).clone()].to_owned();
                text.replace_range(one.get(&all).clone(), &name);
            }
            Change::Repeated(at, times) => {
                let tables: Vec<&str> = text.split("\n[").skip(1).collect();
                if tables.is_empty() {
                    continue;
                }
                // Names and numbers that are unlike each other, where they have to be.
                let table = format!("\n[{}", at.get(&tables));
                let again: String = (0..*times)
                    .map(|n| {
                        table
                            .replacen("name = \"", &format!("name = \"{n}-"), 1)
                            .replacen("id = ", &format!("id = 7{n}"), 1)
                            .replacen("to = \"", &format!("to = \"{n}-"), 1)
                    })
                    .collect();
                text.push_str(&again);
            }
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever numbers, names and tables a file has: it has faults, or it is built without a
    /// panic and makes no more than a scenario may.
    #[test]
    fn what_was_read_is_built_within_the_limit(
        number in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let text = changed(number.get(BUILT_IN).text, &changes);
        match Scenario::parse("x.toml", &text) {
            Ok(scenario) => {
                let built = scenario.build(1);
                let hosts = 2 * (built.flows.len() + built.cross.len());
                prop_assert!(hosts as f64 <= Extent::Parts.most(), "{hosts} hosts");
                prop_assert_eq!(built.links.len(), scenario.links.len());
            }
            Err(bad) => {
                prop_assert!(!bad.faults.is_empty());
                let said = bad.to_string();
                prop_assert!(!said.contains("a number, but is a number"), "{}", said);
            }
        }
    }
}
