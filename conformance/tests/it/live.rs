//! A scenario between programs, in real time. What is asserted holds however slow the machine is.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Browser, Kind, Options, Pages, available};
use lapwing_conformance::live::{Carried, Live, Plan, Program, addresses};
use lapwing_conformance::skip;
use lapwing_simnet::capture::{Block, PcapngReader};
use lapwing_simnet::nodes::{Node, NodeCx};
use lapwing_simnet::passage::{Between, Exit};
use lapwing_simnet::scenario::Scenario;
use lapwing_simnet::{Packet, Parts, Time};

const LONG: Duration = Duration::from_secs(20);
/// Room for every capture here.
const CAPTURE_MAX: u64 = 64 << 20;

fn live(test: &str) -> Option<Live> {
    Live::create().map_err(|why| skip::note(&format!("live::{test}"), &why)).ok()
}

/// Two links with these effects: there, and back.
fn plan(there: &str, back: &str, parts: &Parts) -> Plan {
    let head = "[meta]\nname = 'live'\nduration_s = 60\nseeds = [1]\nschema = 1\n";
    let link = |name: &str, ends: [&str; 2], effects: &str| {
        let [from, to] = ends;
        format!("[[link]]\nname = '{name}'\nfrom = '{from}'\nto = '{to}'\n{effects}\n")
    };
    let text = [head, &link("there", ["A", "B"], there), &link("back", ["B", "A"], back)].concat();
    let files = |_: &str| Err("there are none".to_owned());
    let reading = Scenario::read("live.toml", &text, &files, parts).expect("it is a scenario");
    Plan { scenario: reading.scenario, between: Between::Way, seed: 1 }
}

/// A socket on each side, each connected with the other.
fn sockets(live: &Live) -> [UdpSocket; 2] {
    let bind = |side: usize| {
        let bound = live.namespace(side).run(|| UdpSocket::bind((addresses(side).v4, 0)));
        bound.expect("the address is there")
    };
    let sockets = [bind(0), bind(1)];
    for (one, other) in [(0, 1), (1, 0)] {
        let to = sockets[other].local_addr().expect("it is bound");
        sockets[one].connect(to).expect("there is a route");
        sockets[one].set_read_timeout(Some(LONG)).expect("a timeout can be set");
    }
    sockets
}

/// The length of the next datagram. A socket with a timeout is not asked again by the system where
/// a signal came.
fn receive(socket: &UdpSocket) -> io::Result<usize> {
    loop {
        match socket.recv(&mut [0; 2_048]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

fn finish(live: Live) -> Carried {
    live.finish().expect("packets passed until now")
}

#[test]
fn an_echo_takes_the_delay_of_both_links_and_errors_are_counted() {
    let Some(mut live) = live("an_echo_takes_the_delay_of_both_links_and_errors_are_counted")
    else {
        return;
    };
    let [near, far] = sockets(&live);
    live.begin(plan("delay_ms = 40", "delay_ms = 40", &Parts::new()), None).expect("it begins");
    for _ in 0..5 {
        let sent = Instant::now();
        near.send(b"ping").expect("it is sent");
        assert_eq!(receive(&far).expect("it arrives"), 4);
        far.send(b"a pong").expect("it is sent");
        assert_eq!(receive(&near).expect("it arrives"), 6);
        assert!(sent.elapsed() >= Duration::from_millis(80), "{:?}", sent.elapsed());
    }
    let Carried { ways, timing, .. } = finish(live);
    let [there, back] = &ways;
    assert_eq!([there.packets_in, there.packets_out, there.packets_dropped], [5, 5, 0]);
    assert_eq!([back.packets_in, back.packets_out, back.packets_dropped], [5, 5, 0]);
    assert_eq!((there.bytes_in, back.bytes_out), (5 * 32, 5 * 34));
    assert_eq!(there.one_way_delay.share_up_to(39.0), 0.0);
    assert_eq!((timing.released.histogram.count(), timing.read.histogram.count()), (10, 10));
    assert!(timing.released.max > Duration::ZERO);
    eprintln!(
        "late: p99 {:?}, at most {:?}",
        timing.released.percentile(99.0),
        timing.released.max
    );
}

/// What side sent or was given, in the order of the capture: when, from which side to which
/// interface, and the bytes.
fn captured(path: &Path) -> Vec<(Time, usize, usize, Vec<u8>)> {
    let file = std::fs::read(path).expect("the capture is there");
    let mut packets = Vec::new();
    for block in PcapngReader::new(&file).expect("it is a capture") {
        let Block::Packet { interface, at_ns, bytes, .. } = block.expect("it is whole") else {
            continue;
        };
        let from = usize::from(bytes[12..16] != addresses(0).v4.octets());
        packets.push((Time::from_nanos(at_ns), from, interface as usize, bytes.to_vec()));
    }
    packets
}

/// Plays what entered into the same network without a clock, and holds what left against it.
fn replay(plan: &Plan, path: &Path, carried: &Carried) {
    let mut passage = plan.passage().expect("it passes");
    let (entered, left): (Vec<_>, Vec<_>) =
        captured(path).into_iter().filter(|of| of.2 < 2).partition(|of| of.1 == of.2);
    let mut due = Vec::new();
    for (at, side, _, bytes) in entered {
        passage.enter(side, &bytes, at);
        due.extend(std::iter::from_fn(|| passage.pop()));
    }
    passage.advance(Time::ZERO + Duration::from_secs(60));
    due.extend(std::iter::from_fn(|| passage.pop()));
    due.retain(|departure| departure.exit == Exit::Arrived);
    assert!(left.len() as u64 == carried.timing.released.histogram.count() && left.len() > 100);
    for side in 0..2 {
        let to_side = |from: &usize| 1 - from == side;
        let left = left.iter().filter(|of| to_side(&of.1));
        let due = due.iter().filter(|departure| to_side(&departure.from));
        // What was under way at the end never left.
        for ((written, _, _, bytes), departure) in left.zip(due) {
            assert_eq!(*bytes, departure.bytes);
            let error = written.since(departure.at);
            assert!(*written >= departure.at, "nothing leaves before it is due");
            assert!(error <= carried.timing.released.max, "{error:?}");
        }
    }
}

#[test]
fn tcp_has_no_more_than_the_capacity_and_a_replay_says_the_same() {
    let test = "tcp_has_no_more_than_the_capacity_and_a_replay_says_the_same";
    let Some(mut live) = live(test) else { return };
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("run.pcapng");
    let file = std::fs::File::create(&path).expect("there is room");
    let queue = "delay_ms = 20\nqueue = { type = 'tail-drop', size_ms = 100 }";
    let there =
        format!("capacity_bps = 5000000\n{queue}\nloss = {{ model = 'bernoulli', p = 0.01 }}");
    let plan = plan(&there, "delay_ms = 20", &Parts::new());
    let listener = live.namespace(1).run(|| TcpListener::bind((addresses(1).v4, 5_001)));
    let listener = listener.expect("the address is there");
    live.begin(plan.clone(), Some((file, CAPTURE_MAX))).expect("it begins");
    let sink = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody comes");
        let (mut bytes, mut buffer) = (0, [0; 1 << 16]);
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            bytes += length;
        }
        bytes
    });
    let connect = || TcpStream::connect((addresses(1).v4, 5_001));
    let mut stream = live.namespace(0).run(connect).expect("somebody listens");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        stream.write_all(&[0; 8_192]).expect("it is sent");
    }
    drop(stream);
    let bytes = sink.join().expect("it ends");
    let carried = finish(live);
    // The link's own schedule, not the clock: however late the machine was, no bin has more than
    // the capacity and the packet that was being sent when it began.
    let link = &carried.outcome.series.links[0];
    let most = 5e6 + 1_500.0 * 8.0 / carried.outcome.series.bin_s;
    assert!(link.total_bps.iter().all(|rate| *rate <= most), "{:?}", link.total_bps);
    assert_eq!(link.total_bps, link.media_bps, "nobody else was there");
    assert!(bytes > 0 && carried.ways[0].packets_dropped > 0, "{bytes} bytes");
    let busiest = link.total_bps.iter().copied().fold(0.0, f64::max);
    eprintln!("{bytes} bytes in {:?}, {busiest} bit/s in the busiest bin", begun.elapsed());
    replay(&plan, &path, &carried);
}

#[test]
fn a_narrow_link_tells_its_mtu() {
    let Some(mut live) = live("a_narrow_link_tells_its_mtu") else { return };
    let [near, far] = sockets(&live);
    live.begin(plan("mtu = { bytes = 1280 }", "", &Parts::new()), None).expect("it begins");
    near.send(&[0; 1_400]).expect("nobody knows yet");
    // The report is on the socket, as the error of whatever is done with it next.
    let told = receive(&near).expect_err("nothing else arrives");
    assert_eq!(told.raw_os_error(), Some(nix::errno::Errno::EMSGSIZE as i32), "{told}");
    near.send(&[7; 1_400]).expect("it goes in fragments");
    assert_eq!(receive(&far).expect("it arrives"), 1_400);
    let [there, _] = finish(live).ways;
    assert_eq!((there.packets_dropped, there.packets_out), (1, 2));
}

/// A fault of the network itself.
struct Bomb;

impl Node for Bomb {
    fn accept(&mut self, _: Box<Packet>, _: &mut NodeCx<'_>) {
        panic!("this panic is wanted");
    }
}

#[test]
fn a_panic_is_noticed_and_takes_all_away() {
    let Some(mut live) = live("a_panic_is_noticed_and_takes_all_away") else { return };
    let parts = Parts::new().node("bomb", |_, _| Box::new(Bomb));
    let [near, far] = sockets(&live);
    live.begin(plan("nodes = [{ name = 'bomb' }]", "", &parts), None).expect("it begins");
    let words = ["sleep", "1000"].map(Into::into);
    let left = Program::start(&live, 1, &words, true).expect("it starts");
    assert!(!live.is_broken());
    near.send(b"boom").expect("it is sent");
    far.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout can be set");
    let until = Instant::now() + LONG;
    while !live.is_broken() && Instant::now() < until {
        let error = receive(&far).expect_err("nothing passes");
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    }
    assert!(live.is_broken());
    let names = [0, 1].map(|side| live.namespace(side).name().to_owned());
    // Nobody ends the program, as when this process had panicked on its way to do so.
    std::mem::forget(left);
    drop(live);
    for name in names {
        assert!(!Path::new("/run/netns").join(&name).exists(), "{name}");
    }
}

/// Starts a browser in the namespace of the calling thread, on the page of the harness.
fn browser() -> Browser {
    let page = include_str!("browser/loopback.html");
    let control = include_str!("browser/control.js");
    let pages = Pages::serve(&[("/", page), ("/control.js", control)]).expect("a port is free");
    let launched = Browser::launch(Kind::Chromium, &pages.url("/"), &Options::default());
    launched.expect("the browser starts")
}

/// Has the first browser send its camera to the second one, and gives the bits in a second that
/// arrived in the last part of the call.
fn call(near: &mut Browser, far: &mut Browser) -> f64 {
    let offer = near.eval_within("offer()", LONG).expect("it offers");
    let answer = far.eval_within(&format!("answer({offer})"), LONG).expect("it answers");
    near.eval(&format!("calls.caller.setRemoteDescription({answer})")).expect("it takes it");
    let frames = "stats('callee').then((all) => all.find((one) => one.framesDecoded > 100))";
    far.wait_for(frames, Duration::from_secs(60)).expect("pictures arrive");
    let bytes = "stats('callee').then((all) => all.find((one) => one.framesDecoded).bytesReceived)";
    let from = far.eval(bytes).expect("it tells").as_f64().expect("it is a number");
    let begun = Instant::now();
    let frames = "stats('callee').then((all) => all.find((one) => one.framesDecoded > 300))";
    far.wait_for(frames, Duration::from_secs(60)).expect("more pictures arrive");
    let bytes = far.eval(bytes).expect("it tells").as_f64().expect("it is a number");
    (bytes - from) * 8.0 / begun.elapsed().as_secs_f64()
}

#[test]
#[ignore = "measures this machine: run it alone, with --nocapture"]
fn two_browsers_call_each_other_over_a_scenario() {
    let test = "two_browsers_call_each_other_over_a_scenario";
    if let Err(why) = available(Kind::Chromium) {
        return skip::note(&format!("live::{test}"), &why);
    }
    let Some(mut live) = live(test) else { return };
    let queue = "delay_ms = 20\nqueue = { type = 'tail-drop', size_ms = 300 }";
    let there = format!("capacity_bps = 1000000\n{queue}");
    live.begin(plan(&there, "delay_ms = 20", &Parts::new()), None).expect("it begins");
    let rate = live.namespace(0).run(|| {
        let mut near = browser();
        // Each browser ends with the thread that started it.
        live.namespace(1).run(|| call(&mut near, &mut browser()))
    });
    let Carried { ways, timing, outcome, .. } = finish(live);
    let (p99, max) = (timing.released.percentile(99.0), timing.released.max);
    let queue = outcome.figures.links[0].queueing_delay_p95_ms;
    eprintln!("{rate:.0} bit/s, {} packets, late p99 {p99:?}, max {max:?}", ways[0].packets_out);
    eprintln!("queue p95 {queue:?} ms, {} dropped", ways[0].packets_dropped);
    assert!(outcome.series.links[0].total_bps.iter().all(|rate| *rate <= 1.12e6));
    assert!(rate > 100_000.0, "{rate}");
}
