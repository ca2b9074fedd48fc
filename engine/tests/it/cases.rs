//! Odd but legal offers, taken by a whole connection with its transport. What each answer says line
//! for line is a matter of the negotiation's own tests.

use std::fs;
use std::path::Path;

use lapwing_engine::{
    AgreeError, Config, NegotiationError, Rtc, SdpType, SessionDescription, SessionKind,
};

use crate::pair::Pair;

/// What becomes of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// It is answered, with so many m-lines taken.
    Answered(usize),
    /// It is no description that can be taken.
    Refused,
    /// It is taken, but the transport cannot carry the names of its m-lines or layers in RTP.
    NotCarried,
}

/// By whose session.
type Carried = [(SessionKind, Taken); 2];

/// Answered by either, with so many m-lines taken.
const fn answered(lines: usize) -> Carried {
    [(SessionKind::Own, Taken::Answered(lines)), (SessionKind::Str0m, Taken::Answered(lines))]
}

/// Taken by neither.
const REFUSED: Carried = [(SessionKind::Own, Taken::Refused), (SessionKind::Str0m, Taken::Refused)];

/// Names that are too long for either.
const NOT_CARRIED: Carried =
    [(SessionKind::Own, Taken::NotCarried), (SessionKind::Str0m, Taken::NotCarried)];

/// Our own carries these names, str0m does not.
const fn own_only(lines: usize) -> Carried {
    [(SessionKind::Own, Taken::Answered(lines)), (SessionKind::Str0m, Taken::NotCarried)]
}

/// Every file of the corpus that is an offer, or is read as one.
const CASES: &[(&str, Carried)] = &[
    ("02-one-b-offer", answered(2)),
    ("02-rs-rr-offer", answered(2)),
    ("02-session-two-b-offer", answered(2)),
    ("02-two-b-offer", answered(2)),
    ("03-answer-no-group-answer", answered(1)),
    ("03-no-group-audio-offer", answered(1)),
    ("03-no-group-data-offer", answered(1)),
    ("04-legacy-offer-offer", answered(1)),
    ("04-tcp-proto-offer", answered(1)),
    ("05-answer-no-direction-answer", answered(2)),
    ("05-offer-no-direction-offer", answered(2)),
    ("05-session-sendonly-offer", answered(2)),
    ("06-answer-rejects-answer", answered(1)),
    ("06-reject-first-offer", answered(1)),
    ("06-reject-offer", answered(2)),
    ("07-bundle-order-offer", answered(3)),
    ("07-ls-before-offer", answered(3)),
    ("08-answer-rejects-no-mid-answer", answered(2)),
    ("08-rejected-bare-offer", answered(2)),
    ("08-rejected-no-mid-offer", answered(2)),
    ("09-image-line-offer", answered(1)),
    ("09-no-common-codec-offer", answered(2)),
    ("09-text-line-offer", answered(1)),
    ("10-long-mids-offer", NOT_CARRIED),
    ("10-odd-mids-offer", own_only(3)),
    ("11-chrome-trickle-order-offer", answered(1)),
    ("11-mdns-offer", answered(1)),
    ("11-plain-offer", answered(1)),
    ("11-trailing-space-offer", answered(1)),
    ("11-unknown-ext-offer", answered(1)),
    ("16-extmap-two-byte-offer", answered(2)),
    ("17-answer-extra", answered(2)),
    ("17-answer-no-fingerprint", REFUSED),
    ("17-answer-no-ice", REFUSED),
    ("17-offer-no-fingerprint", REFUSED),
    ("17-reoffer-new-ice-broken-order", answered(3)),
    ("23-rids-abcdefghijklmnop-offer", own_only(2)),
    ("23-rids-hi-offer", answered(2)),
    ("av-ufrag-200-offer", answered(3)),
    ("forward-data-only-offer", answered(1)),
    ("q01-image-middle-offer", answered(2)),
    ("q01-savpf-proto-offer", answered(2)),
    ("q01-text-middle-offer", answered(2)),
    ("q02-mids-a.b-offer", own_only(2)),
    ("q06-answer", answered(1)),
    ("q10-ufrag-119-offer", answered(1)),
    ("q10-ufrag-120-offer", answered(1)),
    ("q10-ufrag-256-offer", answered(1)),
];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/sdp/corpus/cases")
}

fn take(rtc: &mut Rtc, sdp: String) -> Taken {
    let mut negotiation = rtc.negotiation();
    let offer = SessionDescription { kind: SdpType::Offer, sdp };
    if negotiation.set_remote(&offer).is_err() {
        assert_eq!(negotiation.remote_description(), None, "a refused offer changes nothing");
        return Taken::Refused;
    }
    let answer = negotiation.create_answer().expect("an offer waits");
    match negotiation.set_local(&answer) {
        Ok(()) => {}
        Err(NegotiationError::Transport(AgreeError::MidTooLong(_))) => {
            assert_eq!(negotiation.local_description(), None, "nothing was agreed on");
            return Taken::NotCarried;
        }
        Err(other) => panic!("{other}"),
    }
    let lines = answer.sdp.lines().filter(|line| line.starts_with("m="));
    Taken::Answered(lines.filter(|line| line.split(' ').nth(1) != Some("0")).count())
}

#[test]
fn each_is_answered_or_openly_refused() {
    let mut found: Vec<String> = fs::read_dir(folder())
        .expect("the corpus is there")
        .map(|entry| entry.expect("a file").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, CASES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (name, expected) in CASES {
        let sdp = fs::read_to_string(folder().join(format!("{name}.sdp"))).expect("a text");
        for (session, expected) in expected {
            let config = |number| Config { session: *session, ..Config::seeded(number) };
            let mut pair = Pair::new(config(1), config(2));
            let taken = pair.on_b(|rtc, _| take(rtc, sdp.clone()));
            assert_eq!(taken, *expected, "{name} {session:?}");
        }
    }
}
