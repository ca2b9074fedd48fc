//! Odd answers, and some that must be refused: what an offer of ours comes to.

use super::cases::{case, read};
use super::pair::{Peer, config};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::jsep::{DescriptionFault as Fault, NegotiationError, SdpType, TransceiverInit};
use crate::sdp::Description;

/// A peer whose offer has these m-lines, and an answer that has them under other names, renamed.
pub(super) fn offerer(
    kinds: &[MediaKind],
    data: bool,
    names: &[&str],
    text: &str,
) -> (Peer, Description) {
    let mut peer = Peer::new(config(7));
    for kind in kinds {
        peer.jsep.add_transceiver(*kind, TransceiverInit::default());
    }
    peer.jsep.want_data_channels(data);
    let mids: Vec<String> = peer.offer().media.into_iter().filter_map(|media| media.mid).collect();
    let mut answer = read(text);
    let renamed = |name: &String| match names.iter().position(|known| known == name) {
        Some(index) => mids[index].clone(),
        None => name.clone(),
    };
    for media in &mut answer.media {
        media.mid = media.mid.as_ref().map(renamed);
    }
    for group in &mut answer.groups {
        group.mids = group.mids.iter().map(renamed).collect();
    }
    (peer, answer)
}

const NAMES: [&str; 3] = ["sty", "447", "7u2"];

#[test]
fn answers_are_taken_or_refused_whole() {
    let (audio, video) = (MediaKind::Audio, MediaKind::Video);
    let missing = |what| Fault::MissingIn { line: 0, what };
    for (name, kinds, data, text, expected) in [
        ("03", &[][..], true, case!("03-answer-no-group-answer"), Ok(())),
        ("05", &[audio, video], false, case!("05-answer-no-direction-answer"), Ok(())),
        ("06", &[audio], true, case!("06-answer-rejects-answer"), Ok(())),
        ("08", &[audio, video], true, case!("08-answer-rejects-no-mid-answer"), Ok(())),
        (
            "17-extra",
            &[],
            true,
            case!("17-answer-extra"),
            Err(Fault::LineCount { expected: 1, found: 2 }),
        ),
        (
            "17-no-fingerprint",
            &[],
            true,
            case!("17-answer-no-fingerprint"),
            Err(missing("a=fingerprint of SHA-2")),
        ),
        (
            "17-no-ice",
            &[],
            true,
            case!("17-answer-no-ice"),
            Err(missing("a=ice-ufrag and a=ice-pwd")),
        ),
        ("q06", &[], true, case!("q06-answer"), Err(Fault::Setup(0))),
    ] {
        let (mut peer, answer) = offerer(kinds, data, &NAMES, text);
        let before = peer.clone();
        let taken = peer.set_remote(SdpType::Answer, answer).map(|_| ());
        assert_eq!(taken, expected.map_err(NegotiationError::Description), "{name}");
        if expected.is_err() {
            assert_eq!(peer, before, "{name}: a refused description changes nothing");
            // The right one afterwards works.
            let (_, right) = offerer(kinds, data, &NAMES, case!("03-answer-no-group-answer"));
            peer.set_remote(SdpType::Answer, right).expect("the right one");
        }
    }
}

#[test]
fn rejections_in_answers_are_told() {
    let (mut peer, answer) =
        offerer(&[MediaKind::Audio], true, &NAMES, case!("06-answer-rejects-answer"));
    let (_, effects) = peer.set_remote(SdpType::Answer, answer).expect("it is taken");
    assert!(effects.close_channels);
    assert_eq!(peer.agreed().sctp, None);
    assert!(!peer.jsep.negotiation_needed());
    peer.jsep.want_data_channels(true);
    assert!(peer.jsep.negotiation_needed());
    let again = peer.create_offer().expect("there is something to offer");
    assert_eq!(again.media.len(), 2, "its place is used again");
    assert_eq!((again.media[1].port, &again.media[1].mid), (9, &Some("2".to_owned())));

    let kinds = [MediaKind::Audio, MediaKind::Video];
    let (mut peer, answer) =
        offerer(&kinds, true, &NAMES, case!("08-answer-rejects-no-mid-answer"));
    let (_, effects) = peer.set_remote(SdpType::Answer, answer).expect("it is taken");
    let transceivers = peer.jsep.transceivers();
    assert_eq!(effects.stopped, [transceivers[1].id]);
    assert!(transceivers[1].stopped && !transceivers[0].stopped);
    let refused = peer.jsep.set_direction(transceivers[1].id, Direction::RecvOnly);
    assert_eq!(refused, Err(NegotiationError::Stopped));
    let media = &peer.agreed().media;
    assert!(media[1].stopped && media[1].direction == Direction::Inactive);
    assert!(peer.agreed().sctp.is_some());
}
