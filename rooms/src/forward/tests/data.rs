//! Chat, echo, files, and what makes no sense.

use std::time::Duration;

use super::scene::Scene;
use crate::hub::Command;
use crate::protocol::data::{ChatMessage, ChunkHeader, FileMessage, FileOffer};
use crate::protocol::signalling::{Candidate, ParticipantId, SdpType};

#[test]
fn chat_is_stamped_and_sent_to_all_others() {
    let mut scene = Scene::new();
    let all: Vec<usize> = ["ada", "bob", "eve"].iter().map(|n| scene.join(n, &[])).collect();
    scene.open();
    scene.clients[0].write_text("chat", r#"{"type":"message","from":"eve","text":"hi"}"#);
    scene.clients[0].write_text("chat", "garbage");
    let long = "x".repeat(5_000);
    scene.clients[0].write_text("chat", &format!(r#"{{"type":"message","text":"{long}"}}"#));
    scene.run_for(Duration::from_millis(200));
    let ada = Some(ParticipantId("ada".to_owned()));
    let expected = ChatMessage::Message { from: ada, text: "hi".to_owned() };
    for to in &all[1..] {
        let texts = scene.clients[*to].texts("chat");
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert_eq!(serde_json::from_str::<ChatMessage>(&texts[0]).expect("chat"), expected);
    }
    assert_eq!(scene.clients[0].texts("chat").len(), 0);
}

#[test]
fn a_chat_flood_is_cut_to_its_rate() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[]);
    let bob = scene.join("bob", &[]);
    scene.open();
    for _ in 0..100 {
        scene.clients[ada].write_text("chat", r#"{"type":"message","text":"hi"}"#);
    }
    scene.run_for(Duration::from_millis(50));
    assert_eq!(scene.clients[bob].texts("chat").len(), 40);
}

#[test]
fn an_echo_comes_back_as_it_was() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[]);
    scene.open();
    scene.clients[ada].write_text("echo", "what is the time?");
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[ada].texts("echo"), ["what is the time?"]);
}

#[test]
fn a_file_goes_to_its_receiver_only() {
    let mut scene = Scene::new();
    let all: Vec<usize> = ["ada", "bob", "eve"].iter().map(|n| scene.join(n, &[])).collect();
    scene.open();
    let offer = FileMessage::Offer(FileOffer {
        id: 7,
        to: Some(ParticipantId("bob".to_owned())),
        from: None,
        name: "a.bin".to_owned(),
        size: 600_000,
        sha256: "0".repeat(64),
        ..FileOffer::default()
    });
    let text = |message: &FileMessage| serde_json::to_string(message).expect("plain data");
    scene.clients[0].write_text("file", &text(&offer));
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[1].texts("file").len(), 1);
    scene.clients[1].write_text("file", &text(&FileMessage::Accept { id: 7, offset: 0 }));
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[0].texts("file").len(), 1);
    let file = scene.clients[0].channel("file").expect("it is open");
    for offset in (0..600_000u64).step_by(30_000) {
        let chunk = ChunkHeader { id: 7, offset }.with_data(&[1; 30_000]);
        let client = &mut scene.clients[0];
        client.rtc.channel(file).expect("open").write_binary(&chunk).expect("it has room");
        client.drain();
    }
    scene.run_until("all chunks", |scene| scene.clients[1].chunks().len() == 20);
    let offsets = scene.clients[1]
        .chunks()
        .into_iter()
        .map(|chunk| ChunkHeader::split(&chunk).expect("it is a chunk").0.offset);
    assert!(offsets.eq((0..600_000).step_by(30_000)));
    assert_eq!(scene.clients[all[2]].texts("file").len() + scene.clients[2].chunks().len(), 0);
    scene.clients[1].write_text("file", &text(&FileMessage::Ack { id: 7, received: 600_000 }));
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[0].texts("file").len(), 2);
}

#[test]
fn descriptions_that_make_no_sense_are_refused() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[]);
    scene.describe(ada, SdpType::Answer, "v=0".to_owned());
    scene.describe(ada, SdpType::Pranswer, "v=0".to_owned());
    scene.describe(ada, SdpType::Offer, "nonsense".to_owned());
    let candidate = Candidate { peer: scene.clients[ada].id.clone(), candidate: None };
    let now = scene.now;
    scene.forwarder.command(Command::Candidate(candidate), now);
    // Its own offer is still taken afterwards.
    scene.open();
    assert_eq!(scene.clients[ada].refused.len(), 3);
}

#[test]
fn datagrams_of_strangers_are_passed_over() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[]);
    scene.open();
    for contents in [&b""[..], b"hello", &[0x80; 40], &[0x16; 400], &[0, 1, 0, 0]] {
        let datagram = lapwing_engine::Datagram {
            protocol: lapwing_engine::Protocol::Udp,
            source: "203.0.113.9:9".parse().expect("an address"),
            destination: "198.51.100.1:3478".parse().expect("an address"),
            ecn: None,
            contents,
        };
        scene.forwarder.connections_mut().datagram(&datagram);
    }
    assert!(scene.forwarder.poll().is_none());
    scene.clients[ada].write_text("echo", "still there?");
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[ada].texts("echo"), ["still there?"]);
}
