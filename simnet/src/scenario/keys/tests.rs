use std::collections::BTreeSet;

use lapwing_engine::Bitrate;
use lapwing_engine::congestion::{GoogCc, GoogCcConfig};

use crate::cross::{Cbr, CbrSink, Reno};
use crate::parts::Parts;
use crate::queues::TailDrop;
use crate::scenario::check::asks;
use crate::scenario::keys::{Ask, Key, KeyTable, Need, Shape, tables};
use crate::scenario::{BUILT_IN, Problem, Scenario};

/// What no scenario of the crate has.
const OTHERS: &[&str] = &[
    "
[meta]
name = 'all'
duration_s = 60
seeds = [1]
schema = 1
[media.video]
model = 'clip'
clip = 'bunny'
min_bps = 100_000
max_bps = 900_000
start_bps = 300_000
fps = 30
[media.audio]
model = 'cbr'
bps = 32_000
ptime_ms = 20
[options]
[[link]]
name = 'ab'
from = 'A'
to = 'B'
delay_ms = 5
capacity_generator = { model = 'lte', mean_bps = 1_000_000 }
queue = { type = 'pie', size_ms = 100, basis = 'reference', reference_bps = 9_000 }
jitter = { model = 'normal', std_ms = 5 }
loss = { model = 'gilbert-elliott', to_bad = 0.1, to_good = 0.2, loss_good = 0, loss_bad = 1 }
mtu = { bytes = 1_400 }
reorder = { p = 0.1, hold_ms = 5 }
outage = { mode = 'hold', windows = [{ from_s = 1, until_s = 2 }] }
policer = { bps = 1_000_000, burst_bytes = 9_000 }
[[link]]
name = 'bc'
from = 'B'
to = 'C'
capacity = [{ at_s = 0, bps = 1_000_000 }]
queue = { type = 'pie', size_bytes = 100_000 }
jitter = { model = 'rbpdv' }
loss = { model = 'pattern', pattern = '--x' }
[[link]]
name = 'cd'
from = 'C'
to = 'D'
loss = { model = 'class', class = 'rtp-of-ssrc', ssrc = 5, nth = [1] }
[[link]]
name = 'de'
from = 'D'
to = 'E'
loss = { model = 'class', class = 'rtp-of-payload-type', payload_type = 96, nth = [1] }
[[link]]
name = 'ef'
from = 'E'
to = 'F'
loss = { model = 'class', class = 'rtp-large-frame', packets = 5, nth = [1] }
[[link]]
name = 'fg'
from = 'F'
to = 'G'
capacity_bps = 5_000_000
queue = { type = 'mine', size_ms = 5, settings = { gain = 2 } }
loss = { model = 'bernoulli', p = 0.5 }
[[firewall]]
name = 'wall'
place = 'A'
[[nat]]
name = 'nat'
place = 'A'
mapping = 'endpoint-independent'
filtering = 'address-dependent'
[[stun_server]]
name = 'stun'
place = 'B'
[[turn_server]]
name = 'turn'
place = 'B'
[[flow]]
id = 1
direction = 'forward'
start_s = 0
end_s = 50
media = ['video', 'audio']
[[flow]]
id = 2
direction = 'forward'
start_s_uniform = [0, 1]
end_s_uniform = [50, 51]
media = ['audio']
controller = { name = 'mine', gain = 2 }
[[channel]]
name = 'bulk'
flow = 1
kind = 'bulk'
[[channel]]
name = 'ask'
flow = 1
kind = 'request-response'
request_bytes = 100
response_bytes = 100
[[channel]]
name = 'game'
flow = 1
kind = 'game-state'
message_bytes = 100
messages_per_s = 10
[[cross]]
kind = 'udp-cbr'
link = 'bc'
packet_bytes = 500
rate = [{ at_s = 0, bps = 100_000 }]
[[cross]]
kind = 'tcp-short'
cc = 'cubic'
link = 'bc'
file_bytes_min = 1_000
file_bytes_max = 9_000
idle_mean_s = 1
[[cross]]
kind = 'tcp-poisson'
cc = 'mine'
settings = { gain = 2 }
link = 'bc'
per_s = 5
file_bytes_min = 1_000
file_bytes_max = 9_000
[[cross]]
kind = 'dash'
cc = 'bbr3'
link = 'bc'
segment_s = 2
ladder_bps = [500_000]
[[cross]]
kind = 'quic-long'
cc = 'cubic'
hystart = true
link = 'bc'
[[cross]]
kind = 'application'
name = 'mine'
link = 'bc'
[[action]]
at_s = 1
do = 'block-udp'
firewall = 'wall'
[[action]]
at_s = 1
do = 'rebind'
nat = 'nat'
[[action]]
at_s = 1
do = 'expire-credentials'
server = 'turn'
[[action]]
at_s = 1
do = 'roam'
flow = 1
[[action]]
at_s = 1
do = 'mute'
flow = 1
media = 'video'
[[action]]
at_s = 1
do = 'set-link'
link = 'bc'
capacity_bps = 500_000
queue = { type = 'codel', size_ms = 100 }
loss = { model = 'bernoulli', p = 0.5 }
[sweep.link.ab]
delay_ms = { from = 5, to = 10, step = 5 }
mtu.bytes = { from = 1_000, to = 1_400, count = 2, scale = 'log' }
",
    "
[meta]
name = 'air'
duration_s = 60
seeds = [1]
schema = 1
[media.video]
model = 'rfc8593-statistical'
min_bps = 100_000
max_bps = 900_000
start_bps = 300_000
fps = 30
[[link]]
name = 'ab'
from = 'A'
to = 'B'
[[link]]
name = 'air'
shared = 'half-duplex'
capacity_bps = 1_000_000
",
];

fn corpus() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|one| one.text).chain(OTHERS.iter().copied())
}

/// The path of a table as the keys have it: without places in lists, and names that are free.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> =
        path.split('.').map(|part| part.split('[').next().unwrap()).collect();
    match parts[..] {
        ["sweep", _, ..] => parts = vec!["sweep", "PATH"],
        ["flow", "controller"] | ["link", "nodes"] | ["cross", "name"] => parts = vec!["PART"],
        ["action", "queue" | "loss"] => parts[0] = "link",
        _ => {}
    }
    parts.join(".")
}

fn is_of(table: &KeyTable, key: &Key, ask: &Ask) -> bool {
    let shape = match key.shape {
        Shape::Words(words) => ask.shape == Shape::Words(&[]) && ask.words == words,
        // Bounds of a statement are those of its metric, its window and the run; those of a range
        // are above zero where its scale is.
        Shape::Number(min, max) if ["expect", "sweep.PATH"].contains(&table.path) => {
            matches!(ask.shape, Shape::Number(low, high) if min <= low && high <= max)
        }
        shape => shape == ask.shape,
    };
    shape && key.name == ask.name && table.path == plain(&ask.path)
}

#[test]
fn readers_ask_for_what_the_table_has_and_for_nothing_else() {
    let trace = "[[link]]\ncapacity_trace = 'x.csv'\n";
    let asked: Vec<Ask> = corpus().chain([trace]).flat_map(asks).collect();
    for ask in &asked {
        let known = tables().any(|table| table.keys.iter().any(|key| is_of(table, key, ask)));
        assert!(known, "no key is {ask:?}");
    }
    for table in tables() {
        for key in table.keys {
            let is_asked = asked.iter().any(|ask| is_of(table, key, ask));
            assert!(is_asked, "nobody asks for {:?} {key:?}", table.title);
            assert!(key.says.ends_with('.'), "{key:?}");
        }
    }
}

/// The table at a path of a file.
fn table_at<'t>(file: &'t mut toml::Table, path: &str) -> Option<&'t mut toml::Table> {
    let mut table = file;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (name, index) = match part.split_once('[') {
            Some((name, rest)) => (name, rest.trim_end_matches(']').parse::<usize>().ok()),
            None => (part, None),
        };
        let value = table.get_mut(name)?;
        table = match index {
            Some(index) => value.as_array_mut()?.get_mut(index)?.as_table_mut()?,
            None => value.as_table_mut()?,
        };
    }
    Some(table)
}

fn read(file: &toml::Table) -> Result<Scenario, Vec<(String, Problem)>> {
    let text = toml::to_string(file).expect("it can be written");
    let parts = Parts::new()
        .controller("mine", |_, start, now| {
            let config = GoogCcConfig { start, ..GoogCcConfig::default() };
            Box::new(GoogCc::new(config, now))
        })
        .cross_controller("mine", |_| Box::new(Reno::default()))
        .application("mine", |_, plan, _| {
            let (rate, times) = (Bitrate::mbps(1), (plan.start, plan.end));
            let source = Cbr::new(plan.ends, rate, 500, times);
            [Box::new(source), Box::new(CbrSink::new(plan.ends.1.port()))]
        })
        .queue("mine", |_, limit, _| Box::new(TailDrop::new(limit)));
    Scenario::read("x", &text, &|_| Err("there is none".to_owned()), &parts)
        .map(|reading| reading.scenario)
        .map_err(|bad| bad.faults.into_iter().map(|fault| (fault.field, fault.problem)).collect())
}

/// True where a key's default means what leaving it out means, or where it is missed.
fn holds(file: &toml::Table, whole: &Scenario, ask: &Ask, key: &Key) -> bool {
    let mut changed = file.clone();
    let Some(at) = table_at(&mut changed, &ask.path) else { return false };
    match (key.need, at.contains_key(key.name)) {
        (Need::Must, true) => {
            at.remove(key.name);
            let dot = if ask.path.is_empty() { "" } else { "." };
            let missing = (format!("{}{dot}{}", ask.path, key.name), Problem::Missing);
            read(&changed).is_err_and(|faults| faults.contains(&missing))
        }
        (Need::Else(value), false) => {
            let line: toml::Table = format!("v = {value}").parse().expect("it is TOML");
            at.insert(key.name.to_owned(), line["v"].clone());
            // What excludes it may be there.
            read(&changed).is_ok_and(|with| with == *whole)
        }
        _ => false,
    }
}

/// A key's default means what leaving it out means, and what must be there is missed.
#[test]
fn defaults_and_needs_are_as_the_table_says() {
    let mut held: BTreeSet<(&str, &str)> = BTreeSet::new();
    for text in corpus() {
        let file: toml::Table = text.parse().expect("it is TOML");
        let whole = read(&file).expect("it is right");
        for ask in asks(text) {
            let of = |table: &'static KeyTable| {
                table.keys.iter().filter(|key| is_of(table, key, &ask)).map(move |key| (table, key))
            };
            // Two variants of a table may have a key of one name: each is held by its own.
            for (table, key) in tables().flat_map(of) {
                let id = (table.title, key.name);
                let is_known = held.contains(&id) && !OTHERS.contains(&text);
                if !is_known && holds(&file, &whole, &ask, key) {
                    held.insert(id);
                }
            }
        }
    }
    for table in tables() {
        for key in table.keys.iter().filter(|key| key.need != Need::May) {
            assert!(
                held.contains(&(table.title, key.name)),
                "{} {key:?} was not tried",
                table.title
            );
        }
    }
}
