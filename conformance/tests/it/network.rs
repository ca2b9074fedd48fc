//! The link between two namespaces, in real time.

use lapwing_conformance::browser::find_program;
use lapwing_conformance::netns::Namespace;
use lapwing_conformance::network::Network;
use lapwing_conformance::skip;
use lapwing_conformance::wall::Side;
use lapwing_simnet::LinkSpec;
use lapwing_simnet::capture::{Block, PcapngReader};
use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(300);

fn network(test: &str) -> Option<Network> {
    Network::create("test").map_err(|why| skip::note(&format!("network::{test}"), &why)).ok()
}

fn wires() -> [LinkSpec; 2] {
    [LinkSpec::new(), LinkSpec::new()]
}

/// A socket on each side, each connected with the other.
fn sockets(network: &Network, addresses: [IpAddr; 2]) -> [UdpSocket; 2] {
    let sockets = Side::BOTH.map(|side| {
        let address = addresses[side.index()];
        let bind = || UdpSocket::bind((address, 0));
        network.namespace(side).run(bind).expect("the address is there")
    });
    for (one, other) in [(0, 1), (1, 0)] {
        let to = sockets[other].local_addr().expect("it is bound");
        sockets[one].connect(to).expect("there is a route");
        sockets[one].set_read_timeout(Some(LONG)).expect("a timeout can be set");
    }
    sockets
}

fn v4(network: &Network) -> [UdpSocket; 2] {
    sockets(network, Side::BOTH.map(|side| network.address(side)))
}

/// There and back, and how long that took.
fn exchange([subject, peer]: &[UdpSocket; 2]) -> Duration {
    let (start, mut buffer) = (Instant::now(), [0; 64]);
    subject.send(b"ping").expect("it is sent");
    assert_eq!(peer.recv(&mut buffer).expect("it arrives"), 4);
    peer.send(b"a pong").expect("it is sent");
    assert_eq!(subject.recv(&mut buffer).expect("it arrives"), 6);
    start.elapsed()
}

#[test]
fn both_families_pass_and_are_captured() {
    let Some(network) = network("both_families_pass_and_are_captured") else { return };
    network.begin(wires(), 1);
    exchange(&v4(&network));
    exchange(&sockets(&network, Side::BOTH.map(|side| network.address_v6(side))));
    let captured = network.finish(&["CLIENT_RANDOM 00 11\n".to_owned()]);
    assert_eq!(Side::BOTH.map(|side| captured.sent(side)), [2, 2], "only what was asked for");
    assert_eq!(Side::BOTH.map(|side| captured.dropped(side)), [0, 0]);
    assert_eq!(captured.lateness.packets(), 4);
    assert_eq!(captured.notes(), Vec::<String>::new());
    let Some(tshark) = find_program(&["tshark"]) else {
        return skip::note("network::both_families_pass_and_are_captured", &"no tshark");
    };
    let file = tempfile::NamedTempFile::new().expect("there is room for a file");
    std::fs::write(file.path(), &captured.pcapng).expect("there is room");
    let lines = fields(&tshark, file.path());
    assert_eq!(lines.lines().count(), 8, "each packet at both ends: {lines}");
    let first = "subject\t10.77.0.1\t\t70696e67\t1";
    assert!(lines.starts_with(first) && lines.contains("peer\t\tfd77::1\t70696e67\t1"), "{lines}");
}

/// Interface, sources and data of each packet, and whether its checksum is good.
fn fields(tshark: &Path, capture: &Path) -> String {
    let names = ["frame.interface_name", "ip.src", "ipv6.src", "data.data", "udp.checksum.status"];
    let mut command = Command::new(tshark);
    command.args(["-o", "udp.check_checksum:true", "-T", "fields"]).arg("-r").arg(capture);
    let output = command.args(names.iter().flat_map(|name| ["-e", name])).output();
    let output = output.expect("tshark runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_delay_is_at_least_what_was_asked_for_and_can_change() {
    let Some(network) = network("a_delay_is_at_least_what_was_asked_for_and_can_change") else {
        return;
    };
    let ends = v4(&network);
    let delay = |ms| LinkSpec::new().delay(Duration::from_millis(ms));
    network.begin([delay(40), LinkSpec::new()], 1);
    for _ in 0..5 {
        assert!(exchange(&ends) >= Duration::from_millis(40));
    }
    network.link([delay(60), delay(60)]);
    assert!(exchange(&ends) >= Duration::from_millis(120));
    let captured = network.finish(&[]);
    let (half, worst) = (captured.lateness.quantile(0.5), captured.lateness.max());
    eprintln!("late: median {half:?}, at most {worst:?}");
    assert!(half <= worst);
}

#[test]
fn total_loss_passes_nothing_and_says_so() {
    let Some(network) = network("total_loss_passes_nothing_and_says_so") else { return };
    let [subject, peer] = v4(&network);
    network.begin([LinkSpec::new().loss(1.0), LinkSpec::new()], 1);
    for _ in 0..20 {
        subject.send(b"lost").expect("it is sent");
    }
    peer.set_read_timeout(Some(SHORT)).expect("a timeout can be set");
    let error = peer.recv(&mut [0; 64]).expect_err("nothing arrives");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    let captured = network.finish(&[]);
    assert_eq!((captured.sent(Side::Subject), captured.dropped(Side::Subject)), (20, 20));
    let blocks = PcapngReader::new(&captured.pcapng).expect("it is a capture").flatten();
    let comments = blocks.filter_map(|block| match block {
        Block::Packet { comment, .. } => comment,
        _ => None,
    });
    let comments: Vec<&str> = comments.collect();
    assert_eq!(comments.len(), 20);
    assert!(comments[0].starts_with("dropped: Loss from subject to peer"), "{comments:?}");
    // The next case begins with a link and a capture of its own.
    network.begin(wires(), 1);
    exchange(&[subject, peer]);
    assert_eq!(network.finish(&[]).sent(Side::Subject), 1);
}

#[test]
fn a_narrow_link_tells_its_mtu() {
    let Some(network) = network("a_narrow_link_tells_its_mtu") else { return };
    network.begin([LinkSpec::new().mtu(1_280, true), LinkSpec::new()], 1);
    let v4 = Side::BOTH.map(|side| network.address(side));
    let v6 = Side::BOTH.map(|side| network.address_v6(side));
    for addresses in [v4, v6] {
        let [subject, peer] = sockets(&network, addresses);
        subject.send(&[0; 1_400]).expect("nobody knows yet");
        // The report is on the socket, as the error of whatever is done with it next.
        let told = subject.recv(&mut [0; 64]).expect_err("nothing else arrives");
        assert_eq!(told.raw_os_error(), Some(nix::errno::Errno::EMSGSIZE as i32), "{told}");
        // The kernel knows by now, and sends it in fragments.
        subject.send(&[7; 1_400]).expect("it is sent");
        let mut buffer = [0; 2_048];
        assert_eq!(peer.recv(&mut buffer).expect("it arrives"), 1_400);
        assert_eq!(buffer[..1_400], [7; 1_400]);
        exchange(&[subject, peer]);
    }
    assert_eq!(network.finish(&[]).dropped(Side::Subject), 2);
}

#[test]
fn it_goes_away_and_takes_along_what_others_left() {
    let test = "it_goes_away_and_takes_along_what_others_left";
    // No process has the highest number.
    let abandoned = format!("lapwing-{}-0", u32::MAX);
    if network(test).is_none() {
        return;
    }
    let made = Command::new("ip").args(["netns", "add", &abandoned]).status();
    assert!(made.expect("ip runs").success());
    let Some(network) = network(test) else { return };
    let folder = Path::new("/run/netns");
    assert!(!folder.join(&abandoned).exists());
    let names = Side::BOTH.map(|side| network.namespace(side).name().to_owned());
    assert!(names.iter().all(|name| folder.join(name).exists()));
    let devices = |namespace: &Namespace| {
        let list = || std::fs::read_to_string("/proc/thread-self/net/dev");
        namespace.run(list).expect("the kernel tells").matches("lap0:").count()
    };
    assert_eq!(Side::BOTH.map(|side| devices(network.namespace(side))), [1, 1]);
    drop(network);
    assert!(!names.iter().any(|name| folder.join(name).exists()));
}

#[test]
#[ignore = "measures this machine: run it alone, with --nocapture"]
fn a_perfect_wire_is_fast() {
    let Some(network) = network("a_perfect_wire_is_fast") else { return };
    let [subject, peer] = v4(&network);
    network.begin(wires(), 1);
    let receiver = std::thread::spawn(move || {
        peer.set_read_timeout(Some(SHORT)).expect("a timeout can be set");
        let (mut bytes, mut buffer) = (0, [0; 2_048]);
        while let Ok(length) = peer.recv(&mut buffer) {
            bytes += length;
        }
        bytes
    });
    let start = Instant::now();
    let mut sent = 0_u32;
    // 400 Mbit/s, paced by the clock.
    while start.elapsed() < Duration::from_secs(2) {
        if f64::from(sent) * 9_600.0 / 400e6 <= start.elapsed().as_secs_f64() {
            sent += u32::from(subject.send(&[0; 1_172]).is_ok());
        }
    }
    let bytes = receiver.join().expect("it ends");
    let captured = network.finish(&[]);
    eprintln!(
        "{:.0} Mbit/s, sent {sent}, {} bytes of capture, notes {:?}",
        bytes as f64 * 8.0 / 2e6,
        captured.pcapng.len(),
        captured.notes()
    );
    eprintln!(
        "late: p99 {:?}, at most {:?}",
        captured.lateness.quantile(0.99),
        captured.lateness.max()
    );
    assert!(bytes as f64 * 8.0 / 2e6 > 300.0);
}
