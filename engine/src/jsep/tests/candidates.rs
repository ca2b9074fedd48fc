//! Candidates of the peer's: for which m-line, of which generation, and when they can be used.

use super::pair::{Peer, config, exchange};
use crate::candidate::IceCandidate;
use crate::jsep::{
    CandidateFault, CandidateInit, DescriptionFault as Fault, REMOTE_CANDIDATES_MAX,
    RemoteCandidate, SdpType, with_candidates,
};

fn candidate(port: u16) -> IceCandidate {
    let line = format!("candidate:1 1 udp 2113937151 192.0.2.1 {port} typ host");
    IceCandidate::parse(&line).expect("a valid line")
}

fn init(port: u16) -> CandidateInit {
    CandidateInit { candidate: Some(candidate(port)), ..CandidateInit::default() }
}

fn pair() -> (Peer, Peer) {
    let (mut a, b) = (Peer::new(config(1)), Peer::new(config(2)));
    a.jsep.want_data_channels(true);
    (a, b)
}

#[test]
fn early_ones_wait_for_the_description_and_late_ones_do_not() {
    let (mut a, mut b) = pair();
    assert_eq!(b.jsep.add_ice_candidate(init(5000)), Ok(None), "no description yet");
    let offer = a.offer();
    b.set_remote(SdpType::Offer, offer).expect("it is taken");
    assert_eq!(b.jsep.add_ice_candidate(init(5001)), Ok(None), "nothing is agreed on yet");
    let answer = b.create_answer().expect("an offer waits");
    let effects = b.set_local(SdpType::Answer, &answer).expect("it was just created");
    let told: Vec<_> = effects
        .candidates
        .iter()
        .filter_map(|told| {
            Some((told.mid.as_str(), told.candidate.as_ref()?.socket_addr()?.port()))
        })
        .collect();
    assert_eq!(told, [("0", 5000), ("0", 5001)]);
    let late = b.jsep.add_ice_candidate(init(5002)).expect("it fits").expect("at once");
    let ufrag = late.candidate.as_ref().and_then(|candidate| candidate.ufrag.clone());
    assert_eq!(ufrag.as_ref(), Some(&b.agreed().remote.credentials.ufrag));
    let end = b.jsep.add_ice_candidate(CandidateInit::default()).expect("it fits");
    assert_eq!(end.expect("at once").candidate, None);
}

#[test]
fn ours_are_told_for_the_m_line_that_the_group_lists_first() {
    let (mut a, mut b) = pair();
    a.jsep.add_transceiver(crate::codec::MediaKind::Audio, Default::default());
    let mut offer = a.offer();
    offer.groups[0].mids.reverse();
    let first = offer.groups[0].mids[0].clone();
    assert_eq!(offer.media[1].mid, Some(first.clone()));
    let (answer, ..) = b.answer(&offer);
    let signalled = b.jsep.signalled(Some(candidate(5000)));
    assert_eq!((signalled.mid, signalled.index), (Some(first), Some(1)));
    let whole = with_candidates(&answer, &[candidate(5000)], true);
    let counts = whole.media.iter().map(|media| media.transport.candidates.len());
    assert_eq!(counts.collect::<Vec<_>>(), [0, 1]);
    let told = &whole.media[1];
    let address = candidate(5000).socket_addr().expect("an address");
    let said = told.connection.as_ref().map(|connection| connection.address.clone());
    assert_eq!((told.port, said), (5000, Some(address.ip().to_string())));
    let signalled = a.jsep.signalled(None);
    assert_eq!(signalled.index, Some(0), "as our offer has it");
}

#[test]
fn they_are_for_an_m_line_by_name_or_place() {
    let (mut a, mut b) = pair();
    a.jsep.add_transceiver(crate::codec::MediaKind::Audio, Default::default());
    exchange(&mut a, &mut b);
    let place = |mid: Option<&str>, index| CandidateInit {
        mid: mid.map(str::to_owned),
        index,
        ..init(5000)
    };
    let mid = |jsep: &mut crate::jsep::Jsep, init| {
        jsep.add_ice_candidate(init).map(|told| told.map(|told| told.mid.as_str().to_owned()))
    };
    let mids: Vec<_> = a.agreed().media.iter().map(|media| media.mid.as_str()).collect();
    let audio = mids[0].to_owned();
    assert_eq!(mid(&mut b.jsep, place(Some(&audio), Some(1))), Ok(Some(audio.clone())));
    assert_eq!(mid(&mut b.jsep, place(None, Some(0))), Ok(Some(audio.clone())));
    let other = mid(&mut b.jsep, place(None, Some(1))).expect("it is there").expect("at once");
    assert_ne!(other, audio);
    assert_eq!(mid(&mut b.jsep, place(Some("x"), Some(0))), Err(CandidateFault::UnknownLine));
    assert_eq!(mid(&mut b.jsep, place(None, Some(2))), Err(CandidateFault::UnknownLine));
}

#[test]
fn generations_are_told_apart() {
    let (mut a, mut b) = pair();
    exchange(&mut a, &mut b);
    let old = a.agreed().local.ufrag.clone();
    let of = |ufrag: &str, port| CandidateInit { ufrag: Some(ufrag.to_owned()), ..init(port) };
    a.jsep.restart_ice();
    let offer = a.offer();
    let new = offer.media[0].transport.ice_ufrag.clone().expect("it has one");
    assert_ne!(old, new);
    assert_eq!(b.jsep.add_ice_candidate(of(&new, 6000)), Ok(None), "its offer is to come");
    assert!(b.jsep.add_ice_candidate(of(&old, 6001)).expect("it fits").is_some(), "in use");
    assert_eq!(b.jsep.add_ice_candidate(of("gone", 6002)), Ok(None));
    let (_, _, said) = b.answer(&offer);
    let port = |told: &RemoteCandidate| Some(told.candidate.as_ref()?.socket_addr()?.port());
    let ports: Vec<_> = said.candidates.iter().filter_map(port).collect();
    assert_eq!(ports, [6000]);
    assert!(said.ice_restarted);
    assert_eq!(b.jsep.add_ice_candidate(of(&old, 6003)), Ok(None), "of the past");
}

#[test]
fn as_many_wait_as_may() {
    let (mut a, mut b) = pair();
    let max = u16::try_from(REMOTE_CANDIDATES_MAX).expect("it is small");
    for port in 1..=max {
        assert_eq!(b.jsep.add_ice_candidate(init(port)), Ok(None));
    }
    assert_eq!(b.jsep.add_ice_candidate(init(1)), Ok(None), "it waits already");
    assert_eq!(b.jsep.add_ice_candidate(init(max + 1)), Err(CandidateFault::TooMany));
    let offer = a.offer();
    let all: Vec<_> = (1000..=1000 + max).map(candidate).collect();
    let before = b.clone();
    let refused = b.set_remote(SdpType::Offer, with_candidates(&offer, &all, true)).err();
    assert_eq!(refused, Some(Fault::TooManyCandidates(all.len()).into()));
    assert_eq!(b, before);
    b.set_remote(SdpType::Offer, offer).expect("it is taken");
}

#[test]
fn our_descriptions_can_hold_ours() {
    let (a, _) = pair();
    let offer = a.create_offer().expect("there is something to offer");
    let some = with_candidates(&offer, &[candidate(5000)], false).to_string();
    let ufrag = a.local.credentials.ufrag.clone();
    let line = format!("a=candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host ufrag {ufrag}\r\n");
    assert!(some.contains(&line), "{some}");
    assert!(!some.contains("a=end-of-candidates"));
    let all = with_candidates(&offer, &[candidate(5000)], true).to_string();
    assert!(all.contains("a=end-of-candidates\r\n"), "{all}");
}
