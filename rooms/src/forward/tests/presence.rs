//! Whether participants can be heard and seen, as the rooms are told.

use std::time::Duration;

use lapwing_engine::MediaKind;

use super::scene::Scene;

#[test]
fn one_whose_packets_stop_is_told_of_long_before_it_has_failed() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Audio]);
    scene.open();
    let id = scene.clients[ada].id.clone();
    assert_eq!(scene.presence, [(id.clone(), true)]);
    let gone_at = scene.now;
    scene.cut_off(ada);
    scene.run_until("a word of its absence", |scene| scene.presence.len() > 1);
    assert_eq!(scene.presence[1], (id, false));
    assert!(scene.now < gone_at + Duration::from_secs(15), "{:?}", scene.now - gone_at);
}
