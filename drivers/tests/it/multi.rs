//! Many connections behind one socket, under each runtime.

use std::time::{Duration, Instant};

use lapwing_engine::{
    CandidateKind, Config, Event, IceServer, IceTransportPolicy, Protocol, Rtc, SelectedPair,
};

use crate::caller::Caller;
use crate::carrier::Carrier;
use crate::program::Program;
use crate::relay::fixture;

/// Callers, each with a socket of its own, of a server whose ends share one.
const CALLERS: usize = 50;

/// Fifty calls take some seconds on a slow machine; two minutes mean that they hang.
const DEADLINE: Duration = Duration::from_secs(120);

struct Server<C> {
    driver: C,
    programs: Vec<Program>,
    /// Pairs that were chosen, and whose.
    pairs: Vec<(usize, SelectedPair)>,
}

impl<C: Carrier> Server<C> {
    fn new(connections: usize, configure: impl Fn(&mut Config)) -> Self {
        let mut driver = C::start();
        let bound = driver.bind("127.0.0.1:0".parse().expect("an address"));
        assert_eq!(bound, driver.addresses());
        let mut programs = Vec::new();
        for key in 0..connections {
            let mut config = driver.config();
            configure(&mut config);
            let rtc = Rtc::new(config, Instant::now());
            assert!(driver.insert(key, rtc).is_none());
            programs.push(Program::callee());
        }
        Server { driver, programs, pairs: Vec::new() }
    }

    fn turn(&mut self, max_wait: Duration) -> Vec<Event> {
        let Server { driver, programs, pairs } = self;
        let mut closed = Vec::new();
        for (key, event) in driver.turn(max_wait) {
            if let Event::Closed(_) = event {
                closed.push(event);
                continue;
            }
            if let Event::SelectedPairChanged(pair) = event {
                pairs.push((key, pair));
            }
            programs[key].event(driver.rtc_mut(key).expect("it was inserted"), event);
        }
        closed
    }

    fn is_over(&self) -> bool {
        self.programs.iter().all(|program| program.over)
    }
}

/// A turn of everyone, and their signals.
fn round<C: Carrier>(callers: &mut [Caller], server: &mut Server<C>) {
    for (key, caller) in callers.iter_mut().enumerate() {
        caller.turn();
        for signal in caller.program.signals.drain(..) {
            let rtc = server.driver.rtc_mut(key).expect("it was inserted");
            server.programs[key].signal(rtc, signal);
        }
    }
    server.turn(Duration::ZERO);
    for (caller, program) in callers.iter_mut().zip(&mut server.programs) {
        for signal in program.signals.drain(..) {
            caller.program.signal(&mut caller.rtc, signal);
        }
    }
}

fn call<C: Carrier>(connections: usize) -> (Vec<Caller>, Server<C>) {
    call_with(connections, |_| ())
}

fn call_with<C: Carrier>(
    connections: usize,
    configure: impl Fn(&mut Config),
) -> (Vec<Caller>, Server<C>) {
    let mut callers: Vec<Caller> = (0..connections).map(|_| Caller::new()).collect();
    let mut server = Server::new(connections, configure);
    let deadline = Instant::now() + DEADLINE;
    while !server.is_over() {
        let over = server.programs.iter().filter(|program| program.over).count();
        assert!(Instant::now() < deadline, "{over} of {connections} are through");
        round(&mut callers, &mut server);
    }
    (callers, server)
}

fn fifty_connections_share_a_socket<C: Carrier>() {
    let (callers, server) = call::<C>(CALLERS);
    for program in callers.iter().map(|caller| &caller.program).chain(&server.programs) {
        program.check();
    }
    assert_eq!((server.driver.len(), server.driver.addresses().len()), (CALLERS, 1));
    let counters = server.driver.counters();
    assert_eq!((counters.sourceless, counters.broken_sockets), (0, 0), "{counters:?}");
    assert!(counters.receive_calls < counters.received, "in batches: {counters:?}");
    assert!(counters.send_calls < counters.sent, "in batches: {counters:?}");
}

/// A relay knows its clients by their addresses.
fn each_connection_has_a_socket_towards_relays<C: Carrier>() {
    let relay = fixture::start(fixture::config());
    let url = format!("turn:127.0.0.1:{}", fixture::port(&relay, Protocol::Udp));
    let known = IceServer::new([url.as_str()], "ada", "secret").expect("it is well-formed");
    let (callers, mut server) = call_with::<C>(3, |config| {
        config.ice_servers = vec![known.clone()];
        config.ice_transport_policy = IceTransportPolicy::Relay;
    });
    for program in callers.iter().map(|caller| &caller.program).chain(&server.programs) {
        program.check();
    }
    for key in 0..3 {
        let mut pairs = server.pairs.iter().filter(|(of, _)| *of == key);
        assert!(pairs.all(|(_, pair)| pair.local_kind == CandidateKind::Relayed));
        assert!(server.pairs.iter().any(|(of, _)| *of == key));
    }
    assert_eq!((server.driver.addresses().len(), relay.metrics().allocations), (1, 3));
    for (key, left) in [(0, 2), (1, 1), (2, 0)] {
        server.driver.rtc_mut(key).expect("it is there").close(Instant::now());
        assert!(server.driver.remove(key).is_some());
        fixture::await_metrics(&relay, |metrics| metrics.allocations == left);
    }
    assert_eq!(server.driver.counters().sourceless, 0);
    relay.stop().expect("nothing failed");
}

fn a_removed_connection_says_goodbye_and_is_forgotten<C: Carrier>() {
    let (mut callers, mut server) = call::<C>(1);
    let Caller { rtc, driver, .. } = &mut callers[0];
    server.driver.rtc_mut(0).expect("it is there").close(Instant::now());
    assert!(server.driver.remove(0).is_some());
    assert!(server.driver.len() == 0 && server.driver.remove(0).is_none());
    assert!(server.driver.rtc_mut(0).is_none());
    let deadline = Instant::now() + DEADLINE;
    let mut closed = false;
    while !closed {
        assert!(Instant::now() < deadline, "no goodbye came");
        let mut events = driver.turn(rtc).expect("the driver works");
        closed = events.any(|event| matches!(event, Event::Closed(_)));
    }
    assert!(server.turn(Duration::ZERO).is_empty());
}

/// A connectivity check (RFC 8489 section 5) from a stranger, with a username and nothing else.
fn check(username: &str) -> Vec<u8> {
    let length = username.len();
    let padded = length.next_multiple_of(4);
    let mut bytes = vec![0x00, 0x01, 0, 4 + padded as u8, 0x21, 0x12, 0xa4, 0x42];
    bytes.extend([7; 12]);
    bytes.extend([0x00, 0x06, 0, length as u8]);
    bytes.extend(username.bytes());
    bytes.resize(20 + 4 + padded, 0);
    bytes
}

fn an_ice_restart_is_followed_by_the_router<C: Carrier>() {
    let (mut callers, mut server) = call::<C>(1);
    let before = server.driver.rtc_mut(0).expect("it is there").local_ufrag();
    let Caller { rtc, program, .. } = &mut callers[0];
    rtc.negotiation().restart_ice();
    program.offer(rtc);
    round(&mut callers, &mut server);
    let after = server.driver.rtc_mut(0).expect("it is there").local_ufrag();
    assert_ne!(before, after);

    let stranger = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let server_at = server.driver.addresses()[0];
    let unrouted = |ufrag: &str, server: &mut Server<C>| {
        let counters = server.driver.counters();
        stranger.send_to(&check(&format!("{ufrag}:stranger")), server_at).expect("it is sent");
        let deadline = Instant::now() + DEADLINE;
        while server.driver.counters().received == counters.received {
            assert!(Instant::now() < deadline, "the check did not come");
            server.turn(Duration::from_millis(100));
        }
        server.driver.counters().unrouted - counters.unrouted
    };
    assert_eq!(unrouted("nobody", &mut server), 1);
    assert_eq!(unrouted(&after, &mut server), 0);
}

fn a_turn_ends_when_something_happens<C: Carrier>() {
    let mut server = Server::<C>::new(1, |_| ());
    // What a new connection has to say, and then nothing for a while.
    while !server.turn(Duration::ZERO).is_empty() {}
    let waker = server.driver.waker();
    let waking = std::thread::spawn(move || waker.wake());
    server.turn(DEADLINE);
    waking.join().expect("no panic");
    let stranger = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    stranger.send_to(&check("nobody:stranger"), server.driver.addresses()[0]).expect("it is sent");
    let deadline = Instant::now() + DEADLINE;
    while server.driver.counters().unrouted == 0 {
        assert!(Instant::now() < deadline, "the datagram was not seen");
        server.turn(DEADLINE);
    }
}

/// The tests above under one runtime.
macro_rules! under {
    ($runtime:ident, $carrier:ty) => {
        mod $runtime {
            #[test]
            fn fifty_connections_share_a_socket() {
                super::fifty_connections_share_a_socket::<$carrier>();
            }

            #[test]
            fn each_connection_has_a_socket_towards_relays() {
                super::each_connection_has_a_socket_towards_relays::<$carrier>();
            }

            #[test]
            fn a_removed_connection_says_goodbye_and_is_forgotten() {
                super::a_removed_connection_says_goodbye_and_is_forgotten::<$carrier>();
            }

            #[test]
            fn an_ice_restart_is_followed_by_the_router() {
                super::an_ice_restart_is_followed_by_the_router::<$carrier>();
            }

            #[test]
            fn a_turn_ends_when_something_happens() {
                super::a_turn_ends_when_something_happens::<$carrier>();
            }
        }
    };
}

under!(mio, crate::carrier::Mio);
#[cfg(feature = "smol")]
under!(smol, crate::carrier::Smol);
#[cfg(feature = "tokio")]
under!(tokio, crate::carrier::Tokio);
