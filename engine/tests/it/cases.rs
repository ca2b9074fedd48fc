//! Odd but legal offers, taken by a whole connection with its transport. What each answer says line
//! for line is a matter of the negotiation's own tests.

use std::fs;
use std::path::Path;

use lapwing_engine::{AgreeError, Config, NegotiationError, Rtc, SdpType, SessionDescription};

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

/// Every file of the corpus that is an offer, or is read as one.
const CASES: &[(&str, Taken)] = &[
    ("02-one-b-offer", Taken::Answered(2)),
    ("02-rs-rr-offer", Taken::Answered(2)),
    ("02-session-two-b-offer", Taken::Answered(2)),
    ("02-two-b-offer", Taken::Answered(2)),
    ("03-answer-no-group-answer", Taken::Answered(1)),
    ("03-no-group-audio-offer", Taken::Answered(1)),
    ("03-no-group-data-offer", Taken::Answered(1)),
    ("04-legacy-offer-offer", Taken::Answered(1)),
    ("04-tcp-proto-offer", Taken::Answered(1)),
    ("05-answer-no-direction-answer", Taken::Answered(2)),
    ("05-offer-no-direction-offer", Taken::Answered(2)),
    ("05-session-sendonly-offer", Taken::Answered(2)),
    ("06-answer-rejects-answer", Taken::Answered(1)),
    ("06-reject-first-offer", Taken::Answered(1)),
    ("06-reject-offer", Taken::Answered(2)),
    ("07-bundle-order-offer", Taken::Answered(3)),
    ("07-ls-before-offer", Taken::Answered(3)),
    ("08-answer-rejects-no-mid-answer", Taken::Answered(2)),
    ("08-rejected-bare-offer", Taken::Answered(2)),
    ("08-rejected-no-mid-offer", Taken::Answered(2)),
    ("09-image-line-offer", Taken::Answered(1)),
    ("09-no-common-codec-offer", Taken::Answered(2)),
    ("09-text-line-offer", Taken::Answered(1)),
    ("10-long-mids-offer", Taken::NotCarried),
    ("10-odd-mids-offer", Taken::NotCarried),
    ("11-chrome-trickle-order-offer", Taken::Answered(1)),
    ("11-mdns-offer", Taken::Answered(1)),
    ("11-plain-offer", Taken::Answered(1)),
    ("11-trailing-space-offer", Taken::Answered(1)),
    ("11-unknown-ext-offer", Taken::Answered(1)),
    ("16-extmap-two-byte-offer", Taken::Answered(2)),
    ("17-answer-extra", Taken::Answered(2)),
    ("17-answer-no-fingerprint", Taken::Refused),
    ("17-answer-no-ice", Taken::Refused),
    ("17-offer-no-fingerprint", Taken::Refused),
    ("17-reoffer-new-ice-broken-order", Taken::Answered(3)),
    ("23-rids-abcdefghijklmnop-offer", Taken::NotCarried),
    ("23-rids-hi-offer", Taken::Answered(2)),
    ("av-ufrag-200-offer", Taken::Answered(3)),
    ("forward-data-only-offer", Taken::Answered(1)),
    ("q01-image-middle-offer", Taken::Answered(2)),
    ("q01-savpf-proto-offer", Taken::Answered(2)),
    ("q01-text-middle-offer", Taken::Answered(2)),
    ("q02-mids-a.b-offer", Taken::NotCarried),
    ("q06-answer", Taken::Answered(1)),
    ("q10-ufrag-119-offer", Taken::Answered(1)),
    ("q10-ufrag-120-offer", Taken::Answered(1)),
    ("q10-ufrag-256-offer", Taken::Answered(1)),
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
        let mut pair = Pair::new(Config::seeded(1), Config::seeded(2));
        let taken = pair.on_b(|rtc, _| take(rtc, sdp));
        assert_eq!(taken, *expected, "{name}");
    }
}
