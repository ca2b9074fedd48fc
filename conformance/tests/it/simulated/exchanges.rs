//! Further offers and answers, and the options of a connection.

use std::time::{Duration, Instant};

use lapwing_conformance::peer::PeerError;
use lapwing_conformance::wall::{Ends, Side, SimulatedEnds};
use lapwing_engine::{ConnectionState, Exactness, Replayer};
use lapwing_simnet::LinkSpec;
use serde_json::{Value, json};

use super::both::{
    Said, WITHIN, ask, check_media, deliver, ends, media, negotiate, open, run_for, seen,
};

/// A call with audio and video both ways.
fn call(options: Value) -> (SimulatedEnds, Said) {
    let mut ends = ends(0.0, 11);
    open(&mut ends, options);
    for side in Side::BOTH {
        media(&mut ends, side, "audio", json!({}));
        media(&mut ends, side, "video", json!({}));
    }
    ask(&mut ends, Side::Subject, json!({"do": "channel", "label": "chat"}));
    negotiate(&mut ends, Side::Subject);
    let mut said = Said::default();
    said.connected(&mut ends);
    said.opened(&mut ends, "chat");
    run_for(&mut ends, Duration::from_secs(2));
    (ends, said)
}

fn frames(ends: &mut SimulatedEnds, side: Side, kind: &str) -> u64 {
    seen(ends, side, kind)["frames_received"].as_u64().expect("a number")
}

/// Frames that come within two seconds from now.
fn flow(ends: &mut SimulatedEnds, side: Side, kind: &str) -> u64 {
    let before = frames(ends, side, kind);
    run_for(ends, Duration::from_secs(2));
    frames(ends, side, kind) - before
}

fn mid(ends: &mut SimulatedEnds, side: Side, kind: &str) -> Value {
    seen(ends, side, kind)["mid"].clone()
}

#[test]
fn a_direction_changes_and_comes_back() {
    for changer in Side::BOTH {
        let (mut ends, _) = call(json!({}));
        let video = mid(&mut ends, changer, "video");
        for (direction, ours, theirs) in [
            ("recvonly", false, true),
            ("sendonly", true, false),
            ("inactive", false, false),
            ("sendrecv", true, true),
        ] {
            ask(
                &mut ends,
                changer,
                json!({"do": "direction", "mid": video, "direction": direction}),
            );
            negotiate(&mut ends, changer);
            run_for(&mut ends, Duration::from_millis(200));
            let flows = Side::BOTH.map(|side| flow(&mut ends, side, "video") > 10);
            let wanted = if changer == Side::Subject { [theirs, ours] } else { [ours, theirs] };
            assert_eq!(flows, wanted, "{changer}: {direction}");
            assert!(flow(&mut ends, changer, "audio") > 50, "audio goes on");
        }
    }
}

#[test]
fn an_m_line_is_stopped_and_another_added() {
    let (mut ends, mut said) = call(json!({}));
    let video = mid(&mut ends, Side::Peer, "video");
    ask(&mut ends, Side::Peer, json!({"do": "stop", "mid": video}));
    negotiate(&mut ends, Side::Peer);
    said.until(&mut ends, "stopped", |event| event["mid"] == video && event["stopped"] == true);
    run_for(&mut ends, Duration::from_millis(500));
    assert_eq!(Side::BOTH.map(|side| flow(&mut ends, side, "video")), [0, 0]);
    for side in Side::BOTH {
        media(&mut ends, side, "video", json!({"first": 9_000_000}));
    }
    negotiate(&mut ends, Side::Subject);
    run_for(&mut ends, Duration::from_secs(2));
    for side in Side::BOTH {
        let all = ask(&mut ends, side, json!({"do": "seen"}));
        let new = |entry: &&Value| entry["first"] == 9_000_000;
        let new = all["media"].as_array().unwrap().iter().find(new);
        assert!(new.is_some_and(|new| new["read"].as_u64() > Some(20)), "{side}: {all}");
    }
}

#[test]
fn several_lines_of_a_kind_are_told_apart() {
    let mut ends = ends(0.0, 12);
    open(&mut ends, json!({"trickle": true}));
    for side in Side::BOTH {
        for number in 0..3 {
            let first = 1_000_000 * (side.index() + 1) + 65_536 * number;
            media(&mut ends, side, "video", json!({"first": first}));
        }
    }
    negotiate(&mut ends, Side::Subject);
    trickle(&mut ends);
    run_for(&mut ends, Duration::from_secs(3));
    for side in Side::BOTH {
        let all = ask(&mut ends, side, json!({"do": "seen"}));
        let firsts = all["media"].as_array().unwrap().iter().map(|entry| entry["first"].as_u64());
        let mut firsts: Vec<_> = firsts.map(|first| first.unwrap_or(0) / 65_536 * 65_536).collect();
        firsts.sort_unstable();
        let base = 1_000_000 * (side.other().index() as u64 + 1);
        let wanted = [0, 1, 2].map(|number| (base + 65_536 * number) / 65_536 * 65_536);
        assert_eq!(firsts, wanted, "{side}: {all}");
    }
}

/// Carries candidates both ways until both ends are connected.
fn trickle(ends: &mut SimulatedEnds) {
    let mut connected = [false; 2];
    let end = ends.elapsed() + WITHIN;
    while connected != [true; 2] {
        assert!(ends.elapsed() < end, "the ends do not connect");
        for side in Side::BOTH {
            for event in ends.events(side) {
                connected[side.index()] |= event["state"] == "connected";
                if event["event"] == "candidate" {
                    assert!(event["mid"] != "" && event["index"] == 0, "{event}");
                    let mut request = event.clone();
                    request["do"] = json!("candidate");
                    ask(ends, side.other(), request);
                }
            }
        }
        ends.pass(Duration::from_millis(100));
    }
}

#[test]
fn candidates_come_one_by_one() {
    let mut ends = ends(0.0, 13);
    open(&mut ends, json!({"trickle": true}));
    ask(&mut ends, Side::Peer, json!({"do": "channel", "label": "chat"}));
    negotiate(&mut ends, Side::Peer);
    trickle(&mut ends);
    Said::default().opened(&mut ends, "chat");
}

#[test]
fn ice_restarts_from_either_side() {
    let (mut ends, _) = call(json!({}));
    for side in Side::BOTH {
        let offer = ask(&mut ends, side, json!({"do": "offer", "restart": true}));
        let answer = ask(&mut ends, side.other(), json!({"do": "answer", "sdp": offer["sdp"]}));
        ask(&mut ends, side, json!({"do": "accept", "sdp": answer["sdp"]}));
        run_for(&mut ends, Duration::from_secs(2));
        deliver(&mut ends, side, "chat", json!({"kind": "text", "size": 100, "count": 1}));
        assert!(flow(&mut ends, side, "video") > 20);
    }
}

#[test]
fn an_offer_is_taken_back() {
    let (mut ends, _) = call(json!({}));
    let video = mid(&mut ends, Side::Subject, "video");
    ask(
        &mut ends,
        Side::Subject,
        json!({"do": "direction", "mid": video, "direction": "inactive"}),
    );
    ask(&mut ends, Side::Subject, json!({"do": "offer"}));
    ask(&mut ends, Side::Subject, json!({"do": "rollback"}));
    let again = ends.request(Side::Subject, json!({"do": "rollback"}), WITHIN);
    assert!(matches!(again, Err(PeerError::Refused(_))), "{again:?}");
    assert!(flow(&mut ends, Side::Peer, "video") > 20, "nothing has changed");
    negotiate(&mut ends, Side::Subject);
    run_for(&mut ends, Duration::from_millis(200));
    assert_eq!(flow(&mut ends, Side::Peer, "video"), 0);
}

#[test]
fn the_polite_side_gives_way() {
    let mut ends = ends(0.0, 14);
    ask(&mut ends, Side::Subject, json!({"do": "open", "trickle": false, "polite": true}));
    ask(&mut ends, Side::Peer, json!({"do": "open", "trickle": false, "polite": false}));
    for side in Side::BOTH {
        media(&mut ends, side, "audio", json!({}));
        media(&mut ends, side, "video", json!({}));
    }
    let offers = Side::BOTH.map(|side| ask(&mut ends, side, json!({"do": "offer"})));
    let ignored = json!({"do": "answer", "sdp": offers[0]["sdp"]});
    let ignored = ends.request(Side::Peer, ignored, WITHIN);
    assert!(matches!(ignored, Err(PeerError::Refused(_))), "{ignored:?}");
    let answer = ask(&mut ends, Side::Subject, json!({"do": "answer", "sdp": offers[1]["sdp"]}));
    ask(&mut ends, Side::Peer, json!({"do": "accept", "sdp": answer["sdp"]}));
    Said::default().connected(&mut ends);
    run_for(&mut ends, Duration::from_secs(2));
    for side in Side::BOTH {
        check_media(&mut ends, side, ["opus", "VP8"], 20);
    }
}

#[test]
fn simulcast_layers_are_chosen() {
    let mut ends = ends(0.0, 15);
    open(&mut ends, json!({}));
    let layers = json!({
        "simulcast": ["q", "h", "f"], "direction": "sendonly", "width": 640, "height": 360,
    });
    media(&mut ends, Side::Subject, "video", layers);
    negotiate(&mut ends, Side::Subject);
    Said::default().connected(&mut ends);
    run_for(&mut ends, Duration::from_secs(3));
    for (rid, width) in [("q", 160), ("f", 640), ("h", 320)] {
        let video = mid(&mut ends, Side::Peer, "video");
        ask(&mut ends, Side::Peer, json!({"do": "layer", "mid": video, "rid": rid}));
        run_for(&mut ends, Duration::from_secs(2));
        let video = seen(&mut ends, Side::Peer, "video");
        assert_eq!((&video["rid"], &video["width"]), (&json!(rid), &json!(width)), "{video}");
        let read = video["read"].as_u64();
        run_for(&mut ends, Duration::from_secs(2));
        let later = seen(&mut ends, Side::Peer, "video");
        assert!(later["read"].as_u64() > read.map(|read| read + 20), "{video} {later}");
        let facts = ask(&mut ends, Side::Peer, json!({"do": "stats"}))["facts"].clone();
        assert_eq!(facts["rid"], rid);
    }
}

#[test]
fn frames_are_sent_back() {
    for codec in ["VP8", "AV1"] {
        let mut ends = ends(0.0, 16);
        open(&mut ends, json!({}));
        for (side, content) in [(Side::Subject, "pattern"), (Side::Peer, "echo")] {
            media(&mut ends, side, "audio", json!({"content": content}));
            let more = json!({"content": content, "codecs": [codec]});
            media(&mut ends, side, "video", more);
        }
        negotiate(&mut ends, Side::Subject);
        Said::default().connected(&mut ends);
        run_for(&mut ends, Duration::from_secs(3));
        let video = seen(&mut ends, Side::Subject, "video");
        assert_eq!(video["first"], 65_536, "{video}");
        assert!(video["read"].as_u64() > Some(20), "{video}");
        let audio = seen(&mut ends, Side::Subject, "audio");
        assert!((audio["hz"].as_f64().expect("a number") - 440.0).abs() < 5.0, "{audio}");
    }
}

#[test]
fn a_key_frame_is_asked_for() {
    let (mut ends, _) = call(json!({}));
    let video = mid(&mut ends, Side::Peer, "video");
    ask(&mut ends, Side::Peer, json!({"do": "keyframe", "mid": video}));
    run_for(&mut ends, Duration::from_secs(1));
    let facts = Side::BOTH.map(|side| ask(&mut ends, side, json!({"do": "stats"})));
    assert_eq!(facts[1]["facts"]["plis_sent"], 1, "{}", facts[1]["facts"]);
    assert_eq!(facts[0]["facts"]["plis_received"], 1, "{}", facts[0]["facts"]);
    let sent = facts[0]["raw"]["outboundRtp"].as_array().unwrap().iter();
    let keys: Vec<_> =
        sent.filter(|s| s["kind"] == "video").map(|s| s["keyFramesSent"].clone()).collect();
    assert_eq!(keys, [2]);
}

#[test]
fn versions_of_dtls_are_held() {
    for version in ["1.2", "1.3"] {
        let (mut ends, _) = call(json!({"dtls": version}));
        for side in Side::BOTH {
            let facts = ask(&mut ends, side, json!({"do": "stats"}))["facts"].clone();
            assert_eq!(facts["dtls"], version);
            let role = if side == Side::Subject { "server" } else { "client" };
            assert_eq!(facts["dtls_role"], role, "an answer to actpass is active");
            check_media(&mut ends, side, ["opus", "VP8"], 20);
        }
    }
}

#[test]
fn a_lite_end_is_found() {
    for lite in Side::BOTH {
        let mut ends = ends(0.0, 17);
        for side in Side::BOTH {
            let open = json!({"do": "open", "trickle": false, "lite": side == lite});
            ask(&mut ends, side, open);
        }
        ask(&mut ends, Side::Subject, json!({"do": "channel", "label": "chat"}));
        negotiate(&mut ends, Side::Subject);
        Said::default().opened(&mut ends, "chat");
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let mut ends = ends(0.0, 18);
    for option in [
        json!({"srtp": ["SRTP_AEAD_AES_128_GCM"]}),
        json!({"certificate": "rsa"}),
        json!({"setup": "active"}),
        json!({"aggressive": true}),
        json!({"colour": "blue"}),
        json!({"dtls": "1.0"}),
    ] {
        let mut request = json!({"do": "open"});
        option.as_object().unwrap().iter().for_each(|(k, v)| request[k] = v.clone());
        let reply = ends.request(Side::Subject, request, WITHIN);
        assert!(matches!(reply, Err(PeerError::Unsupported(_))), "{option}: {reply:?}");
    }
    open(&mut ends, json!({"certificate": "ecdsa", "setup": "passive", "mdns": false}));
    let made = json!({"do": "media", "kind": "video", "codecs": ["H265"]});
    for request in [made, json!({"do": "dance"})] {
        let reply = ends.request(Side::Subject, request.clone(), WITHIN);
        assert!(matches!(reply, Err(PeerError::Unsupported(_))), "{request}: {reply:?}");
    }
    let nothing = ends.request(Side::Peer, json!({"do": "offer"}), WITHIN);
    assert!(matches!(nothing, Err(PeerError::Refused(_))), "{nothing:?}");
}

#[test]
fn recordings_can_be_replayed_and_keys_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let [record, keys] = ["a.lapwing", "a.keys"].map(|name| folder.path().join(name));
    let mut ends = ends(0.01, 19);
    let subject = json!({"do": "open", "trickle": false, "record": record, "key_log": keys});
    ask(&mut ends, Side::Subject, subject);
    ask(&mut ends, Side::Peer, json!({"do": "open", "trickle": false}));
    for side in Side::BOTH {
        media(&mut ends, side, "audio", json!({}));
        media(&mut ends, side, "video", json!({}));
    }
    ask(&mut ends, Side::Subject, json!({"do": "channel", "label": "chat"}));
    negotiate(&mut ends, Side::Subject);
    Said::default().opened(&mut ends, "chat");
    run_for(&mut ends, Duration::from_secs(3));
    ask(&mut ends, Side::Subject, json!({"do": "exit"}));
    let over = ends.request(Side::Subject, json!({"do": "seen"}), WITHIN);
    assert!(matches!(over, Err(PeerError::Gone(_))), "{over:?}");
    assert!(std::fs::read_to_string(&keys).unwrap().contains("CLIENT_TRAFFIC_SECRET_0 "));
    let log = std::fs::read(&record).unwrap();
    let mut replayer = Replayer::new(&log, Instant::now(), Exactness::Shapes).unwrap();
    while let Some(step) = replayer.step() {
        assert_eq!(step.unwrap().divergence, None);
    }
    assert!(replayer.outputs() > 500);
    assert_eq!(replayer.rtc().connection_state(), ConnectionState::Closed);
}

#[test]
fn a_killed_end_is_missed_and_links_change() {
    let (mut ends, mut said) = call(json!({}));
    let slow = LinkSpec::new().delay(Duration::from_millis(150));
    ends.link([slow.clone(), slow]);
    let before = ends.elapsed();
    deliver(&mut ends, Side::Subject, "chat", json!({"kind": "text", "size": 9, "count": 1}));
    assert!(ends.elapsed() - before >= Duration::from_millis(100), "the delay is the new one");
    assert!(flow(&mut ends, Side::Peer, "video") > 20);
    ends.kill(Side::Peer);
    let gone = ends.request(Side::Peer, json!({"do": "seen"}), WITHIN);
    assert!(matches!(gone, Err(PeerError::Gone(_))), "{gone:?}");
    run_for(&mut ends, Duration::from_secs(40));
    said.read(&mut ends);
    let states = said.0[0].iter().filter(|event| event["event"] == "connection");
    let states: Vec<_> = states.map(|event| event["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["connecting", "connected", "disconnected", "failed"]);
}
