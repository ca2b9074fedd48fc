//! Whoever knows the credentials can have us send to an address that is not his: no more than three
//! times what seems to come from there.

use std::net::SocketAddr;
use std::time::Duration;

use lapwing_engine::{Config, Datagram, DtlsVersion, Input, PacketKind};

use super::{introduced, own};

/// Bytes that seemed to come from the victim, and that went there, when the checks of `a` reach `b`
/// from an address that answers nothing.
fn reflected(config: Config, greets: bool) -> (usize, usize) {
    let victim: SocketAddr = "203.0.113.9:666".parse().expect("an address");
    let sped = config.sped;
    let mut pair = introduced(Config { sped, ..own(1) }, config);
    // No candidates: where the peer is, its checks show.
    pair.exchange(true);
    let from_b = pair.b.take(|event| match event {
        lapwing_engine::Event::IceCandidate(candidate) => Some(candidate.clone()),
        _ => None,
    });
    for candidate in from_b {
        pair.a.rtc.negotiation().add_candidate(&candidate).expect("a valid candidate");
    }
    let (mut came, mut went) = (0, 0);
    let hello = [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40][..], &[1; 40]].concat();
    let end = pair.now + Duration::from_secs(40);
    while pair.now < end {
        let now = pair.now;
        pair.a.drain(now);
        let mut sent = std::mem::take(&mut pair.a.sent);
        if greets {
            let like = sent.first().cloned();
            sent.extend(
                like.map(|like| lapwing_engine::Transmit { contents: hello.clone(), ..like }),
            );
        }
        for transmit in sent {
            let kind = PacketKind::of(&transmit.contents);
            assert!(matches!(kind, Some(PacketKind::Stun | PacketKind::Dtls)), "{kind:?}");
            came += transmit.contents.len();
            let datagram = Datagram { source: victim, ..transmit.as_datagram() };
            pair.b.rtc.handle_input(Input::Datagram(datagram), now);
            pair.b.drain(now);
        }
        for transmit in std::mem::take(&mut pair.b.sent) {
            assert_eq!(transmit.destination, victim);
            went += transmit.contents.len();
        }
        pair.now = pair.a.wake.min(pair.b.wake).max(now + Duration::from_millis(1));
        let now = pair.now;
        for peer in [&mut pair.a, &mut pair.b] {
            if peer.wake <= now {
                peer.rtc.handle_input(Input::Timeout, now);
                peer.drain(now);
            }
        }
    }
    (came, went)
}

#[test]
fn an_address_that_answers_nothing_gets_little() {
    for dtls in [DtlsVersion::V1_2, DtlsVersion::V1_3] {
        for (lite, sped) in [(false, false), (false, true), (true, false)] {
            for greets in [false, true] {
                let config = Config { dtls, ice_lite: lite, sped, ..own(2) };
                let (came, went) = reflected(config, greets);
                let times = went as f64 / came as f64;
                println!("{dtls:?} lite {lite} sped {sped} greets {greets}: {times:.2} times");
                assert!(came > 500, "{came}");
                assert!(times <= 3.0, "{times:.2} times: {went} of {came}");
            }
        }
    }
}
