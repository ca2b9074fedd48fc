//! Input that means harm: no panic, no memory without a limit, the call goes on.

use std::net::SocketAddr;
use std::time::Duration;

use lapwing_engine::sdp::{SdpError, SdpFault};
use lapwing_engine::{
    ChannelConfig, Config, ConnectionState, Datagram, Input, MediaKind, Negotiation,
    NegotiationError, Protocol, Rtc, SdpType, SessionDescription, TransceiverInit,
};
use proptest::prelude::*;

use crate::pair::Pair;

/// Drains without looking.
fn silence(pair: &mut Pair) {
    let now = pair.now;
    pair.a.drain(now);
    pair.b.drain(now);
    pair.a.sent.clear();
    pair.b.sent.clear();
}

fn offer_of(number: u64) -> String {
    let mut pair = Pair::new(Config::seeded(number), Config::seeded(number + 1));
    pair.on_a(|rtc, _| {
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        let mut negotiation: Negotiation<'_> = rtc.negotiation();
        negotiation.add_transceiver(MediaKind::Audio, TransceiverInit::default());
        negotiation.add_transceiver(MediaKind::Video, TransceiverInit::default());
        negotiation.create_offer().expect("something to offer").sdp
    })
}

fn take_offer(rtc: &mut Rtc, sdp: String) -> Result<(), NegotiationError> {
    let offer = SessionDescription { kind: SdpType::Offer, sdp };
    rtc.negotiation().set_remote(&offer).map(|_| ())
}

/// First bytes of every protocol, and anything after.
fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let first =
        prop_oneof![Just(0_u8), Just(1), Just(22), Just(23), Just(70), Just(0x80), any::<u8>()];
    (first, prop::collection::vec(any::<u8>(), 0..1500)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_does_not_disturb_a_call(garbage in prop::collection::vec((datagram(), any::<bool>()), 1..40)) {
        let mut pair = Pair::seeded();
        pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room"));
        pair.negotiate(true);
        pair.connect();
        let known: SocketAddr = "192.0.2.2:5000".parse().expect("an address");
        let stranger: SocketAddr = "203.0.113.9:666".parse().expect("an address");
        let destination = "192.0.2.1:5000".parse().expect("an address");
        for (contents, from_peer) in &garbage {
            let source = if *from_peer { known } else { stranger };
            let datagram =
                Datagram { protocol: Protocol::Udp, source, destination, ecn: None, contents };
            pair.on_a(|rtc, now| rtc.handle_input(Input::Datagram(datagram), now));
        }
        pair.run(Duration::from_secs(4));
        prop_assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected);
        prop_assert_eq!(pair.b.rtc.connection_state(), ConnectionState::Connected);
    }

    #[test]
    fn a_damaged_offer_is_taken_or_refused(
        cut in 0_usize..5000,
        flips in prop::collection::vec((0_usize..5000, any::<u8>()), 0..8),
    ) {
        let mut bytes = offer_of(3).into_bytes();
        for (at, byte) in flips {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(cut.max(1));
        let mut pair = Pair::seeded();
        let _ = take_offer(&mut pair.b.rtc, String::from_utf8_lossy(&bytes).into_owned());
        silence(&mut pair);
    }

    #[test]
    fn lines_in_any_order_are_taken_or_refused(order in prop::collection::vec(0_usize..200, 1..120)) {
        let offer = offer_of(5);
        let lines: Vec<&str> = offer.lines().collect();
        let mixed: String =
            order.iter().map(|index| format!("{}\r\n", lines[index % lines.len()])).collect();
        let mut pair = Pair::seeded();
        let _ = take_offer(&mut pair.b.rtc, mixed);
        silence(&mut pair);
    }

    #[test]
    fn any_text_as_candidate_is_taken_or_refused(text in "\\PC{0,200}") {
        let mut pair = Pair::seeded();
        take_offer(&mut pair.b.rtc, offer_of(7)).expect("a valid offer");
        let candidate = format!("candidate:{text}");
        let _ = pair.b.rtc.negotiation().add_ice_candidate(&candidate);
        silence(&mut pair);
    }
}

#[test]
fn a_description_without_end_is_refused() {
    let mut pair = Pair::seeded();
    let long = "a=x\r\n".repeat(200_000);
    let size = long.len();
    let fault = SdpFault::TooLarge(size);
    let too_large = SdpError { line: 0, attribute: "", fault };
    assert_eq!(take_offer(&mut pair.b.rtc, long), Err(NegotiationError::Text(too_large)));
    let early =
        pair.b.rtc.negotiation().add_ice_candidate("candidate:1 1 udp 1 192.0.2.1 1 typ host");
    assert_eq!(early, Err(NegotiationError::NoRemoteDescription));
}
