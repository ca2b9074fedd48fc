//! Peers from before BUNDLE, names and Unified Plan.

use super::cases::{read, shape};
use super::pair::{Peer, config};
use crate::codec::MediaKind;
use crate::jsep::{DescriptionFault as Fault, NegotiationError, SdpType};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

const TRANSPORT: &str = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
    a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:\
    00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F\r\na=setup:actpass\r\na=rtcp-mux\r\n";

fn line(kind: &str, formats: &str) -> String {
    format!("m={kind} 5000 UDP/TLS/RTP/SAVPF {formats}\r\n{TRANSPORT}")
}

fn vp8() -> String {
    line("video", "96") + "a=rtpmap:96 VP8/90000\r\n"
}

fn offered(peer: &mut Peer, text: &str) -> Result<String, NegotiationError> {
    peer.set_remote(SdpType::Offer, read(text))?;
    let answer = peer.create_answer().expect("an offer waits");
    peer.set_local(SdpType::Answer, &answer).expect("it was just created");
    Ok(shape(&answer))
}

#[test]
fn a_line_without_a_name_is_given_none_that_another_has() {
    let mut peer = Peer::new(config(1));
    let named = |name: &str| line("audio", "0 8") + &format!("a=mid:{name}\r\n");
    let three = format!("{HEAD}{}{}{}", line("audio", "0 8"), named("0"), named("1"));
    peer.set_remote(SdpType::Offer, read(&three)).expect("it is taken");
    let mids: Vec<_> = peer.jsep.lines.iter().map(|line| line.mid.to_string()).collect();
    assert_eq!(mids, ["2", "0", "1"]);
}

#[test]
fn lines_without_names_are_answered_without_names() {
    let mut peer = Peer::new(config(1));
    let two = format!("{HEAD}{}{}", line("audio", "0 8"), vp8());
    let answer = offered(&mut peer, &two).expect("it is taken");
    let expected = "audio 9 UDP/TLS/RTP/SAVPF - sendrecv\nvideo 0 UDP/TLS/RTP/SAVPF - inactive";
    assert_eq!(answer, expected, "the first is taken, the other would need a transport of its own");
    let agreed = peer.agreed().clone();
    assert_eq!(agreed.media[0].receive.codecs.len(), 2);
    assert!(agreed.media[1].stopped);
    // The same again, and then with names: they are the same m-lines.
    assert_eq!(offered(&mut peer, &two).as_deref(), Ok(expected));
    assert_eq!(peer.agreed().media[0].mid, agreed.media[0].mid, "a name of ours stays");
    let named = format!("{HEAD}a=group:BUNDLE x\r\n{}a=mid:x\r\n", line("audio", "0 8"));
    let named = format!("{named}m=video 0 UDP/TLS/RTP/SAVPF 96\r\n");
    let answer = offered(&mut peer, &named).expect("it is taken");
    assert!(answer.starts_with("BUNDLE x\naudio 9 UDP/TLS/RTP/SAVPF x sendrecv"), "{answer}");
    let transceivers = peer.jsep.transceivers();
    assert_eq!(transceivers.iter().filter(|transceiver| !transceiver.stopped).count(), 1);
    assert_eq!(peer.agreed().media[0].mid.as_str(), "x");
    // Our own offer has a name for it in any case.
    let offer = peer.create_offer().expect("there is something to offer");
    assert_eq!(offer.media[0].mid.as_deref(), Some("x"));
}

#[test]
fn a_peer_that_gives_no_names_takes_our_offer() {
    let mut peer = Peer::new(config(1));
    peer.jsep.add_transceiver(MediaKind::Audio, Default::default());
    peer.offer();
    let answer = format!("{HEAD}{}", line("audio", "0").replace("actpass", "active"));
    peer.set_remote(SdpType::Answer, read(&answer)).expect("it is taken");
    assert_eq!(&*peer.agreed().media[0].send.codecs[0].name, "PCMU");
    let again = format!("{HEAD}{}", line("audio", "0 8"));
    let answer = offered(&mut peer, &again).expect("it is the same m-line");
    assert_eq!(answer, "audio 9 UDP/TLS/RTP/SAVPF - sendrecv");
    assert_eq!(peer.jsep.transceivers().len(), 1);
}

#[test]
fn in_a_bundle_every_line_has_a_name() {
    let mut peer = Peer::new(config(1));
    let text = format!("{HEAD}a=group:BUNDLE x\r\n{}a=mid:x\r\n{}", line("audio", "0"), vp8());
    let refused = offered(&mut peer, &text);
    let expected = Fault::MissingIn { line: 1, what: "a=mid" };
    assert_eq!(refused, Err(NegotiationError::Description(expected)));
}

#[test]
fn rtcp_that_would_need_a_port_of_its_own_is_refused() {
    let mut peer = Peer::new(config(1));
    let text = format!("{HEAD}{}", line("audio", "0").replace("a=rtcp-mux\r\n", ""));
    let expected = Fault::MissingIn { line: 0, what: "a=rtcp-mux" };
    assert_eq!(offered(&mut peer, &text), Err(NegotiationError::Description(expected)));
}

#[test]
fn plan_b_is_refused_by_name() {
    let mut peer = Peer::new(config(1));
    let sources = "a=ssrc:1 msid:s a\r\na=ssrc:2 msid:s b\r\n";
    let refused = offered(&mut peer, &format!("{HEAD}{}{sources}", vp8()));
    let Err(error) = refused else { panic!("{refused:?}") };
    assert_eq!(error, NegotiationError::Description(Fault::PlanB(0)));
    assert!(error.to_string().contains("Plan B"), "{error}");
}

#[test]
fn sources_of_a_peer_without_extensions_are_told() {
    let mut peer = Peer::new(config(1));
    let sources = "a=ssrc-group:FID 7 8\r\na=ssrc-group:FEC-FR 7 9\r\na=ssrc:7 cname:them\r\n\
        a=ssrc:7 msid:s a\r\na=ssrc:8 cname:them\r\na=ssrc:8 msid:s a\r\n\
        a=ssrc:9 cname:them\r\n";
    let (_, effects) = peer
        .set_remote(SdpType::Offer, read(&format!("{HEAD}{}{sources}", vp8())))
        .expect("it is taken");
    let track = &effects.added[0];
    assert_eq!((track.stream_id.as_deref(), track.track_id.as_deref()), (Some("s"), Some("a")));
    let answer = peer.create_answer().expect("an offer waits");
    peer.set_local(SdpType::Answer, &answer).expect("it was just created");
    let receive = &peer.agreed().media[0].receive;
    assert_eq!(receive.cname.as_deref(), Some("them"));
    let [encoding] = &receive.encodings[..] else { panic!("{receive:?}") };
    let numbers = [encoding.ssrc, encoding.rtx, encoding.fec].map(|ssrc| ssrc.map(|it| it.0));
    assert_eq!(numbers, [Some(7), Some(8), Some(9)]);
    assert!(receive.extensions.is_empty());
}
