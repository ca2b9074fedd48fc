//! Two peer programs in the laboratory, and what is asked of them.

use std::time::Duration;

use lapwing_conformance::wall::{Ends, Side, SimulatedEnds};
use lapwing_simnet::LinkSpec;
use serde_json::{Value, json};

pub(super) const WITHIN: Duration = Duration::from_secs(20);

pub(super) fn ends(loss: f64, seed: u64) -> SimulatedEnds {
    let link = LinkSpec::new().delay(Duration::from_millis(20)).loss(loss);
    SimulatedEnds::new([link.clone(), link], seed)
}

pub(super) fn ask(ends: &mut impl Ends, side: Side, request: Value) -> Value {
    let reply = ends.request(side, request.clone(), WITHIN);
    reply.unwrap_or_else(|error| panic!("{side}: {request}: {error}"))
}

pub(super) fn negotiate(ends: &mut impl Ends, offerer: Side) {
    let offer = ask(ends, offerer, json!({"do": "offer"}));
    let answer = ask(ends, offerer.other(), json!({"do": "answer", "sdp": offer["sdp"]}));
    ask(ends, offerer, json!({"do": "accept", "sdp": answer["sdp"]}));
}

/// Events of both ends, as far as they were read.
#[derive(Default)]
pub(super) struct Said(pub(super) [Vec<Value>; 2]);

impl Said {
    pub(super) fn read(&mut self, ends: &mut impl Ends) {
        for side in Side::BOTH {
            self.0[side.index()].extend(ends.events(side));
        }
    }

    /// Waits until this is so at both ends, or for good.
    pub(super) fn until(&mut self, ends: &mut impl Ends, what: &str, is: impl Fn(&Value) -> bool) {
        let end = ends.elapsed() + WITHIN;
        loop {
            self.read(ends);
            if self.0.iter().all(|events| events.iter().any(&is)) {
                return;
            }
            assert!(ends.elapsed() < end, "{what} does not come: {:?}", self.0);
            ends.pass(end - ends.elapsed());
        }
    }

    pub(super) fn connected(&mut self, ends: &mut impl Ends) {
        self.until(ends, "connected", |event| {
            event["event"] == "connection" && event["state"] == "connected"
        });
    }

    pub(super) fn opened(&mut self, ends: &mut impl Ends, label: &str) {
        self.until(ends, label, |event| event["channel"] == label && event["state"] == "open");
    }
}

pub(super) fn open(ends: &mut impl Ends, options: Value) {
    for side in Side::BOTH {
        let mut request = json!({"do": "open", "trickle": false});
        let both = [&mut request, &mut options.clone()].map(|part| part.as_object_mut().cloned());
        let both = both.into_iter().flatten().flatten();
        request = Value::Object(both.collect());
        ask(ends, side, request);
    }
}

pub(super) fn media(ends: &mut impl Ends, side: Side, kind: &str, more: Value) {
    let (hz, first) = match side {
        Side::Subject => (440.0, 65_536),
        Side::Peer => (1_340.0, 131_072),
    };
    let mut request = json!({
        "do": "media", "kind": kind, "direction": "sendrecv", "content": "pattern",
        "tone_hz": hz, "first": first, "width": 320, "height": 180, "fps": 15,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        request[name] = value.clone();
    }
    ask(ends, side, request);
}

pub(super) fn run_for(ends: &mut impl Ends, time: Duration) {
    let end = ends.elapsed() + time;
    while ends.elapsed() < end {
        ends.pass(end - ends.elapsed());
    }
}

pub(super) fn seen(ends: &mut impl Ends, side: Side, kind: &str) -> Value {
    let seen = ask(ends, side, json!({"do": "seen"}));
    let media = seen["media"].as_array().cloned().unwrap_or_default();
    let found = media.into_iter().find(|entry| entry["kind"] == kind);
    found.unwrap_or_else(|| panic!("{side} sees no {kind}: {seen}"))
}

/// What the other end sends is seen at `side`.
pub(super) fn check_media(ends: &mut impl Ends, side: Side, codecs: [&str; 2], pictures: u64) {
    let (hz, first) = match side {
        Side::Subject => (1_340.0, 131_072),
        Side::Peer => (440.0, 65_536),
    };
    let audio = seen(ends, side, "audio");
    assert_eq!(audio["codec"], codecs[0]);
    let (heard, level) =
        (audio["hz"].as_f64().expect("a number"), audio["level_db"].as_f64().expect("a number"));
    assert!((heard - hz).abs() < 5.0 && (level + 20.0).abs() < 2.0, "{audio}");
    let video = seen(ends, side, "video");
    assert_eq!((&video["codec"], &video["backwards"]), (&json!(codecs[1]), &json!(0)));
    let read = video["read"].as_u64().expect("a number");
    assert!(read >= pictures && video["read"] == video["frames"], "{video}");
    let numbers = ["first", "last"].map(|name| video[name].as_u64().expect("a number"));
    assert!(numbers[0] >= first && numbers[1] - first < 1_000, "{video}");
}

/// Sends messages; all of them are to arrive.
pub(super) fn deliver(ends: &mut impl Ends, from: Side, label: &str, messages: Value) {
    let before = received(ends, from.other(), label);
    let mut request = json!({"do": "send", "channel": label, "seed": 5});
    for (name, value) in messages.as_object().into_iter().flatten() {
        request[name] = value.clone();
    }
    ask(ends, from, request.clone());
    let wanted = before + request["count"].as_u64().expect("a number");
    let end = ends.elapsed() + WITHIN;
    while received(ends, from.other(), label) < wanted {
        assert!(ends.elapsed() < end, "{label}: messages do not arrive");
        ends.pass(Duration::from_millis(100));
    }
}

pub(super) fn received(ends: &mut impl Ends, side: Side, label: &str) -> u64 {
    let received = ask(ends, side, json!({"do": "received", "channel": label}));
    received["count"].as_u64().expect("a number")
}
