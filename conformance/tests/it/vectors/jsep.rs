//! The examples of RFC 9429 section 7, and what the engine does with each today.
//!
//! The descriptions are in `jsep/`, each under its name in the RFC in small letters, with folded
//! lines joined. Offers are given to an engine in the place of the example's other end. An answer
//! can only be given to an offer of the engine: to one with lines of the same kinds, whose names
//! are put in the place of the example's. The second answers of examples B and C continue a
//! connection that the other end offered, and are only compared with what the engine answers there.

use std::time::Instant;

use lapwing_engine::{
    ChannelConfig, Config, Event, MediaKind, NegotiationError, RemoteOutcome, ResolveId, Rtc,
    SdpType, SessionDescription, Sink, SocketRequest, TransceiverInit, Transmit, drain,
};

/// Nobody listens.
struct Deaf;

impl Sink for Deaf {
    fn transmit(&mut self, _: Transmit) {}
    fn event(&mut self, _: Event) {}
    fn socket(&mut self, _: SocketRequest) {}
    fn resolve(&mut self, _: ResolveId, _: String) {}
}

const OUTCOMES: &str = include_str!("jsep/outcomes.txt");

/// The offers of each example, in their order, with the side that each is meant for.
const OFFERS: [(&str, &str); 5] = [
    ("offer-a1", include_str!("jsep/offer-a1.sdp")),
    ("offer-b1", include_str!("jsep/offer-b1.sdp")),
    ("offer-b2", include_str!("jsep/offer-b2.sdp")),
    ("offer-c1", include_str!("jsep/offer-c1.sdp")),
    ("offer-c2", include_str!("jsep/offer-c2.sdp")),
];

const ANSWERS: [(&str, &str, &str); 5] = [
    ("answer-a1", include_str!("jsep/answer-a1.sdp"), "offer-a1"),
    ("answer-b1", include_str!("jsep/answer-b1.sdp"), "offer-b1"),
    ("answer-b2", include_str!("jsep/answer-b2.sdp"), "offer-b2"),
    ("answer-c1", include_str!("jsep/answer-c1.sdp"), "offer-c1"),
    ("answer-c2", include_str!("jsep/answer-c2.sdp"), "offer-c2"),
];

fn engine() -> Rtc {
    let mut rtc = Rtc::new(Config::seeded(1), Instant::now());
    drain(&mut rtc, &mut Deaf);
    rtc
}

fn lines(sdp: &str) -> Vec<&str> {
    sdp.lines().filter(|line| line.starts_with("m=")).collect()
}

/// The values of an attribute, line by line.
fn values<'a>(sdp: &'a str, start: &str) -> Vec<&'a str> {
    sdp.lines().filter_map(|line| line.strip_prefix(start)).collect()
}

fn refusal(result: Result<RemoteOutcome, NegotiationError>) -> Option<String> {
    match result {
        Ok(_) => None,
        Err(NegotiationError::Description(fault)) => Some(format!("{fault:?}")),
        Err(other) => Some(format!("{other:?}")),
    }
}

/// What becomes of an answer to an offer of ours with the same lines.
fn outcome_of_answer(sdp: &str) -> String {
    let mut rtc = engine();
    for line in lines(sdp) {
        let kind = match line.split(' ').next() {
            Some("m=audio") => MediaKind::Audio,
            Some("m=video") => MediaKind::Video,
            _ => {
                rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
                continue;
            }
        };
        rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
    }
    let offer = rtc.negotiation().create_offer().expect("there are lines");
    rtc.negotiation().set_local(&offer).expect("it was just created");
    let (ours, theirs) = (values(&offer.sdp, "a=mid:"), values(sdp, "a=mid:"));
    assert_eq!(ours.len(), theirs.len(), "as many lines as in the example");
    let mut renamed = sdp.replace('\n', "\r\n");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        renamed = renamed.replace(&format!("a=mid:{theirs}\r"), &format!("a=mid:{ours}\r"));
        let group = |line: &str| match line.starts_with("a=group:") {
            true => line.replace(&format!(" {theirs}"), &format!(" {ours}")) + "\r\n",
            false => format!("{line}\r\n"),
        };
        renamed = renamed.lines().map(group).collect();
    }
    let answer = SessionDescription { kind: SdpType::Answer, sdp: renamed };
    match refusal(rtc.negotiation().set_remote(&answer)) {
        Some(fault) => fault,
        None => format!("taken, {} lines", lines(sdp).len()),
    }
}

/// What became of an offer; one that is taken has to be answered as JSEP demands.
fn outcome(sdp: &str) -> String {
    let mut rtc = engine();
    let sdp = sdp.replace('\n', "\r\n");
    let offer = SessionDescription { kind: SdpType::Offer, sdp: sdp.clone() };
    if let Some(fault) = refusal(rtc.negotiation().set_remote(&offer)) {
        return fault;
    }
    let answer = rtc.negotiation().create_answer().expect("an offer waits");
    rtc.negotiation().set_local(&answer).expect("it was just created");
    // RFC 9429 section 5.3.1: as many lines, of the same kinds, under the same names, one
    // transport.
    let kinds = |sdp: &str| -> Vec<String> {
        lines(sdp).iter().map(|line| line.split(' ').next().expect("a word").to_owned()).collect()
    };
    assert_eq!(kinds(&answer.sdp), kinds(&sdp));
    assert_eq!(values(&answer.sdp, "a=mid:"), values(&sdp, "a=mid:"));
    let taken =
        lines(&answer.sdp).iter().filter(|line| line.split(' ').nth(1) != Some("0")).count();
    let setup = values(&answer.sdp, "a=setup:");
    assert!(
        setup.iter().all(|it| ["active", "passive"].contains(it)),
        "who begins is decided: {setup:?}"
    );
    format!("taken, {taken} of {} lines", lines(&sdp).len())
}

#[test]
fn what_becomes_of_the_examples_is_written_down() {
    let rows: Vec<(&str, &str)> = OUTCOMES
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once(": ").expect("a name and what becomes of it"))
        .collect();
    let mut found = Vec::new();
    for (name, sdp) in OFFERS {
        found.push((name, outcome(sdp)));
    }
    for (name, sdp, _) in ANSWERS.iter().filter(|(name, ..)| name.ends_with('1')) {
        found.push((name, outcome_of_answer(sdp)));
    }
    let found: Vec<(&str, &str)> = found.iter().map(|(name, it)| (*name, it.as_str())).collect();
    assert_eq!(found, rows, "write down what changed, and why, in jsep/outcomes.txt");
}

/// The answer to an example's offer that the engine gives agrees with the example's own in what the
/// RFC decides.
#[test]
fn answers_decide_as_those_of_the_examples() {
    let mut tried = 0;
    for (name, example, offer_name) in ANSWERS {
        let (_, offer) = OFFERS.iter().find(|(name, _)| *name == offer_name).expect("its offer");
        let mut rtc = engine();
        let sdp = offer.replace('\n', "\r\n");
        let offer = SessionDescription { kind: SdpType::Offer, sdp };
        if rtc.negotiation().set_remote(&offer).is_err() {
            continue;
        }
        tried += 1;
        let answer = rtc.negotiation().create_answer().expect("an offer waits").sdp;
        let ours = answer.replace("\r\n", "\n");
        assert_eq!(values(&ours, "a=mid:"), values(example, "a=mid:"), "{name}");
        let group = |sdp: &str| values(sdp, "a=group:BUNDLE ").first().map(|it| (*it).to_owned());
        assert_eq!(group(&ours), group(example), "{name}");
        assert_eq!(lines(&ours).len(), lines(example).len(), "{name}");
        let protocols = |sdp: &str| -> Vec<String> {
            let protocol = |line: &&str| line.split(' ').nth(2).expect("a protocol").to_owned();
            lines(sdp).iter().map(protocol).collect()
        };
        assert_eq!(protocols(&ours), protocols(example), "{name}");
        assert!(!values(&ours, "a=rtcp-mux").is_empty(), "{name}");
    }
    assert!(tried > 0, "some offer of the examples is taken");
}
