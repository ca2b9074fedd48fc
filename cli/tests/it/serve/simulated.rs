//! The room server and its clients on a simulated network: partitions, messages held back, crashes
//! and restarts.
//!
//! `turmoil` gives each host a runtime with a clock of the simulation and carries its TCP. The
//! server is the real one, from the accept loop to the hub; two rooms of two clients who send each
//! other numbered offers and come back when they lose the server.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use lapwing_rooms::hub::Entropy;
use lapwing_rooms::protocol::signalling::{
    ClientMessage, Description, ParticipantId, SdpType, ServerMessage, SessionDescription, Welcome,
};
use lapwing_rooms::server::{Accept, AccessConfig, Server, ServerConfig};
use lapwing_system as system;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};
use turmoil::net::{TcpListener, TcpStream};
use turmoil::{Builder, Sim};

use super::client::{Client, config, join};

const PORT: u16 = 8080;

/// Names and rooms of the clients.
const CLIENTS: [(&str, &str); 4] =
    [("ada", "tea"), ("bob", "tea"), ("cid", "milk"), ("dot", "milk")];

/// Between two offers of a client.
const OFFER_EVERY: Duration = Duration::from_millis(500);

/// Without a word from the server for that long, pings included, a client connects anew.
const SILENCE_MAX: Duration = Duration::from_secs(20);

struct Listener(TcpListener);

impl Accept for Listener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        self.0.accept().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// What a client saw, with the simulation's time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    at: Duration,
    who: &'static str,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// It is in the room, under this id.
    Joined(ParticipantId),
    /// The other one came, or is there already.
    Met(ParticipantId),
    /// The other one is gone for good.
    Left(ParticipantId),
    /// An offer with this number.
    Offer(u64),
    /// The server is gone.
    LostServer,
}

type Log = Rc<RefCell<Vec<Seen>>>;

/// A fault, and when.
type Fault = (Duration, fn(&mut Sim<'_>));

/// Plays for `seconds` and gives what the clients saw.
fn play(seed: u64, seconds: u64, faults: &[Fault]) -> Vec<Seen> {
    let log = Log::default();
    let end = Duration::from_secs(seconds);
    let mut sim = Builder::new()
        .rng_seed(seed)
        .simulation_duration(end + Duration::from_secs(60))
        .min_message_latency(Duration::from_millis(5))
        .max_message_latency(Duration::from_millis(40))
        .tick_duration(Duration::from_millis(5))
        .build();
    let boots = Rc::new(Cell::new(seed << 8));
    sim.host("server", move || {
        boots.set(boots.get() + 1);
        serve(boots.get())
    });
    for (name, room) in CLIENTS {
        sim.client(name, attend(name, room, Rc::clone(&log), end));
    }
    let mut faults = faults.iter().peekable();
    loop {
        while let Some((_, fault)) = faults.next_if(|(at, _)| *at <= sim.elapsed()) {
            fault(&mut sim);
        }
        if sim.step().expect("nobody panics") {
            break;
        }
    }
    log.take()
}

async fn serve(seed: u64) -> turmoil::Result {
    let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
    let mut drawn = seed << 32;
    let entropy = Entropy::new(move |bytes| {
        for byte in bytes {
            drawn = drawn.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            *byte = (drawn >> 56) as u8;
        }
    });
    let access = AccessConfig { allow_hosts: vec!["server".to_owned()], ..AccessConfig::default() };
    let config = ServerConfig { access, ..config() };
    let server = Server::on(Listener(listener), config, entropy)?;
    server.run(std::future::pending()).await?;
    Ok(())
}

/// A client's whole life: in the room, and back into it whenever the server is lost.
async fn attend(
    name: &'static str,
    room: &'static str,
    log: Log,
    end: Duration,
) -> turmoil::Result {
    let see = move |what| log.borrow_mut().push(Seen { at: now(), who: name, what });
    let mut token = None;
    let mut number = 0;
    let mut tries = interval(Duration::from_secs(1));
    tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while now() < end {
        tries.tick().await;
        if let Ok(Ok((client, welcome))) =
            timeout(Duration::from_secs(5), enter(name, room, token.clone())).await
        {
            token = Some(welcome.resume.clone());
            see(What::Joined(welcome.id.clone()));
            stay(client, welcome, &mut number, &see, end).await;
            if now() < end {
                see(What::LostServer);
            }
        }
    }
    Ok(())
}

fn now() -> Duration {
    turmoil::sim_elapsed().expect("clients live in the simulation")
}

async fn enter(
    name: &str,
    room: &str,
    token: Option<String>,
) -> Result<(Client<TcpStream>, Welcome), Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(("server", PORT)).await?;
    let url = format!("ws://server:{PORT}/ws/{room}");
    let (socket, _) = tokio_tungstenite::client_async(url, stream).await?;
    let mut client = Client { socket };
    client.try_send(&join(name, token)).await?;
    loop {
        match client.try_next().await? {
            ServerMessage::Welcome(welcome) => return Ok((client, welcome)),
            ServerMessage::Error(error) => return Err(error.message.into()),
            _ => {}
        }
    }
}

/// Until the server is lost, or the end.
async fn stay(
    mut client: Client<TcpStream>,
    welcome: Welcome,
    number: &mut u64,
    see: &impl Fn(What),
    end: Duration,
) {
    let mut peer = welcome.participants.first().map(|participant| participant.id.clone());
    if let Some(id) = &peer {
        see(What::Met(id.clone()));
    }
    let mut heard = Instant::now();
    let mut next_offer = Instant::now() + OFFER_EVERY;
    while now() < end && heard.elapsed() < SILENCE_MAX {
        match timeout_at(next_offer, client.try_any()).await {
            Err(_) => {
                next_offer += OFFER_EVERY;
                let Some(peer) = &peer else { continue };
                *number += 1;
                if client.try_send(&offer(peer, *number)).await.is_err() {
                    return;
                }
            }
            Ok(Err(_)) => return,
            Ok(Ok(message)) => {
                heard = Instant::now();
                match message {
                    Some(ServerMessage::ParticipantJoined { participant }) => {
                        see(What::Met(participant.id.clone()));
                        peer = Some(participant.id);
                    }
                    Some(ServerMessage::ParticipantLeft { id, .. }) => {
                        see(What::Left(id));
                        peer = None;
                    }
                    Some(ServerMessage::Description(description)) => {
                        let sdp = description.description.sdp;
                        see(What::Offer(sdp.parse().expect("the number that was sent")));
                    }
                    _ => {}
                }
            }
        }
    }
}

fn offer(peer: &ParticipantId, number: u64) -> ClientMessage {
    ClientMessage::Description(Description {
        peer: peer.clone(),
        description: SessionDescription { kind: SdpType::Offer, sdp: number.to_string() },
        tracks: BTreeMap::new(),
    })
}

/// The ids under which a client joined, in order.
fn joined(seen: &[Seen], who: &str) -> Vec<ParticipantId> {
    let own = seen.iter().filter(|seen| seen.who == who);
    own.filter_map(|seen| match &seen.what {
        What::Joined(id) => Some(id.clone()),
        _ => None,
    })
    .collect()
}

/// The numbers of the offers that a client got between two moments.
fn offers(seen: &[Seen], who: &str, from: u64, to: u64) -> Vec<u64> {
    let span = Duration::from_secs(from)..Duration::from_secs(to);
    let own = seen.iter().filter(|seen| seen.who == who && span.contains(&seen.at));
    own.filter_map(|seen| match seen.what {
        What::Offer(number) => Some(number),
        _ => None,
    })
    .collect()
}

fn is_gapless(numbers: &[u64]) -> bool {
    numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn what_is_held_back_arrives_later_in_order_and_nobody_notices() {
    let seen = play(
        1,
        30,
        &[
            (secs(5), |sim| sim.hold("server", "bob")),
            (secs(12), |sim| sim.release("server", "bob")),
        ],
    );
    for who in ["ada", "bob", "cid", "dot"] {
        assert_eq!(joined(&seen, who).len(), 1, "{who} came once");
        let numbers = offers(&seen, who, 0, 60);
        assert!(numbers.len() > 50 && numbers[0] == 1 && is_gapless(&numbers), "{who} {numbers:?}");
    }
    assert_eq!(offers(&seen, "bob", 6, 12), Vec::<u64>::new(), "what is held does not arrive");
    assert!(offers(&seen, "dot", 6, 12).len() > 10, "the other room goes on");
}

#[test]
fn after_a_short_partition_the_seat_is_still_there() {
    let seen = play(
        2,
        90,
        &[
            (secs(5), |sim| sim.partition("server", "bob")),
            (secs(35), |sim| sim.repair("server", "bob")),
        ],
    );
    let bob = joined(&seen, "bob");
    assert!(bob.len() > 1 && bob.iter().all(|id| *id == bob[0]), "the same seat: {bob:?}");
    assert!(!seen.iter().any(|seen| matches!(seen.what, What::Left(_))), "nobody was missed");
    assert!(offers(&seen, "bob", 60, 90).len() > 50, "offers come again");
    assert!(is_gapless(&offers(&seen, "dot", 0, 90)), "the other room saw nothing of it");
}

#[test]
fn after_a_long_partition_the_seat_is_given_up_and_taken_anew() {
    let seen = play(
        3,
        180,
        &[
            (secs(5), |sim| sim.partition("server", "bob")),
            (secs(130), |sim| sim.repair("server", "bob")),
        ],
    );
    let bob = joined(&seen, "bob");
    let left = seen.iter().find(|seen| seen.who == "ada" && matches!(seen.what, What::Left(_)));
    let left = left.expect("Ada is told");
    assert_eq!(left.what, What::Left(bob[0].clone()));
    // Idle for 45 s, then away for 30 s; the hub looks once a second.
    assert!((secs(75)..secs(85)).contains(&left.at), "{left:?}");
    assert_ne!(bob.first(), bob.last());
    assert!(offers(&seen, "bob", 150, 180).len() > 50, "they talk again");
}

#[test]
fn all_come_back_after_the_server_crashed() {
    let seen = play(
        4,
        60,
        &[(secs(10), |sim| sim.crash("server")), (secs(15), |sim| sim.bounce("server"))],
    );
    for (who, _) in CLIENTS {
        let ids = joined(&seen, who);
        assert_eq!(ids.len(), 2, "{who} was there before and after");
        assert_ne!(ids[0], ids[1], "a server that forgot gives new seats");
        assert!(offers(&seen, who, 45, 60).len() > 25, "{who} talks again");
    }
}

/// Set in the processes that print what was seen.
const CHILD: &str = "LAPWING_PRINT_SEEN";

#[test]
fn the_same_seed_gives_the_same_outcome_in_other_processes() {
    let faults: [Fault; 4] = [
        (secs(5), |sim| sim.partition("server", "bob")),
        (secs(9), |sim| sim.hold("server", "cid")),
        (secs(30), |sim| {
            sim.repair("server", "bob");
            sim.release("server", "cid");
        }),
        (secs(50), |sim| {
            sim.crash("server");
            sim.bounce("server");
        }),
    ];
    if let Ok(seed) = std::env::var(CHILD) {
        let seed = seed.parse().expect("a number");
        system::replace();
        for seen in system::on_fresh_thread(|| play(seed, 80, &faults)) {
            println!("SEEN {seen:?}");
        }
        return;
    }
    let run = |seed: u64| {
        let test = "serve::simulated::the_same_seed_gives_the_same_outcome_in_other_processes";
        let output = Command::new(std::env::current_exe().expect("a test has a binary"))
            .args([test, "--exact", "--nocapture"])
            .env(CHILD, seed.to_string())
            .output()
            .expect("the test binary starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines = text.lines().filter(|line| line.starts_with("SEEN"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (first, second, other) = (run(7), run(7), run(8));
    assert!(first.len() > 200, "{} lines", first.len());
    for (number, (one, two)) in first.iter().zip(&second).enumerate() {
        assert_eq!(one, two, "line {number} differs");
    }
    assert_eq!(first.len(), second.len());
    assert_ne!(first, other, "the seed decides");
}
