//! Captures of simulated calls, as Wireshark reads them.

use lapwing_conformance::browser::find_program;
use lapwing_conformance::skip;
use lapwing_engine::{ChannelConfig, Config, DtlsVersion};
use lapwing_simnet::capture::Capture;
use lapwing_simnet::{Clock, Inbox, LinkSpec, RtcHost, Sim, Time, connect_peers};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A call's packets as pcapng, and its keys.
fn captured_call() -> (Vec<u8>, String) {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let link = LinkSpec::new().delay(Duration::from_millis(10));
    let peers = [("a", "192.0.2.1", 1), ("b", "192.0.2.2", 2)].map(|(name, address, seed)| {
        let host = sim.host(name);
        sim.connect(host, core, &[address.parse().expect("an address")], &link, &link);
        let mut config = Config::seeded(seed);
        // Wireshark 4.0 opens no DTLS 1.3.
        (config.dtls, config.key_log) = (DtlsVersion::V1_2, true);
        sim.attach(host, RtcHost::new(config, Clock::arbitrary(), Inbox::default()))
    });
    connect_peers(&mut sim, peers[0], peers[1], Duration::from_millis(30));
    sim.watch(Capture::beginning_at(&[(peers[0].id(), "a")], Config::seeded(1).unix_time));
    let chat = ChannelConfig::new("chat");
    let asked = sim.with(peers[0], |a, cx| a.act(cx, |rtc, _, _| rtc.create_channel(chat)));
    asked.expect("the first channel");
    sim.run_until(Time::from_secs(5));
    let keys = sim.endpoint(peers[0]).rtc().and_then(|rtc| rtc.key_log()).map(str::to_owned);
    let packets = sim.watcher::<Capture>().expect("it watches").take();
    (packets, keys.expect("the handshake is over"))
}

/// What is seen of each handshake message.
fn handshake(tshark: &Path, capture: &Path, keys: &Path) -> String {
    let output = Command::new(tshark)
        .arg("-o")
        .arg(format!("tls.keylog_file:{}", keys.display()))
        .arg("-r")
        .arg(capture)
        .args(["-Y", "dtls.handshake", "-T", "fields", "-e", "_ws.col.Info"])
        .stdin(Stdio::null())
        .output()
        .expect("tshark runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn wireshark_reads_packets_and_keys() {
    let Some(tshark) = find_program(&["tshark"]) else {
        return skip::note("captures::wireshark_reads_packets_and_keys", &"no tshark");
    };
    let folder = tempfile::tempdir().expect("there is room for files");
    let [capture, keys, none] =
        ["call.pcapng", "call.keys", "no.keys"].map(|n| folder.path().join(n));
    let (packets, secrets) = captured_call();
    std::fs::write(&capture, packets).expect("there is room");
    std::fs::write(&keys, secrets).expect("there is room");
    std::fs::write(&none, "").expect("there is room");
    let closed = handshake(&tshark, &capture, &none);
    assert!(closed.contains("Client Hello") && closed.contains("Encrypted Handshake"), "{closed}");
    let open = handshake(&tshark, &capture, &keys);
    assert!(open.contains("Finished") && !open.contains("Encrypted Handshake"), "{open}");
}
