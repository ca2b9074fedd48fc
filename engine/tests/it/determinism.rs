//! The same seeds and inputs give the same datagrams, in other processes too.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config, MediaKind, Reliability, SessionKind, TransceiverInit};
use lapwing_system as system;

use crate::media::{mid_of, opus, vp8};
use crate::pair::{Pair, Sent};

/// Set in the processes that print a trace.
const CHILD: &str = "LAPWING_PRINT_TRACE";

/// A call with everything: media both ways, channels of all kinds, losses, an ICE restart.
fn eventful_call(session: SessionKind) -> Pair {
    let config = |number| Config { session, ..Config::seeded(number) };
    let mut pair = Pair::new(config(1), config(2));
    let mut once = ChannelConfig::new("once");
    once.reliability = Reliability::MaxRetransmits { count: 0 };
    let ids = [ChannelConfig::new("sure"), once, ChannelConfig::new("more")]
        .map(|config| pair.on_a(|rtc, _| rtc.create_channel(config).expect("room for three")));
    pair.on_a(|rtc, _| {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
    });
    pair.lose_every = Some(11);
    pair.negotiate(true);
    pair.connect();
    for number in 0..240_u8 {
        if number == 120 {
            pair.on_a(|rtc, _| rtc.negotiation().restart_ice());
            pair.negotiate(true);
        }
        let video = vp8(number, number % 60 == 0, 1500 + 40 * usize::from(number % 50));
        pair.on_a(|rtc, now| {
            let mid = mid_of(rtc, MediaKind::Video);
            rtc.media(mid).expect("negotiated").write(&video, now).expect("taken");
        });
        pair.on_b(|rtc, now| {
            let mid = mid_of(rtc, MediaKind::Audio);
            rtc.media(mid).expect("negotiated").write(&opus(number), now).expect("taken");
        });
        for id in ids {
            pair.on_a(|rtc, _| {
                let mut channel = rtc.channel(id).expect("not closed");
                // Channels open some time after the connection; what is early is refused.
                let _ = channel.write_binary(&[number; 700]);
            });
        }
        pair.run(Duration::from_millis(33));
    }
    pair.on_a(|rtc, now| rtc.close(now));
    pair.run(Duration::from_secs(2));
    pair
}

fn trace(session: SessionKind) -> String {
    let mut text = String::new();
    for sent in eventful_call(session).trace {
        let (from, to) = sent.path;
        let Sent { at, kind, size, digest, .. } = sent;
        writeln!(text, "TRACE {at:?} {from} {to} {kind:?} {size} {digest:016x}")
            .expect("a string takes everything");
    }
    text
}

#[test]
fn the_same_seed_gives_the_same_trace_in_other_processes() {
    match std::env::var_os(CHILD) {
        // Nothing of the system is replaced.
        Some(session) if session == "own" => println!("{}", trace(SessionKind::Own)),
        Some(_) => {
            system::replace();
            println!("{}", system::on_fresh_thread(|| trace(SessionKind::Str0m)));
        }
        None => ["own", "str0m"].into_iter().for_each(repeats),
    }
}

fn repeats(session: &str) {
    let run = || {
        let test = "determinism::the_same_seed_gives_the_same_trace_in_other_processes";
        let output = Command::new(std::env::current_exe().expect("a test has a binary"))
            .args([test, "--exact", "--nocapture"])
            .env(CHILD, session)
            .output()
            .expect("the test binary starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().filter(|line| line.starts_with("TRACE")).map(str::to_owned).collect()
    };
    let (one, two): (Vec<String>, Vec<String>) = (run(), run());
    assert!(one.len() > 1000, "{session}: {} datagrams", one.len());
    for (index, (left, right)) in one.iter().zip(&two).enumerate() {
        assert_eq!(left, right, "{session}: datagram {index} differs");
    }
    assert_eq!(one.len(), two.len());
}
