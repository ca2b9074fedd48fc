//! Nodes of multicast DNS on two links: any bytes, their own messages damaged, names, time. Nothing
//! panics, nothing outgrows its limit, nobody is flooded, and only what was asked for is believed.
#![no_main]

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lapwing_engine::mdns::{LocalName, Mdns};
use lapwing_engine::{Datagram, Protocol};
use libfuzzer_sys::fuzz_target;

use self::script::Script;

#[expect(dead_code, reason = "shared with targets that use more of it")]
mod script;

const STEPS_MAX: usize = 256;

/// Answers to single askers in one second.
const ALONE_MAX: usize = 40;

const LINKS: [(&str, &str); 2] = [("192.0.2.1:5353", "eth0"), ("[2001:db8::1]:5353", "wlan0")];
const SOURCES: [&str; 3] = ["192.0.2.2:5353", "192.0.2.3:5353", "192.0.2.4:1024"];

fuzz_target!(|bytes: &[u8]| {
    let mut script = Script::new(bytes);
    let mut play = Play::new();
    script.play(STEPS_MAX, |script| {
        play.step(script);
        play.look();
    });
});

struct Play {
    node: Mdns,
    now: Instant,
    /// The last that the node sent.
    last: Vec<u8>,
    asked: Vec<LocalName>,
    /// Answers to single askers, by time.
    alone: Vec<Instant>,
}

impl Play {
    fn new() -> Self {
        let now = Instant::now();
        let (last, asked, alone) = (Vec::new(), Vec::new(), Vec::new());
        let mut play = Play { node: Mdns::default(), now, last, asked, alone };
        for (local, interface) in LINKS {
            assert!(play.node.open(address(local), interface, now));
        }
        play
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.byte() % 8 {
            0 => {
                let name = name(script);
                if self.node.ask(&name, self.now) {
                    self.asked.push(name);
                }
            }
            1 => {
                let (_, interface) = LINKS[usize::from(script.byte()) % 2];
                let ip = IpAddr::from([192, 0, 2, script.byte()]);
                self.node.publish(&name(script), ip, interface, self.now);
            }
            2 => self.node.withdraw(&name(script)),
            3 => {
                self.now += Duration::from_millis(u64::from(script.byte()) * 20);
                self.node.timeout(self.now);
            }
            4 => {
                let mut damaged = self.last.clone();
                for _ in 0..script.byte() % 4 {
                    let (place, byte) = (usize::from(script.byte()), script.byte());
                    if let Some(there) = damaged.get_mut(place) {
                        *there = byte;
                    }
                }
                self.give(&damaged, script);
            }
            5 => {
                let (local, interface) = LINKS[usize::from(script.byte()) % 2];
                self.node.close_link(address(local));
                self.node.open(address(local), interface, self.now);
            }
            _ => {
                let len = script.byte();
                let bytes: Vec<u8> = (0..len).map(|_| script.byte()).collect();
                self.give(&bytes, script);
            }
        }
    }

    fn give(&mut self, contents: &[u8], script: &mut Script<'_>) {
        let source = address(SOURCES[usize::from(script.byte()) % 3]);
        let destination = address(LINKS[usize::from(script.byte()) % 2].0);
        let protocol = Protocol::Udp;
        let datagram = Datagram { protocol, source, destination, ecn: None, contents };
        assert!(self.node.receive(&datagram, self.now));
    }

    fn look(&mut self) {
        while let Some(transmit) = self.node.poll_transmit() {
            assert!(transmit.contents.len() <= 1_500, "{}", transmit.contents.len());
            if !transmit.destination.ip().is_multicast() {
                self.alone.push(self.now);
            }
            self.last = transmit.contents;
        }
        let second = Duration::from_secs(1);
        self.alone.retain(|at| *at + second > self.now);
        // Two windows of the budget may touch.
        assert!(self.alone.len() <= 2 * ALONE_MAX, "{} answers", self.alone.len());
        while let Some((name, addresses)) = self.node.poll_found() {
            assert!(self.asked.contains(&name), "{name} was not asked for");
            assert!(addresses.len() <= 4);
        }
        // What was due is done: nobody is woken for nothing.
        assert!(self.node.next_timeout().is_none_or(|at| at > self.now));
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn name(script: &mut Script<'_>) -> LocalName {
    LocalName::from_random([script.byte() % 100; 16])
}
