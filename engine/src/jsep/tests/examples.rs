//! The examples of RFC 9429 section 7, and offers of real stacks: what is answered has their shape.

use std::fs;

use super::answers::offerer;
use super::cases::read;
use super::pair::{Peer, config};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::jsep::{JsepConfig, PeerLines, SdpType};
use crate::sdp::{Description, MediaName};

fn text(path: &str) -> String {
    let path = format!("{}/../conformance/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn example(name: &str) -> Description {
    read(&text(&format!("tests/it/vectors/jsep/{name}.sdp")))
}

const EXAMPLES: [&str; 5] = ["a1", "b1", "b2", "c1", "c2"];

/// Kind, profile, name and direction of each m-line, and whether it is rejected.
fn shape(description: &Description) -> Vec<String> {
    let line = |media: &crate::sdp::MediaDescription| {
        let (name, profile) = (media.name.name(), media.profile.name());
        format!("{name} {profile} {:?} {:?} {}", media.mid, media.direction, media.port == 0)
    };
    let groups = description.groups.iter().filter(|group| group.semantics == "BUNDLE");
    let groups = groups.map(|group| group.mids.join(" "));
    groups.chain(description.media.iter().map(line)).collect()
}

#[test]
fn offers_of_the_examples_are_answered_as_there() {
    for name in EXAMPLES {
        let mut peer = Peer::new(JsepConfig { peer_lines: PeerLines::Receive, ..config(1) });
        let offer = example(&format!("offer-{name}"));
        let expected = example(&format!("answer-{name}"));
        peer.set_remote(SdpType::Offer, offer).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (transceiver, media) in peer
            .jsep
            .transceivers()
            .iter()
            .zip(expected.media.iter().filter(|media| media.name != MediaName::Application))
        {
            let direction = media.direction.unwrap_or(Direction::SendRecv);
            peer.jsep.set_direction(transceiver.id, direction).expect("it lives");
        }
        let answer = peer.create_answer().expect("an offer waits");
        peer.set_local(SdpType::Answer, &answer).expect("it was just created");
        assert_eq!(shape(&answer), shape(&expected), "{name}");
    }
}

#[test]
fn answers_of_the_examples_are_taken() {
    for name in EXAMPLES {
        let answer = example(&format!("answer-{name}"));
        let names: Vec<&str> =
            answer.media.iter().filter_map(|media| media.mid.as_deref()).collect();
        let kinds: Vec<MediaKind> = answer
            .media
            .iter()
            .filter_map(|media| match media.name {
                MediaName::Audio => Some(MediaKind::Audio),
                MediaName::Video => Some(MediaKind::Video),
                _ => None,
            })
            .collect();
        let data = kinds.len() < names.len();
        // Our data channels come last, those of the examples after sound.
        let mut ordered = names.clone();
        if data {
            let place = answer.media.iter().position(|m| m.name == MediaName::Application);
            let channel = ordered.remove(place.expect("there is one"));
            ordered.push(channel);
        }
        let (mut peer, mut renamed) = offerer(&kinds, data, &ordered, &answer.to_string());
        renamed.media.sort_by_key(|media| media.name == MediaName::Application);
        let (_, effects) = peer
            .set_remote(SdpType::Answer, renamed.clone())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let agreed = effects.agreed.expect("the exchange is complete");
        for (media, line) in agreed.media.iter().zip(&renamed.media) {
            let theirs = line.direction.unwrap_or(Direction::SendRecv);
            assert_eq!(media.direction.sends(), theirs.receives(), "{name}");
            assert_eq!(media.direction.receives(), theirs.sends(), "{name}");
            assert!(!media.send.codecs.is_empty(), "{name}");
        }
    }
}

#[test]
fn offers_of_real_stacks_are_taken_line_for_line() {
    let all = text("src/cases/real_offers.sdp");
    let mut stacks = 0;
    for part in all.split("# ").filter(|part| !part.trim().is_empty()) {
        let (name, text) = part.split_once('\n').expect("a name and an offer");
        let offer = read(text);
        let mut peer = Peer::new(config(1));
        peer.set_remote(SdpType::Offer, offer.clone())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let answer = peer.create_answer().expect("an offer waits");
        let effects = peer.set_local(SdpType::Answer, &answer).expect("it was just created");
        assert!(effects.agreed.is_some(), "{name}");
        assert_eq!(answer.media.len(), offer.media.len(), "{name}");
        for (ours, theirs) in answer.media.iter().zip(&offer.media) {
            assert_eq!((&ours.name, &ours.profile), (&theirs.name, &theirs.profile), "{name}");
            assert_eq!(ours.mid, theirs.mid, "{name}");
            assert_eq!(ours.port, 9, "{name}: all of it is taken");
            for format in &ours.formats {
                assert!(theirs.format(&format.name).is_some(), "{name}: {format:?}");
            }
        }
        stacks += 1;
    }
    assert_eq!(stacks, 15);
}
