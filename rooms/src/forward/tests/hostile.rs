//! One participant does its worst, and two others go on: in virtual time, so that every frame
//! counts.

use std::net::SocketAddr;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, Datagram, MediaKind, Protocol};

use super::scene::Scene;
use crate::forward::parcel::OUTBOX_BYTES_MAX;
use crate::protocol::data::{ChunkHeader, FileMessage, FileOffer, UNACKED_BYTES_MAX};
use crate::protocol::signalling::{ParticipantId, SDP_BYTES_MAX, SdpType, Source};

/// Frames that each well-behaved participant sends, one every 20 ms.
const FRAMES: usize = 100;

/// Of those, what must arrive during an attack.
const FRAMES_MIN: usize = FRAMES * 9 / 10;

struct Stage {
    scene: Scene,
    ada: usize,
    bob: usize,
    eve: usize,
}

impl Stage {
    fn new() -> Self {
        let mut scene = Scene::new();
        let kinds = [MediaKind::Audio, MediaKind::Video];
        let (ada, bob) = (scene.join("ada", &kinds), scene.join("bob", &kinds));
        let eve = scene.join("eve", &[]);
        scene.open();
        scene.run_until("labels", |scene| {
            let has = |to, from| scene.mid_of(to, from, Source::Camera).is_some();
            has(ada, bob) && has(bob, ada)
        });
        Stage { scene, ada, bob, eve }
    }

    fn id(&self, who: usize) -> ParticipantId {
        self.scene.clients[who].id.clone()
    }

    /// Plays for the time of all frames while `attack` is called before each, and counts.
    fn survives(&mut self, mut attack: impl FnMut(&mut Scene, usize)) {
        for n in 0..FRAMES {
            attack(&mut self.scene, self.eve);
            for from in [self.ada, self.bob] {
                let time = n as u64;
                self.scene.send_frame(from, MediaKind::Video, time * 1_800, n % 25 == 0);
                self.scene.send_frame(from, MediaKind::Audio, time * 960, true);
            }
            self.scene.run_for(Duration::from_millis(20));
        }
        self.scene.run_for(Duration::from_millis(500));
        for (to, from) in [(self.ada, self.bob), (self.bob, self.ada)] {
            for source in [Source::Camera, Source::Microphone] {
                let mid = self.scene.mid_of(to, from, source).expect("it is labelled");
                let frames = self.scene.clients[to].frames().filter(|f| f.mid == mid).count();
                assert!(frames >= FRAMES_MIN, "{frames} of {FRAMES} {source:?} frames arrived");
            }
        }
    }
}

fn text(message: &FileMessage) -> String {
    serde_json::to_string(message).expect("plain data")
}

#[test]
fn a_flood_of_messages_puts_its_sender_out() {
    let mut stage = Stage::new();
    stage.survives(|scene, eve| {
        let Some(echo) = scene.clients[eve].channel("chat") else { return };
        for _ in 0..2_000 {
            let written = scene.clients[eve].rtc.channel(echo).map(|mut c| c.write_text("x"));
            if !matches!(written, Some(Ok(()))) {
                break;
            }
        }
        scene.clients[eve].drain();
    });
    assert_eq!(stage.scene.put_out.first(), Some(&stage.id(stage.eve)));
}

#[test]
fn many_data_channels_put_their_opener_out() {
    let mut stage = Stage::new();
    stage.survives(|scene, eve| {
        for n in 0..20 {
            // The engine has a limit of its own, which is not the point here.
            let _ = scene.clients[eve].rtc.create_channel(ChannelConfig::new(format!("c{n}")));
        }
        scene.clients[eve].drain();
    });
    assert_eq!(stage.scene.put_out.first(), Some(&stage.id(stage.eve)));
}

#[test]
fn long_labels_cost_nobody_a_frame() {
    let mut stage = Stage::new();
    stage.survives(|scene, eve| {
        for n in 0..5 {
            let label = format!("{n}{}", "l".repeat(1_000));
            let _ = scene.clients[eve].rtc.create_channel(ChannelConfig::new(label));
        }
        scene.clients[eve].drain();
    });
}

#[test]
fn giant_descriptions_are_refused_one_by_one() {
    let mut stage = Stage::new();
    stage.survives(|scene, eve| {
        scene.describe(eve, SdpType::Offer, "a=x\r\n".repeat(SDP_BYTES_MAX / 5));
    });
    assert!(!stage.scene.clients[stage.eve].refused.is_empty());
}

#[test]
fn chunks_that_nobody_takes_stop_at_their_window() {
    let mut stage = Stage::new();
    let (eve, mallory) = (stage.eve, stage.scene.join("mallory", &[]));
    stage.scene.open();
    for id in 1..=4 {
        let offer = FileOffer {
            id,
            to: Some(stage.id(mallory)),
            from: None,
            name: "a".to_owned(),
            size: 1 << 40,
            sha256: "0".repeat(64),
            ..FileOffer::default()
        };
        stage.scene.clients[eve].write_text("file", &text(&FileMessage::Offer(offer)));
        stage.scene.run_for(Duration::from_millis(50));
        let accept = FileMessage::Accept { id, offset: 0 };
        stage.scene.clients[mallory].write_text("file", &text(&accept));
        stage.scene.run_for(Duration::from_millis(50));
    }
    // Mallory's machine takes nothing from now on, Eve fills every window.
    stage.scene.cut_off(mallory);
    let mut next = [0u64; 4];
    let mut most = 0;
    stage.survives(|scene, eve| {
        let file = scene.clients[eve].channel("file").expect("it is open");
        for _ in 0..32 {
            let index = (0..4).min_by_key(|index| next[*index]).expect("there are four");
            if next[index] + 32_768 > UNACKED_BYTES_MAX {
                break;
            }
            let header = ChunkHeader { id: index as u64 + 1, offset: next[index] };
            let chunk = header.with_data(&[7; 32_768]);
            let channel = scene.clients[eve].rtc.channel(file);
            let written = channel.map(|mut channel| channel.write_binary(&chunk));
            if !matches!(written, Some(Ok(()))) {
                break;
            }
            next[index] += 32_768;
        }
        scene.clients[eve].drain();
        most = most.max(scene.forwarder.parcels.lent());
    });
    assert!(most > 1 << 20, "the attack did its worst: {most}");
    assert!(most <= OUTBOX_BYTES_MAX, "{most}");
}

/// A connectivity check that nobody authenticated, as anyone can write one who knows a fragment.
fn check(ufrag: &str) -> Vec<u8> {
    let mut name = format!("{ufrag}:x").into_bytes();
    let length = name.len() as u16;
    name.resize(name.len().next_multiple_of(4), 0);
    let mut message = vec![0, 1];
    message.extend((name.len() as u16 + 4).to_be_bytes());
    message.extend([0x21, 0x12, 0xa4, 0x42]);
    message.extend([9; 12]);
    message.extend([0, 6]);
    message.extend(length.to_be_bytes());
    message.extend(name);
    message
}

/// The server's user fragment towards a participant.
fn ufrag(scene: &mut Scene, of: usize) -> String {
    let described = scene.clients[of].rtc.negotiation().remote_description();
    let sdp = described.expect("the server described itself").sdp;
    let line = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    line.expect("it has a fragment").to_owned()
}

fn spoof(scene: &mut Scene, source: SocketAddr, ufrag: &str) {
    let contents = check(ufrag);
    let destination = "198.51.100.1:3478".parse().expect("an address");
    let protocol = Protocol::Udp;
    let datagram = Datagram { protocol, source, destination, ecn: None, contents: &contents };
    scene.forwarder.connections_mut().datagram(&datagram);
}

#[test]
fn checks_with_a_victims_address_do_not_cut_it_off() {
    let mut stage = Stage::new();
    let own = ufrag(&mut stage.scene, stage.eve);
    let victim = SocketAddr::from(([192, 0, 2, 1], 5000));
    stage.survives(|scene, _| spoof(scene, victim, &own));
}

#[test]
fn checks_that_name_a_victims_fragment_do_not_evict_its_path() {
    let mut stage = Stage::new();
    let victims = ufrag(&mut stage.scene, stage.ada);
    stage.survives(|scene, _| {
        for port in 40_000..40_032 {
            spoof(scene, SocketAddr::from(([192, 0, 2, 3], port)), &victims);
        }
    });
}

#[test]
fn a_long_user_fragment_costs_nobody_a_frame() {
    let mut stage = Stage::new();
    let mallory = stage.scene.join("mallory", &[MediaKind::Audio]);
    stage.scene.clients[mallory].describes = Box::new(|sdp| {
        // With an address to check, a username must be written.
        let address = "a=candidate:1 1 udp 2130706431 192.0.2.4 5000 typ host";
        let long = format!("a=ice-ufrag:{}\r\n{address}", "f".repeat(256));
        let lines = sdp
            .lines()
            .map(|line| if line.starts_with("a=ice-ufrag:") { long.as_str() } else { line });
        lines.map(|line| format!("{line}\r\n")).collect()
    });
    stage.survives(|_, _| {});
}
