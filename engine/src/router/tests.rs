use std::time::Duration;

use stun_types::message::{BINDING, MessageWriteVec};
use stun_types::prelude::*;

use super::*;
use crate::datagram::Protocol;
use crate::test_time::origin;

const VICTIM: u8 = 1;
const ATTACKER: u8 = 2;
const MEDIA: [u8; 12] = [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];

/// Two connections behind one address, and the time.
struct Scene {
    router: Router<u8>,
    now: Instant,
}

impl Scene {
    fn new() -> Self {
        let mut router = Router::new();
        router.insert(VICTIM, "aaaa");
        router.insert(ATTACKER, "bbbb");
        Scene { router, now: origin() }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn receive(&mut self, port: u16, contents: &[u8]) -> Option<u8> {
        let (protocol, source, destination) = (Protocol::Udp, remote(port), local());
        let datagram = Datagram { protocol, source, destination, ecn: None, contents };
        self.router.route(&datagram, self.now)
    }

    fn send(&mut self, key: u8, port: u16, contents: &[u8]) -> Option<RouteNews> {
        let transmit = Transmit {
            protocol: Protocol::Udp,
            source: local(),
            destination: remote(port),
            ecn: None,
            contents: contents.to_vec(),
        };
        self.router.transmitted(&key, &transmit, self.now)
    }

    /// An authentic check, as far as its connection can tell, that seems to come from a port.
    fn accept(&mut self, key: u8, port: u16) {
        let ufrag = if key == VICTIM { "aaaa" } else { "bbbb" };
        let check = check(&format!("{ufrag}:remote"));
        assert_eq!(self.receive(port, &check), Some(key), "checks are routed by their name");
        self.send(key, port, &answer(&check));
    }

    /// A check of ours that is answered from a port.
    fn prove(&mut self, key: u8, port: u16) -> Option<u8> {
        let ours = check("remote:aaaa");
        self.send(key, port, &ours);
        self.receive(port, &answer(&ours))
    }
}

fn local() -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 1], 443))
}

fn remote(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], port))
}

fn check(username: &str) -> Vec<u8> {
    let mut request = Message::builder_request(BINDING, MessageWriteVec::new());
    let username = Username::new(username).expect("a short name");
    request.add_attribute(&username).expect("an empty message takes a name");
    request.finish()
}

fn answer(check: &[u8]) -> Vec<u8> {
    let check = Message::from_bytes(check).expect("a message");
    Message::builder_success(&check, MessageWriteVec::new()).finish()
}

#[test]
fn what_the_connection_accepts_teaches_a_path() {
    let mut scene = Scene::new();
    assert_eq!(scene.receive(1000, &MEDIA), None);
    assert_eq!(scene.receive(1000, &check("aaaa:remote")), Some(VICTIM));
    assert_eq!(scene.receive(1000, &MEDIA), None, "it was not accepted yet");
    scene.accept(VICTIM, 1000);
    assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM));
    assert_eq!(scene.receive(1000, &check("cccc:remote")), Some(VICTIM), "by its path");
    assert_eq!(scene.receive(3000, &check("cccc:remote")), None);
    scene.router.remove(&VICTIM);
    assert_eq!(scene.receive(1000, &MEDIA), None);
    scene.accept(ATTACKER, 1000);
    assert_eq!(scene.receive(1000, &MEDIA), Some(ATTACKER), "the port is given to another peer");
}

#[test]
fn an_answer_finds_the_connection_that_asked_and_proves_the_path() {
    let mut scene = Scene::new();
    assert_eq!(scene.prove(VICTIM, 1000), Some(VICTIM));
    assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM));
    let ours = check("remote:aaaa");
    scene.send(VICTIM, 2000, &ours);
    assert_eq!(scene.receive(2001, &answer(&ours)), None, "from where it was not sent to");
    assert_eq!(scene.receive(2000, &answer(&check("remote:aaaa"))), None, "never asked");
}

#[test]
fn names_that_strangers_write_move_nothing() {
    let mut scene = Scene::new();
    scene.accept(VICTIM, 1000);
    for _ in 0..100 {
        assert_eq!(scene.receive(1000, &check("bbbb:remote")), Some(ATTACKER));
        assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM));
        scene.pass(Duration::from_millis(500));
    }
    // Nor do ports that name the victim's fragment push its path out.
    for port in 2000..3000 {
        assert_eq!(scene.receive(port, &check("aaaa:remote")), Some(VICTIM));
    }
    assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM));
    assert_eq!(scene.router.paths.len(), 1);
}

#[test]
fn a_participant_that_writes_the_address_of_another_moves_nothing() {
    let mut scene = Scene::new();
    scene.accept(VICTIM, 1000);
    for _ in 0..100 {
        scene.accept(ATTACKER, 1000);
        assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM));
        scene.pass(Duration::from_secs(5));
        scene.accept(VICTIM, 1000);
    }
}

#[test]
fn who_answers_takes_a_path_that_another_only_claims() {
    let mut scene = Scene::new();
    scene.accept(ATTACKER, 1000);
    scene.accept(VICTIM, 1000);
    assert_eq!(scene.receive(1000, &MEDIA), Some(ATTACKER), "it came first");
    assert_eq!(scene.prove(VICTIM, 1000), Some(VICTIM));
    assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM));
    scene.accept(ATTACKER, 1000);
    assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM));
}

#[test]
fn a_silent_owner_loses_its_path() {
    let mut scene = Scene::new();
    assert_eq!(scene.prove(VICTIM, 1000), Some(VICTIM));
    scene.pass(PATH_EXPIRES - Duration::from_millis(1));
    scene.accept(ATTACKER, 1000);
    assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM));
    scene.pass(Duration::from_millis(1));
    assert_eq!(scene.receive(1000, &MEDIA), Some(VICTIM), "nobody else wants it");
    scene.accept(ATTACKER, 1000);
    assert_eq!(scene.receive(1000, &MEDIA), Some(ATTACKER));
}

#[test]
fn a_peer_costs_bounded_memory() {
    let mut scene = Scene::new();
    assert_eq!(scene.prove(VICTIM, 1), Some(VICTIM));
    for port in 2..1000 {
        scene.accept(VICTIM, port);
        scene.send(VICTIM, port, &check("remote:aaaa"));
        scene.router.insert(VICTIM, &format!("a{port}"));
        scene.router.insert(VICTIM, "aaaa");
    }
    assert_eq!(scene.router.paths.len(), 16);
    assert_eq!(scene.router.by_check.len(), CHECKS_PER_KEY_MAX);
    assert_eq!(scene.router.by_ufrag.len(), UFRAGS_PER_KEY_MAX + 1);
    assert_eq!(scene.receive(1, &MEDIA), Some(VICTIM), "what is proven stays longest");
    assert_eq!(scene.receive(999, &MEDIA), Some(VICTIM));
    assert_eq!(scene.receive(2, &MEDIA), None);
    scene.router.remove(&VICTIM);
    assert_eq!((scene.router.paths.len(), scene.router.by_check.len()), (0, 0));
    assert_eq!(scene.router.by_ufrag.len(), 1);
}

#[test]
fn only_so_many_connections_are_known() {
    let mut router: Router<usize> = Router::with_connections_max(3);
    for key in 0..3 {
        assert!(router.insert(key, &format!("frag{key}")));
    }
    assert_eq!(router.refused(), 0);
    assert!(!router.insert(3, "frag3"));
    assert!(router.insert(2, "again"), "one that is known may restart");
    assert_eq!((router.len(), router.refused()), (3, 1));
    assert_eq!(router.by_username(&check("frag3:remote")), None);
    assert_eq!(router.by_username(&check("again:remote")), Some(2));
    router.remove(&0);
    assert!(router.insert(3, "frag3"));
    assert_eq!(router.by_username(&check("frag3:remote")), Some(3));
    assert_eq!(Router::<usize>::new().connections_max, ROUTER_CONNECTIONS_MAX);
}

#[test]
fn a_fragment_is_as_long_as_its_grammar_allows() {
    let mut router: Router<usize> = Router::new();
    assert!(router.insert(0, &"a".repeat(UFRAG_CHARS_MAX)));
    assert!(!router.insert(1, &"b".repeat(UFRAG_CHARS_MAX + 1)));
    assert_eq!((router.len(), router.by_ufrag.len(), router.refused()), (1, 1, 1));
}

#[test]
fn others_that_share_the_port_are_told() {
    let (mut scene, mut other) = (Scene::new(), Scene::new());
    let ours = check("remote:aaaa");
    let asked = scene.send(VICTIM, 1000, &ours).expect("the path is not proven");
    other.router.learn(&VICTIM, &asked, other.now);
    assert_eq!(other.receive(1000, &answer(&ours)), Some(VICTIM));
    let accepted = scene.send(VICTIM, 2000, &answer(&check("aaaa:remote"))).expect("a new path");
    other.router.learn(&VICTIM, &accepted, other.now);
    assert_eq!(other.receive(2000, &MEDIA), Some(VICTIM));

    let again = |scene: &mut Scene| scene.send(VICTIM, 2000, &answer(&check("aaaa:remote")));
    assert_eq!(again(&mut scene), None, "not with each check");
    scene.pass(Duration::from_secs(10));
    assert!(again(&mut scene).is_some(), "before it expires with others");
    assert_eq!(scene.send(VICTIM, 2000, &MEDIA), None);
}
