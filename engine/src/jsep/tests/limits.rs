//! Limits of what is taken, at their edges, and what is told of each fault.

use super::cases::read;
use super::pair::{Peer, config};
use crate::codec::MediaKind;
use crate::jsep::{
    DescriptionFault as Fault, MID_BYTES_MAX, NegotiationError, RID_BYTES_MAX, SdpType,
    SendEncoding, TransceiverInit,
};
use crate::sdp::{Description, MEDIA_LINES_MAX, RidLine};

fn offer() -> Description {
    let mut peer = Peer::new(config(9));
    peer.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    peer.create_offer().expect("there is something to offer")
}

fn taken(offer: Description) -> Result<(), NegotiationError> {
    Peer::new(config(1)).set_remote(SdpType::Offer, offer).map(|_| ())
}

#[test]
fn names_may_be_as_long_as_they_may() {
    for (bytes, expected) in [(MID_BYTES_MAX, Ok(())), (MID_BYTES_MAX + 1, Err(Fault::Mid(0)))] {
        let mut offer = offer();
        let mid = "m".repeat(bytes);
        offer.media[0].mid = Some(mid.clone());
        offer.groups[0].mids = vec![mid];
        assert_eq!(taken(offer), expected.map_err(NegotiationError::Description));
    }
    for (bytes, expected) in [(RID_BYTES_MAX, Ok(())), (RID_BYTES_MAX + 1, Err(Fault::Rid(0)))] {
        let mut offer = offer();
        offer.media[0].rids.push(RidLine {
            id: "r".repeat(bytes),
            sends: true,
            payload_types: Vec::new(),
            restrictions: Vec::new(),
        });
        assert_eq!(taken(offer), expected.map_err(NegotiationError::Description));
    }
}

#[test]
fn m_lines_are_counted() {
    for count in [MEDIA_LINES_MAX, MEDIA_LINES_MAX + 1, 0] {
        let mut offer = offer();
        let line = offer.media[0].clone();
        offer.media = (0..count)
            .map(|index| {
                let mut media = line.clone();
                media.mid = Some(index.to_string());
                media
            })
            .collect();
        offer.groups[0].mids = (0..count).map(|index| index.to_string()).collect();
        let expected = match count {
            0 => Err(Fault::NoMediaLine),
            MEDIA_LINES_MAX => Ok(()),
            count => Err(Fault::TooManyMediaLines(count)),
        };
        assert_eq!(taken(offer), expected.map_err(NegotiationError::Description), "{count}");
    }
}

#[test]
fn names_are_of_one_line_and_groups_of_lines() {
    let two = || {
        let mut offer = offer();
        let again = offer.media[0].clone();
        offer.media.push(again);
        offer
    };
    let repeated = Fault::Repeated { line: 1, what: "a=mid" };
    assert_eq!(taken(two()), Err(repeated.into()));
    let mut unknown = offer();
    unknown.groups[0].mids.push("x".to_owned());
    assert_eq!(taken(unknown), Err(Fault::Group.into()));
    let mut short = offer();
    short.media[0].transport.ice_ufrag = Some("abc".to_owned());
    assert_eq!(taken(short), Err(Fault::IceUfrag(0).into()));
    let mut long = offer();
    long.media[0].transport.ice_pwd = Some("p".repeat(257));
    assert_eq!(taken(long), Err(Fault::IcePassword(0).into()));
}

#[test]
fn a_peer_that_changes_what_nobody_took_fills_nothing() {
    let mut peer = Peer::new(config(1));
    let mut sizes = std::collections::BTreeSet::new();
    for round in 0..200 {
        let mut offer = offer();
        let text = format!("x{round}");
        let mut odd = offer.media[0].formats[0].clone();
        (odd.name, odd.encoding) = ("120".to_owned(), Some(text.as_str().into()));
        offer.media[0].formats.push(odd);
        let mid = format!("m{round}");
        offer.media[0].extensions[0].uri = text.into();
        offer.groups[0].mids = vec![mid.clone()];
        offer.media[0].mid = Some(mid);
        // Each takes the place of the one before.
        peer.set_remote(SdpType::Offer, offer).expect("it is taken");
        sizes.insert(peer.jsep.transceivers().len());
    }
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [1]);
    let text = format!("{:?}", peer.jsep.numbers);
    assert!(text.len() < 8192, "{}", text.len());
}

#[test]
fn faults_say_which_m_line_and_what() {
    let line = 3;
    for (error, expected) in [
        (Fault::MissingIn { line, what: "a=mid" }, "m-line 3 has no a=mid"),
        (Fault::Setup(line), "a=setup of m-line 3 does not say who begins"),
        (Fault::NotBundled(line), "m-line 3 is taken outside of the bundle"),
        (Fault::LineCount { expected: 2, found: 1 }, "1 m-lines where 2 are expected"),
    ] {
        let error = NegotiationError::from(error);
        assert_eq!(error.to_string(), format!("invalid description: {expected}"));
    }
}

#[test]
fn parameters_that_cannot_be_are_refused() {
    let mut peer = Peer::new(config(1));
    let id = peer.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let with =
        |scale| SendEncoding { scale_resolution_down_by: Some(scale), ..SendEncoding::new(None) };
    assert_eq!(peer.jsep.set_parameters(id, vec![with(0.5)]), Err(NegotiationError::Encodings));
    assert_eq!(peer.jsep.set_parameters(id, vec![with(2.0)]), Ok(()));
    assert_eq!(read(&offer().to_string()), offer());
}
