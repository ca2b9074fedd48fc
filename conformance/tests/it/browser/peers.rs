//! Browsers as peers: two of a kind meet in a network of their own, and what they send each other
//! is checked by its content.

use lapwing_conformance::browser::{Kind, stage};
use lapwing_conformance::network::Network;
use lapwing_conformance::peer::{BrowserPeer, Peer, PeerError, Ready};
use lapwing_conformance::skip;
use lapwing_conformance::wall::{
    Case, LiveEnds, Messages, Played, Record, Role, Scene, Side, must, perfect,
};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;

type Outcome = Result<(), Box<dyn Error>>;

/// Lines of the record that are shown when something fails.
const LINES_SHOWN: usize = 20;

/// Where two browsers meet.
struct Meeting {
    network: Network,
    peers: [BrowserPeer; 2],
}

impl Meeting {
    fn begin(kind: Kind, network: Network) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let launch = |side: Side| {
            let log = folder.path().join(format!("{side}.log"));
            BrowserPeer::launch(kind, None, network.namespace(side), &log)
        };
        let peers = [launch(Side::Subject)?, launch(Side::Peer)?];
        println!("{:?}", peers[0].ready());
        Ok(Self { network, peers })
    }

    /// Plays a scene between them.
    fn play(&mut self, act: impl Fn(&mut Scene<'_>) -> Played) -> Outcome {
        let case = Case::new("Two browsers meet", "conformance/peers/README.md", |_| Ok(()));
        self.network.begin(perfect(), 1);
        let [subject, peer] = &mut self.peers;
        let mut ends = LiveEnds::new([subject, peer], &self.network);
        let mut record = Record::default();
        let case = case.within(120);
        let mut scene = Scene::new(Role::WeOffer, case.within, &mut ends, &mut record, None);
        act(&mut scene).map_err(|stop| {
            // Questions for what is seen fill most of it.
            let lines = record.lines();
            let lines: Vec<&str> = lines
                .lines()
                .filter(|line| {
                    ![r#""do":"seen""#, r#""media":["#].iter().any(|seen| line.contains(seen))
                })
                .collect();
            let last = lines.len().saturating_sub(LINES_SHOWN);
            format!(
                "{stop:?}
{}",
                lines[last..].join(
                    "
"
                )
            )
            .into()
        })
    }
}

/// Runs `play` with two browsers, where this machine lets them meet.
fn meet(test: &str, kind: Kind, play: impl FnOnce(Meeting) -> Outcome + Send) {
    stage(test, &[kind], || match Network::create("pages") {
        Ok(network) => play(Meeting::begin(kind, network)?),
        Err(why) => {
            skip::note(test, &why);
            Ok(())
        }
    });
}

#[test]
fn two_chromiums_exchange_content() {
    let test = "browser::two_chromiums_exchange_content";
    meet(test, Kind::Chromium, |meeting| exchange_content(meeting, &["VP8", "VP9", "H264", "AV1"]));
}

#[test]
fn two_firefoxes_exchange_content() {
    let test = "browser::two_firefoxes_exchange_content";
    meet(test, Kind::Firefox, |meeting| exchange_content(meeting, &["VP8", "VP9", "AV1"]));
}

/// Each codec that the browser says it has is tried; these it has at least.
fn exchange_content(mut meeting: Meeting, at_least: &[&str]) -> Outcome {
    let ready = meeting.peers[0].ready().clone();
    for codec in at_least {
        assert!(ready.has_codec(codec), "no {codec}: {:?}", ready.video);
    }
    for codec in &ready.video {
        meeting.play(|scene| {
            scene.open_both()?;
            let tracks = [scene.audio()?, scene.video(codec)?];
            scene.channel(Side::Subject, "chat", json!({}))?;
            scene.connect()?;
            scene.flows(&tracks)?;
            scene.channel_open("chat")?;
            for side in Side::BOTH {
                scene.delivers(side, "chat", Messages::text(10_000, 20, 1))?;
                scene.delivers(side, "chat", Messages::binary(60_000, 50, 9))?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn chromium_keeps_to_its_options() {
    let test = "browser::chromium_keeps_to_its_options";
    meet(test, Kind::Chromium, keeps_to_its_options);
}

#[test]
fn firefox_keeps_to_its_options() {
    meet("browser::firefox_keeps_to_its_options", Kind::Firefox, keeps_to_its_options);
}

/// What a browser does not tell of itself counts as kept.
fn keeps_to_its_options(mut meeting: Meeting) -> Outcome {
    for (setup, role) in [("active", "client"), ("passive", "server")] {
        meeting.play(|scene| {
            connect(scene, [json!({}), json!({ "setup": setup })])?;
            let told = scene.facts(Side::Peer)?["dtls_role"].clone();
            must(told.is_null() || told == role, || format!("told {setup}, it is {told}"))?;
            let answer = scene.last_description(Side::Peer).unwrap_or_default();
            let line = format!("a=setup:{setup}");
            must(answer.lines().any(|told| told == line), || answer.to_owned())
        })?;
    }
    if meeting.peers[0].ready().can("dtls-choice") {
        holds_dtls(&mut meeting)?;
    }
    meeting.play(|scene| {
        connect(scene, [json!({}), json!({ "certificate": "rsa", "mdns": true })])?;
        let hides = |text: &str| text.contains(".local");
        let mut told = scene.events(Side::Peer, "candidate").map(|event| event.to_string());
        must(told.any(|text| hides(&text)), || "its candidates have no names".to_owned())
    })?;
    let [_, peer] = &mut meeting.peers;
    let refused = peer.request(json!({ "do": "open", "srtp": ["x"] }), Duration::from_secs(5));
    assert!(matches!(refused, Err(PeerError::Unsupported(_))), "{refused:?}");
    Ok(())
}

/// Not all tell their version: two that are held to different ones must not connect.
fn holds_dtls(meeting: &mut Meeting) -> Outcome {
    for version in ["1.2", "1.3"] {
        meeting.play(|scene| {
            connect(scene, [json!({ "dtls": version }), json!({ "dtls": version })])?;
            let told = scene.facts(Side::Peer)?["dtls"].clone();
            must(told.is_null() || told == version, || format!("told {version}, it is {told}"))
        })?;
    }
    meeting.play(|scene| {
        let connected = connect(scene, [json!({ "dtls": "1.2" }), json!({ "dtls": "1.3" })]);
        must(connected.is_err(), || "versions that differ connect".to_owned())
    })
}

/// Connects with a tone; subject and peer with these options.
fn connect(scene: &mut Scene<'_>, [subject, peer]: [Value; 2]) -> Played {
    scene.open(Side::Subject, subject)?;
    scene.open(Side::Peer, peer)?;
    let audio = scene.audio()?;
    scene.connect()?;
    scene.flows(&[audio])
}

#[test]
fn chromium_does_what_is_asked_for() {
    meet("browser::chromium_does_what_is_asked_for", Kind::Chromium, does_what_is_asked_for);
}

#[test]
fn firefox_does_what_is_asked_for() {
    meet("browser::firefox_does_what_is_asked_for", Kind::Firefox, does_what_is_asked_for);
}

/// Requests that change a connection under way, and what is told of them.
fn does_what_is_asked_for(mut meeting: Meeting) -> Outcome {
    meeting.play(|scene| {
        scene.open_both()?;
        let (audio, video) = (scene.audio()?, scene.video("VP8")?);
        scene.connect()?;
        scene.flows(&[audio.clone(), video.clone()])?;
        let mid = scene.mid_of(Side::Subject, "video")?;

        asks_for_a_key_frame(scene, &mid)?;
        scene.goes_on(Side::Subject, &video)?;
        scene.ask(
            Side::Subject,
            json!({ "do": "direction", "mid": mid, "direction": "sendonly" }),
        )?;
        scene.negotiate(Side::Subject)?;
        is_told(
            scene,
            &json!({ "event": "media", "mid": mid, "kind": "video", "direction": "recvonly" }),
        )?;
        scene.ask(Side::Subject, json!({ "do": "stop", "mid": mid }))?;
        scene.negotiate(Side::Subject)?;
        is_told(scene, &json!({ "event": "media", "mid": mid, "kind": "video", "stopped": true }))?;

        scene.offer_with(Side::Peer, json!({}))?;
        scene.ask(Side::Peer, json!({ "do": "rollback" }))?;
        scene.flows(&[audio])
    })
}

fn asks_for_a_key_frame(scene: &mut Scene<'_>, mid: &Value) -> Played {
    let before = scene.facts(Side::Peer)?["plis_received"].as_u64();
    match scene.try_ask(Side::Subject, json!({ "do": "keyframe", "mid": mid })) {
        // Pages of Chromium before 141 cannot.
        Err(PeerError::Unsupported(_)) if before_141(scene.ready(Side::Subject)) => return Ok(()),
        asked => must(asked.is_ok(), || format!("{asked:?}"))?,
    }
    scene.until("a request for a key frame", Duration::from_secs(10), |scene| {
        Ok(scene.facts(Side::Peer)?["plis_received"].as_u64() > before)
    })
}

fn before_141(ready: &Ready) -> bool {
    let major = ready.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    ready.peer == "Chromium" && major.is_some_and(|major| major < 141)
}

/// Waits until the peer tells of an m-line.
fn is_told(scene: &mut Scene<'_>, event: &Value) -> Played {
    scene.until(&event.to_string(), Duration::from_secs(10), |scene| {
        Ok(scene.events(Side::Peer, "media").any(|told| told == event))
    })
}
