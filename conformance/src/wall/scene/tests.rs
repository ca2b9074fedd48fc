//! What a scene makes of what its ends say.

use super::*;

/// Two ends that say what they were given to say, a list at each look.
#[derive(Default)]
struct Scripted {
    ready: Ready,
    says: Vec<Vec<Value>>,
    elapsed: Duration,
}

impl Ends for Scripted {
    fn ready(&self, _: Side) -> &Ready {
        &self.ready
    }

    fn request(&mut self, _: Side, _: Value, _: Duration) -> Result<Value, PeerError> {
        Ok(json!({}))
    }

    fn events(&mut self, side: Side) -> Vec<Value> {
        if side == Side::Subject || self.says.is_empty() {
            return Vec::new();
        }
        self.says.remove(0)
    }

    fn pass(&mut self, time: Duration) {
        self.elapsed += time;
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }

    fn kill(&mut self, _: Side) {}

    fn link(&mut self, _: [LinkSpec; 2]) {}
}

fn connection(state: &str) -> Vec<Value> {
    vec![json!({ "event": "connection", "state": state })]
}

/// The state of the peer's second connection when it says these things after it was opened.
fn state_after_opening_again(says: Vec<Vec<Value>>) -> Option<String> {
    let before = [connection("connected"), Vec::new()];
    let says = before.into_iter().chain(says).collect();
    let mut ends = Scripted { says, ..Scripted::default() };
    let mut record = Record::default();
    let mut scene =
        Scene::new(Role::WeOffer, Duration::from_secs(40), &mut ends, &mut record, None);
    for _ in 0..2 {
        scene.open(Side::Peer, json!({})).expect("the script refuses nothing");
    }
    scene.rest(Duration::from_secs(1));
    scene.state(Side::Peer).map(str::to_owned)
}

#[test]
fn the_end_of_the_last_connection_is_not_that_of_the_next() {
    assert_eq!(state_after_opening_again(vec![connection("closed")]), None);
    let late = vec![connection("closed"), connection("connecting")];
    assert_eq!(state_after_opening_again(late).as_deref(), Some("connecting"));
}

#[test]
fn an_end_of_its_own_counts() {
    let own = vec![connection("connecting"), connection("closed")];
    assert_eq!(state_after_opening_again(own).as_deref(), Some("closed"));
}
