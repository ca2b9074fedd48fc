//! Tracks and frames.

use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, Event, MediaKind, MediaTime};

use super::scene::Scene;
use crate::hub::Command;
use crate::protocol::signalling::{Source, TrackLabel};

#[test]
fn frames_reach_all_others_with_names_on_their_tracks() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Audio, MediaKind::Video]);
    let bob = scene.join("bob", &[]);
    let eve = scene.join("eve", &[]);
    scene.open();
    scene.run_until("labels", |scene| {
        [bob, eve].iter().all(|to| scene.mid_of(*to, ada, Source::Camera).is_some())
    });
    let server = scene.clients[bob].rtc.negotiation().remote_description();
    let sdp = server.expect("the server described itself").sdp;
    assert!(sdp.contains("a=msid:ada "), "the stream is named after its participant");
    for n in 0..20 {
        scene.send_frame(ada, MediaKind::Video, n * 3_000, n == 0);
        scene.send_frame(ada, MediaKind::Audio, n * 960, true);
        scene.run_for(Duration::from_millis(20));
    }
    for to in [bob, eve] {
        for (source, kind) in
            [(Source::Camera, MediaKind::Video), (Source::Microphone, MediaKind::Audio)]
        {
            let mid = scene.mid_of(to, ada, source).expect("it is labelled");
            let frames = scene.clients[to].frames().filter(|frame| frame.mid == mid);
            let frames: Vec<_> = frames.filter(|f| f.frame.codec.kind() == kind).collect();
            assert_eq!(frames.len(), 20, "{source:?} at {to}");
            assert_eq!(frames[0].frame.data.len(), 510);
        }
    }
    assert_eq!(scene.clients[ada].frames().count(), 0);
}

fn h264(time: u64, keyframe: bool) -> EncodedFrame {
    let mut data = Vec::new();
    if keyframe {
        data.extend([0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0, 0, 0, 1, 0x68, 0xce]);
    }
    data.extend([0, 0, 0, 1, if keyframe { 0x65 } else { 0x41 }, 0x88]);
    data.extend([7; 3_000]);
    let time = MediaTime::new(time, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::H264, time, keyframe, data: data.into() }
}

#[test]
fn h264_reaches_who_has_it_and_is_counted_where_somebody_has_not() {
    let mut scene = Scene::over_own();
    let ada = scene.join_with("ada", &[MediaKind::Video], &[Codec::Opus, Codec::H264]);
    let bob = scene.join_with("bob", &[], &[Codec::Opus, Codec::Vp8, Codec::H264]);
    let eve = scene.join_with("eve", &[], &[Codec::Opus, Codec::Vp8]);
    scene.open();
    scene.run_until("labels", |scene| {
        [bob, eve].iter().all(|to| scene.mid_of(*to, ada, Source::Camera).is_some())
    });
    for n in 0..40 {
        scene.write(ada, None, &h264(n * 3_000, n == 0));
        scene.run_for(Duration::from_millis(33));
    }
    let got: Vec<(Codec, usize)> = (scene.clients[bob].frames())
        .map(|frame| (frame.frame.codec, frame.frame.data.len()))
        .collect();
    assert_eq!(got.len(), 40);
    assert!(got[1..].iter().all(|frame| *frame == (Codec::H264, h264(0, false).data.len())));
    assert_eq!(scene.clients[eve].frames().count(), 0);
    assert_eq!(scene.forwarder.frames_dropped(), 40);
    let asked = |event: &&Event| matches!(event, Event::KeyframeRequested { .. });
    let asked = scene.clients[ada].out.events.iter().filter(asked).count();
    assert_eq!(asked, 0, "keyframes are of no use to who has another codec");
}

#[test]
fn a_latecomer_waits_for_a_keyframe_which_is_asked_for() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Video]);
    scene.open();
    scene.send_frame(ada, MediaKind::Video, 0, true);
    scene.run_for(Duration::from_millis(100));
    let bob = scene.join("bob", &[]);
    scene.open();
    scene.run_until("labels", |scene| scene.mid_of(bob, ada, Source::Camera).is_some());
    scene.run_for(Duration::from_millis(100));
    for n in 1..5 {
        scene.send_frame(ada, MediaKind::Video, n * 3_000, false);
        scene.run_for(Duration::from_millis(33));
    }
    assert_eq!(scene.clients[bob].frames().count(), 0);
    let asked = |event: &Event| matches!(event, Event::KeyframeRequested { .. });
    assert!(scene.clients[ada].out.events.iter().any(asked));
    scene.send_frame(ada, MediaKind::Video, 15_000, true);
    scene.send_frame(ada, MediaKind::Video, 18_000, false);
    scene.run_for(Duration::from_millis(100));
    let keyframes: Vec<bool> = scene.clients[bob].frames().map(|f| f.frame.keyframe).collect();
    assert_eq!(keyframes, [true, false]);
}

#[test]
fn who_leaves_is_taken_off_and_the_next_uses_a_line_of_its_own() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Video]);
    let bob = scene.join("bob", &[MediaKind::Video]);
    scene.open();
    scene.run_until("labels", |scene| scene.mid_of(bob, ada, Source::Camera).is_some());
    let leave = Command::Leave { id: scene.clients[ada].id.clone() };
    let now = scene.now;
    scene.forwarder.command(leave, now);
    scene.run_until("no label", |scene| scene.mid_of(bob, ada, Source::Camera).is_none());
    let eve = scene.join("eve", &[MediaKind::Video]);
    scene.run_until("labels", |scene| {
        scene.mid_of(bob, eve, Source::Camera).is_some()
            && scene.mid_of(eve, bob, Source::Camera).is_some()
    });
}

#[test]
fn a_screen_is_labelled_as_its_owner_says() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Video]);
    let label = TrackLabel { participant: None, source: Source::Screen };
    let mids = (0..4).map(|n| (n.to_string(), label.clone()));
    // The engine names the m-line as it likes: all the names it may choose are labelled.
    scene.clients[ada].sources = mids.collect();
    let bob = scene.join("bob", &[]);
    scene.open();
    let offered = scene.clients[ada].rtc.negotiation().transceivers()[0].mid;
    let mid = offered.expect("it is negotiated").to_string();
    scene.clients[ada].sources = vec![(mid, label)];
    let mut negotiation = scene.clients[ada].rtc.negotiation();
    negotiation.restart_ice();
    scene.clients[ada].drain();
    scene.run_until("labels", |scene| scene.mid_of(bob, ada, Source::Screen).is_some());
    let sdp = scene.clients[bob].rtc.negotiation().remote_description();
    assert!(sdp.expect("it was described").sdp.contains("a=msid:ada.screen "));
}
