//! Calls whose content is checked.

use std::time::Duration;

use lapwing_conformance::peer::PeerError;
use lapwing_conformance::wall::{Ends, Side, SimulatedEnds};
use lapwing_simnet::{Basis, Bitrate, Limit, LinkSpec, QueueSpec};
use serde_json::json;

use super::both::{
    Said, WITHIN, ask, check_media, deliver, ends, media, negotiate, open, run_for, seen,
};

#[test]
fn a_call_shows_what_was_sent() {
    for (audio, video) in [("opus", "VP8"), ("PCMU", "AV1"), ("PCMA", "VP9"), ("opus", "H264")] {
        let mut ends = ends(0.0, 1);
        open(&mut ends, json!({}));
        for side in Side::BOTH {
            media(&mut ends, side, "audio", json!({"codecs": [audio]}));
            media(&mut ends, side, "video", json!({"codecs": [video]}));
        }
        ask(&mut ends, Side::Subject, json!({"do": "channel", "label": "chat"}));
        negotiate(&mut ends, Side::Subject);
        let mut said = Said::default();
        said.connected(&mut ends);
        said.opened(&mut ends, "chat");
        for side in Side::BOTH {
            deliver(&mut ends, side, "chat", json!({"kind": "text", "size": 10_000, "count": 3}));
        }
        run_for(&mut ends, Duration::from_secs(3));
        for side in Side::BOTH {
            check_media(&mut ends, side, [audio, video], 30);
            let facts = ask(&mut ends, side, json!({"do": "stats"}))["facts"].clone();
            assert_eq!(facts["dtls"], "1.3", "{facts}");
            assert_eq!(
                (&facts["local_type"], &facts["remote_type"]),
                (&json!("host"), &json!("host"))
            );
        }
    }
}

#[test]
fn channels_of_every_reliability_deliver() {
    let mut ends = ends(0.0, 2);
    open(&mut ends, json!({}));
    let kinds = [
        json!({}),
        json!({"ordered": false}),
        json!({"max_retransmits": 3}),
        json!({"max_lifetime_ms": 500, "ordered": false}),
    ];
    for (number, kind) in kinds.iter().enumerate() {
        let mut request = json!({"do": "channel", "label": format!("c{number}"), "protocol": "p"});
        kind.as_object().unwrap().iter().for_each(|(k, v)| request[k] = v.clone());
        ask(&mut ends, Side::Subject, request);
    }
    for side in Side::BOTH {
        ask(&mut ends, side, json!({"do": "channel", "label": "agreed", "negotiated": 7}));
    }
    negotiate(&mut ends, Side::Subject);
    let mut said = Said::default();
    for label in ["c0", "c1", "c2", "c3", "agreed"] {
        said.opened(&mut ends, label);
        for side in Side::BOTH {
            // More than the buffer: it waits for room.
            let messages = json!({"kind": "binary", "size": 60_000, "count": 40});
            deliver(&mut ends, side, label, messages);
            deliver(&mut ends, side, label, json!({"kind": "text", "size": 3, "count": 1}));
        }
    }
    // Who is the DTLS client, here the answerer, has the even ones (RFC 8832 section 6).
    for side in Side::BOTH {
        let opened = said.0[side.index()].iter().filter(|event| event["state"] == "open");
        let stream = |label: &str| opened.clone().find(|event| event["channel"] == label);
        let streams =
            ["c0", "c1", "agreed"].map(|label| stream(label).map(|e| e["stream"].clone()));
        assert_eq!(streams, [1, 3, 7].map(|stream| Some(json!(stream))), "{side}");
    }
    let too_large = json!({
        "do": "send", "channel": "c0", "kind": "binary", "size": 100_000_000, "seed": 1,
    });
    let refused = ends.request(Side::Subject, too_large, WITHIN);
    assert!(matches!(refused, Err(PeerError::Refused(_))), "{refused:?}");
    ask(&mut ends, Side::Peer, json!({"do": "close_channel", "channel": "c1"}));
    said.until(&mut ends, "closed", |event| event["channel"] == "c1" && event["state"] == "closed");
}

#[test]
fn five_per_cent_of_loss_are_made_good() {
    let mut ends = ends(0.05, 3);
    open(&mut ends, json!({}));
    for side in Side::BOTH {
        media(&mut ends, side, "audio", json!({}));
        media(&mut ends, side, "video", json!({}));
    }
    ask(&mut ends, Side::Subject, json!({"do": "channel", "label": "chat"}));
    negotiate(&mut ends, Side::Subject);
    let mut said = Said::default();
    said.connected(&mut ends);
    said.opened(&mut ends, "chat");
    for side in Side::BOTH {
        let messages = json!({"kind": "binary", "size": 30_000, "count": 20});
        deliver(&mut ends, side, "chat", messages);
    }
    run_for(&mut ends, Duration::from_secs(6));
    for side in Side::BOTH {
        check_media(&mut ends, side, ["opus", "VP8"], 60);
        let facts = ask(&mut ends, side, json!({"do": "stats"}))["facts"].clone();
        assert!(facts["nacks_sent"].as_u64().unwrap() > 0, "{facts}");
    }
}

#[test]
fn pictures_fit_into_a_narrow_link() {
    let queue = QueueSpec::TailDrop(Limit::Time(Duration::from_millis(300), Basis::Current));
    let narrow = LinkSpec::new().rate(Bitrate::kbps(150), queue).delay(Duration::from_millis(20));
    let mut ends = SimulatedEnds::new([narrow.clone(), narrow], 4);
    open(&mut ends, json!({}));
    for side in Side::BOTH {
        media(&mut ends, side, "audio", json!({}));
        media(&mut ends, side, "video", json!({}));
    }
    negotiate(&mut ends, Side::Subject);
    Said::default().connected(&mut ends);
    run_for(&mut ends, Duration::from_secs(20));
    for side in Side::BOTH {
        let before = seen(&mut ends, side, "video")["read"].as_u64().expect("a number");
        // Of 450 that are sent. What is lost in the full queue costs pictures until the next key
        // frame, with some seeds half of them.
        run_for(&mut ends, Duration::from_secs(30));
        let later = seen(&mut ends, side, "video")["read"].as_u64().expect("a number");
        assert!(later >= before + 200, "{side}: {before} {later}");
    }
}
