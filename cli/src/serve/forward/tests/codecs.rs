//! Whose order of codecs counts.

use std::time::Duration;

use lapwing_engine::{Codec, MediaKind};

use super::scene::Scene;
use crate::protocol::signalling::Source;

/// The codecs of the publisher's video m-line as its peer, the server, takes them.
fn taken(scene: &mut Scene, of: usize) -> Vec<Codec> {
    let transceivers = scene.clients[of].rtc.negotiation().transceivers();
    let video = transceivers.iter().find(|t| t.kind == MediaKind::Video && t.direction.sends());
    let mid = video.and_then(|t| t.mid).expect("it is negotiated");
    scene.clients[of].rtc.media(mid).expect("it is negotiated").codecs().into_iter().map(|(_, codec)| codec).collect()
}

#[test]
fn a_participant_sends_what_it_prefers_also_after_others_came() {
    let orders = [
        [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::Av1],
        [Codec::Opus, Codec::Vp9, Codec::Vp8, Codec::Av1],
        [Codec::Opus, Codec::Av1, Codec::Vp8, Codec::Vp9],
    ];
    for order in orders {
        let mut scene = Scene::new();
        let ada = scene.join_with("ada", &[MediaKind::Video], &order);
        scene.open();
        assert_eq!(taken(&mut scene, ada)[0], order[1], "the answer follows {order:?}");
        let other = [Codec::Opus, Codec::Av1, Codec::Vp9, Codec::Vp8];
        let bob = scene.join_with("bob", &[MediaKind::Video], &other);
        scene.open();
        scene.run_until("labels", |scene| {
            scene.mid_of(bob, ada, Source::Camera).is_some()
                && scene.mid_of(ada, bob, Source::Camera).is_some()
        });
        scene.run_for(Duration::from_millis(200));
        assert_eq!(taken(&mut scene, ada)[0], order[1], "the server's offer follows {order:?}");
        assert_eq!(taken(&mut scene, bob)[0], Codec::Av1, "and the other has its own");
    }
}
