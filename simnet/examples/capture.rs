//! A simulated call as a packet capture, with its keys:
//!
//! ```text
//! cargo run -p lapwing-simnet --example capture -- call.pcapng
//! cargo run -p lapwing-simnet --example capture -- call.pcapng call.keys 1.2
//! tshark -o tls.keylog_file:call.keys -r call.pcapng -Y dtls
//! ```
//!
//! Without a second word, the keys are in a file beside, of the same name with the ending `.keys`.
//! The last word is the version of DTLS, 1.3 if it is not there. Wireshark 4.0 opens 1.2 only.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config, DtlsVersion};
use lapwing_simnet::capture::Capture;
use lapwing_simnet::{Clock, Inbox, LinkSpec, RtcHost, Sim, Time, connect_peers};

fn main() -> Result<(), Box<dyn Error>> {
    write(std::env::args().skip(1))
}

/// What the command does with its words.
pub(crate) fn write(words: impl IntoIterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let mut words = words.into_iter();
    let path = PathBuf::from(words.next().ok_or("which file for the packets?")?);
    let keys = words.next().map_or_else(|| path.with_extension("keys"), PathBuf::from);
    let version = match words.next().as_deref() {
        Some("1.2") => DtlsVersion::V1_2,
        Some("1.3") | None => DtlsVersion::V1_3,
        Some(other) => return Err(format!("DTLS {other} is not spoken: 1.2 or 1.3").into()),
    };
    let (capture, secrets) = call(version)?;
    std::fs::write(path, capture)?;
    std::fs::write(keys, secrets)?;
    Ok(())
}

/// The packets of a call of ten seconds, and its keys.
fn call(version: DtlsVersion) -> Result<(Vec<u8>, String), Box<dyn Error>> {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let link = LinkSpec::new().delay(Duration::from_millis(10)).loss(0.05);
    let mut peers = Vec::new();
    for (name, ends, seed) in
        [("a", ["192.0.2.1", "2001:db8::1"], 1), ("b", ["192.0.2.2", "2001:db8::2"], 2)]
    {
        let host = sim.host(name);
        let ends = [ends[0].parse()?, ends[1].parse()?];
        sim.connect(host, core, &ends, &link, &link);
        let mut config = Config::seeded(seed);
        config.key_log = true;
        config.dtls = version;
        let peer = RtcHost::new(config, Clock::arbitrary(), Inbox::default());
        peers.push(sim.attach(host, peer));
    }
    connect_peers(&mut sim, peers[0], peers[1], Duration::from_millis(30));
    let interfaces = [(peers[0].id(), "a"), (peers[1].id(), "b")];
    let origin = Config::seeded(1).unix_time;
    sim.watch(Capture::beginning_at(&interfaces, origin).with_drops());
    sim.with(peers[0], |a, cx| {
        a.act(cx, |rtc, _, _| rtc.create_channel(ChannelConfig::new("chat")))
    })?;
    sim.run_until(Time::from_secs(10));
    let capture = sim.watcher::<Capture>().ok_or("it watches")?.take();
    let rtc = sim.endpoint(peers[0]).rtc().ok_or("it is there from the start")?;
    Ok((capture, rtc.key_log().ok_or("no handshake")?.to_owned()))
}
