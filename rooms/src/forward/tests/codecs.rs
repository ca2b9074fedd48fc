//! Whose order of codecs counts, and which form of H.264 is handed on.

use std::time::Duration;

use lapwing_engine::{Codec, MediaKind};

use super::scene::Scene;
use crate::protocol::signalling::Source;

const CODECS: [Codec; 5] = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::Av1, Codec::H264];

/// Puts the codec of this name first on each m-line of video, as a browser does whose page asks for
/// it.
fn with_first(sdp: &str, name: &str) -> String {
    let mut ordered = String::new();
    for section in sections(sdp) {
        let (line, rest) = section.split_once("\r\n").expect("lines end so");
        let Some(payload_type) = payload_type(section, name) else {
            ordered.push_str(section);
            continue;
        };
        let others = line.split(' ').skip(3).filter(|known| *known != payload_type);
        let types: Vec<&str> = std::iter::once(payload_type).chain(others).collect();
        let head: Vec<&str> = line.split(' ').take(3).collect();
        ordered.push_str(&format!("{} {}\r\n{rest}", head.join(" "), types.join(" ")));
    }
    ordered
}

/// The m-lines with what belongs to each, behind the head of the description.
fn sections(sdp: &str) -> Vec<&str> {
    let starts = sdp.match_indices("\r\nm=").map(|(at, _)| at + 2);
    let bounds: Vec<usize> = std::iter::once(0).chain(starts).chain([sdp.len()]).collect();
    bounds.windows(2).map(|pair| &sdp[pair[0]..pair[1]]).collect()
}

fn payload_type<'a>(section: &'a str, name: &str) -> Option<&'a str> {
    let maps = section.lines().filter_map(|line| line.strip_prefix("a=rtpmap:"));
    let mut maps = maps.filter_map(|map| map.split_once(' '));
    maps.find(|(_, codec)| codec.starts_with(name)).map(|(payload_type, _)| payload_type)
}

/// The codec that the server names first on the m-line by which a participant sends its video.
fn wanted(scene: &mut Scene, from: usize) -> String {
    let transceivers = scene.clients[from].rtc.negotiation().transceivers();
    let video = transceivers.iter().find(|t| t.kind == MediaKind::Video && t.direction.sends());
    let mid = video.and_then(|t| t.mid).expect("it is negotiated");
    let described = scene.clients[from].rtc.negotiation().remote_description();
    let sdp = described.expect("the server described itself").sdp;
    let named = format!("a=mid:{mid}\r\n");
    let section = sections(&sdp).into_iter().find(|section| section.contains(&named));
    let section = section.expect("it has this m-line");
    let first = section.split(' ').nth(3).map(|t| t.lines().next().unwrap_or_default());
    let names = ["VP8", "VP9", "AV1", "H264"].into_iter();
    let mut first = names.filter(|name| payload_type(section, name) == first);
    first.next().expect("the first is one of these").to_owned()
}

#[test]
fn a_participant_is_asked_for_what_it_prefers_also_after_others_came() {
    for name in ["VP8", "VP9", "AV1", "H264"] {
        let mut scene = Scene::over_own();
        let ada = scene.join_with("ada", &[MediaKind::Video], &CODECS);
        scene.clients[ada].describes = Box::new(move |sdp| with_first(&sdp, name));
        scene.open();
        assert_eq!(wanted(&mut scene, ada), name, "in the answer");
        let bob = scene.join_with("bob", &[MediaKind::Video], &CODECS);
        scene.clients[bob].describes = Box::new(|sdp| with_first(&sdp, "AV1"));
        scene.open();
        scene.run_until("labels", |scene| {
            scene.mid_of(bob, ada, Source::Camera).is_some()
                && scene.mid_of(ada, bob, Source::Camera).is_some()
        });
        scene.run_for(Duration::from_millis(200));
        assert_eq!(wanted(&mut scene, ada), name, "in an offer for the other's track");
        assert_eq!(wanted(&mut scene, bob), "AV1", "and the other has its own");
    }
}

/// What the server's last description to a participant says of H.264, one line for each form.
fn forms(scene: &mut Scene, to: usize) -> Vec<String> {
    let described = scene.clients[to].rtc.negotiation().remote_description();
    let sdp = described.expect("the server described itself").sdp;
    let mut forms = Vec::new();
    for section in sections(&sdp) {
        let lines = || section.lines();
        let numbers = lines().filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '));
        for (number, _) in numbers.filter(|(_, codec)| codec.starts_with("H264")) {
            let fmtp = format!("a=fmtp:{number} ");
            forms.extend(lines().filter_map(|line| line.strip_prefix(&fmtp)).map(str::to_owned));
        }
    }
    forms
}

/// A receiver has the form that the sender has, or another codec (RFC 6184 section 8.2.2).
#[test]
fn of_h264_everybody_has_the_one_form_that_all_can_read() {
    let mut scene = Scene::new();
    let ada = scene.join_with("ada", &[MediaKind::Video], &CODECS);
    let bob = scene.join_with("bob", &[], &CODECS);
    scene.open();
    scene.run_until("labels", |scene| scene.mid_of(bob, ada, Source::Camera).is_some());
    for participant in [ada, bob] {
        let forms = forms(&mut scene, participant);
        assert!(!forms.is_empty());
        let right = |form: &String| {
            form.contains("packetization-mode=1") && form.contains("profile-level-id=42e01f")
        };
        assert!(forms.iter().all(right), "{forms:?}");
    }
}

#[test]
fn who_has_h264_in_other_forms_only_is_asked_for_another_codec() {
    let mut scene = Scene::new();
    let codecs = [Codec::Opus, Codec::H264, Codec::Vp8];
    let ada = scene.join_with("ada", &[MediaKind::Video], &codecs);
    scene.clients[ada].describes = Box::new(|sdp| sdp.replace("42e01f", "640c1f"));
    scene.open();
    assert_eq!(wanted(&mut scene, ada), "VP8");
    assert_eq!(forms(&mut scene, ada), [""; 0]);
}
