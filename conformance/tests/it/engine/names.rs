//! Addresses behind names of multicast DNS: we find a browser's, and two of us each other's.

use std::error::Error;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Browser, Kind, Options, Pages, stage};
use lapwing_conformance::netns::{ADDRESS, Namespace};
use lapwing_conformance::skip;
use lapwing_drivers::{mio, smol, tokio};
use lapwing_engine::{
    CandidateAddress, CandidateKind, ChannelConfig, Config, ConnectionState, Event, MdnsPolicy,
    Rtc, SessionDescription,
};
use serde_json::{Value, json};

use super::calls::{Outcome, config};
use super::loopback::{Loopback, SOON};

/// An address on an interface that bears multicast: Chromium speaks it on no loopback.
const ON_LINK: &str = "10.9.8.1";

fn make_link() -> Outcome {
    for order in [
        "link add near type veth peer name far",
        "link set near up",
        "link set far up",
        &format!("address add {ON_LINK}/24 dev near"),
        // Browsers without a camera use the interface of the default route alone.
        &format!("route replace default dev near src {ON_LINK}"),
    ] {
        let done = Command::new("ip").args(order.split(' ')).status()?;
        if !done.success() {
            return Err(format!("ip {order}: {done}").into());
        }
    }
    Ok(())
}

/// A page without camera, to which browsers show names only.
fn open(kind: Kind) -> Result<(Pages, Browser), Box<dyn Error>> {
    make_link()?;
    let pages = Pages::serve(&[
        ("/", include_str!("page.html")),
        ("/control.js", include_str!("../browser/control.js")),
    ])?;
    let options = Options { mdns: true, ..Options::default() };
    let browser = Browser::launch(kind, &pages.url("/"), &options)?;
    Ok((pages, browser))
}

const OFFER: &str = "(async () => {
  const pc = connection();
  listen(pc.createDataChannel('echo'));
  await pc.setLocalDescription();
  return gathered(pc);
})()";

fn hidden() -> io::Result<Config> {
    Ok(Config { mdns: MdnsPolicy::Hide, ..config()? })
}

/// A description that shows names and no address of this machine.
fn assert_hidden(sdp: &str) {
    assert!(sdp.contains(".local "), "{sdp}");
    assert!(!sdp.contains(&ADDRESS.to_string()) && !sdp.contains(ON_LINK), "{sdp}");
    assert!(!sdp.contains(" 127.0.0.1 "), "{sdp}");
}

/// The browser offers, and is given our names.
fn answer(peer: &mut Loopback, browser: &mut Browser) -> Outcome {
    let offer: SessionDescription = serde_json::from_value(browser.eval_within(OFFER, SOON)?)?;
    assert_hidden(&offer.sdp);
    let mut negotiation = peer.rtc.negotiation();
    negotiation.set_remote(&offer)?;
    let answer = negotiation.create_answer()?;
    negotiation.set_local(&answer)?;
    let found = peer.run_until(|peer| peer.candidates().len() >= 3)?;
    assert!(found, "three addresses: {:?}", peer.events);
    let answer = peer.rtc.negotiation().local_description().ok_or("it was set")?;
    assert_hidden(&answer.sdp);
    browser.eval(&format!("state.pc.setRemoteDescription({})", json!(answer)))?;
    Ok(())
}

/// The selected pair as the browser knows it: kinds of its two candidates, and how far it is.
const PAIR: &str = "(async () => {
  const stats = await state.pc.getStats();
  const all = [...stats.values()];
  const pair = all.find((s) => s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded');
  if (!pair) return null;
  return [pair.localCandidateId, pair.remoteCandidateId].map((id) => stats.get(id).candidateType);
})()";

fn connect(peer: &mut Loopback, browser: &mut Browser) -> Result<Value, Box<dyn Error>> {
    let end = Instant::now() + SOON;
    while Instant::now() < end {
        peer.run(Duration::from_millis(100))?;
        let pair = browser.eval(PAIR)?;
        if !pair.is_null() {
            return Ok(pair);
        }
    }
    Err(format!("no connection: {:?}", peer.events).into())
}

/// What we know the browser's candidates as.
fn resolved(peer: &Loopback) -> Vec<String> {
    let all = peer.rtc.stats().remote_candidates.into_iter();
    let hosts = all.filter(|one| one.candidate_type == CandidateKind::Host);
    hosts.map(|one| one.address).collect()
}

/// We know the browser by its name, not by what its checks show alone.
fn is_found(kind: Kind) -> Outcome {
    let (_pages, mut browser) = open(kind)?;
    let mut peer = Loopback::new(hidden()?)?;
    answer(&mut peer, &mut browser)?;
    let began = Instant::now();
    let found = peer.run_until(|peer| !resolved(peer).is_empty())?;
    assert!(found, "nobody answered for {kind:?}: {:?}", peer.rtc.stats().remote_candidates);
    println!("{kind:?} was found after {:?}", began.elapsed());
    connect(&mut peer, &mut browser)?;
    Ok(())
}

#[test]
fn chromium_is_found_by_its_names() {
    stage("engine::chromium_is_found_by_its_names", &[Kind::Chromium], || is_found(Kind::Chromium));
}

/// One end under any driver.
trait Turns {
    fn turn(&mut self, rtc: &mut Rtc) -> io::Result<Vec<Event>>;
}

/// How long a turn waits: the ends take turns on one thread.
const TURN: Duration = Duration::from_millis(5);

impl Turns for mio::Driver {
    fn turn(&mut self, rtc: &mut Rtc) -> io::Result<Vec<Event>> {
        Ok(self.turn_for(rtc, TURN)?.collect())
    }
}

struct Tokio(tokio::Driver, ::tokio::runtime::Runtime);

impl Turns for Tokio {
    fn turn(&mut self, rtc: &mut Rtc) -> io::Result<Vec<Event>> {
        let turn = async { ::tokio::time::timeout(TURN, self.0.turn(rtc)).await };
        match self.1.block_on(turn) {
            Ok(events) => Ok(events?.collect()),
            Err(_) => Ok(Vec::new()),
        }
    }
}

struct Smol(smol::Driver);

impl Turns for Smol {
    fn turn(&mut self, rtc: &mut Rtc) -> io::Result<Vec<Event>> {
        let turn = async { Some(self.0.turn(rtc).await) };
        let over = async {
            ::smol::Timer::after(TURN).await;
            None
        };
        match ::smol::block_on(::smol::future::or(turn, over)) {
            Some(events) => Ok(events?.collect()),
            None => Ok(Vec::new()),
        }
    }
}

fn drivers() -> io::Result<[(&'static str, Box<dyn Turns>); 3]> {
    let runtime = ::tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tokio = tokio::Driver::new();
    Ok([
        ("mio", Box::new(mio::Driver::new()?)),
        ("tokio", Box::new(Tokio(tokio, runtime))),
        ("smol", Box::new(Smol(smol::Driver::new()))),
    ])
}

/// A turn of one end, whose candidates the other one is given; their number.
fn pass(driver: &mut dyn Turns, from: &mut Rtc, to: &mut Rtc) -> Result<usize, Box<dyn Error>> {
    let mut told = 0;
    for event in driver.turn(from)? {
        let Event::IceCandidate(signalled) = event else { continue };
        let shown = signalled.candidate.as_ref().map(|one| &one.address);
        assert!(matches!(shown, None | Some(CandidateAddress::Name(..))), "{shown:?}");
        told += usize::from(shown.is_some());
        to.negotiation().add_candidate(&signalled)?;
    }
    Ok(told)
}

/// Two ends that hide from each other; the answerer sends no checks.
fn hide_from_each_other(driver: &mut dyn Turns, other: &mut dyn Turns) -> Outcome {
    let now = Instant::now();
    let mut a = Rtc::new(hidden()?, now);
    let mut b = Rtc::new(Config { ice_lite: true, ..hidden()? }, now);
    a.create_channel(ChannelConfig::new("chat"))?;
    let offer = a.negotiation().create_offer()?;
    a.negotiation().set_local(&offer)?;
    b.negotiation().set_remote(&offer)?;
    let answer = b.negotiation().create_answer()?;
    b.negotiation().set_local(&answer)?;
    a.negotiation().set_remote(&answer)?;
    let mut told = 0;
    while now.elapsed() < SOON {
        told += pass(&mut *driver, &mut a, &mut b)?;
        told += pass(&mut *other, &mut b, &mut a)?;
        let are_known = [&a, &b].map(|end| {
            let all = end.stats().remote_candidates;
            all.iter().any(|one| {
                one.candidate_type == CandidateKind::Host && one.address == ADDRESS.to_string()
            })
        });
        let connected = [&a, &b].map(|end| end.connection_state() == ConnectionState::Connected);
        if are_known == [true; 2] && connected == [true; 2] {
            assert_eq!(told, 2, "one for each");
            println!("connected after {:?}", now.elapsed());
            return Ok(());
        }
    }
    Err("no connection".into())
}

#[test]
fn two_of_us_hide_from_each_other_under_every_driver() {
    let namespace = match Namespace::create() {
        Ok(namespace) => namespace,
        Err(missing) => {
            let test = "engine::two_of_us_hide_from_each_other_under_every_driver";
            return skip::note(test, &missing);
        }
    };
    namespace.run(|| {
        // A driver is for one connection.
        for turn in 0..3 {
            let (ours, mut others) = (drivers().expect("drivers"), drivers().expect("drivers"));
            others.rotate_left(turn);
            for ((name, mut driver), (other_name, mut other)) in ours.into_iter().zip(others) {
                hide_from_each_other(&mut *driver, &mut *other)
                    .unwrap_or_else(|error| panic!("{name} with {other_name}: {error}"));
            }
        }
    });
}
