//! Pages whose certificate has an RSA key.

use std::error::Error;
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Browser, Kind, Pages, stage};
use lapwing_engine::{
    CloseReason, Config, DtlsAlert, DtlsFault, DtlsVersion, Event, MediaKind, TransceiverInit,
};

use super::calls::{Outcome, answer, answer_altered, config, echo, flow, offer, open};
use super::loopback::Loopback;

/// DTLS 1.2 as `RTCTransportStats.tlsVersion` writes it.
const DTLS_1_2: &str = "FEFD";

/// A page with such a certificate.
fn page(kind: Kind) -> Result<(Pages, Browser), Box<dyn Error>> {
    let (pages, mut browser) = open(kind)?;
    browser.eval_within("useRsa()", Duration::from_secs(20))?;
    Ok((pages, browser))
}

fn speaking(dtls: DtlsVersion) -> std::io::Result<Loopback> {
    Loopback::new(Config { dtls, ..config()? })
}

/// Which side is the client in DTLS, and which offers.
#[derive(Clone, Copy, Debug)]
enum Part {
    PageOffers,
    PageOffersAndWaits,
    PageAnswers,
}

/// With DTLS 1.2 alone, in each part: media comes back, and so does a message.
fn calls(kind: Kind) -> Outcome {
    for part in [Part::PageOffers, Part::PageOffersAndWaits, Part::PageAnswers] {
        let (_pages, mut browser) = page(kind)?;
        let mut peer = speaking(DtlsVersion::V1_2)?;
        let invite = "offer('video/VP8')";
        match part {
            Part::PageOffers => answer(&mut peer, &mut browser, invite)?,
            // As its offer says so, we are the client.
            Part::PageOffersAndWaits => answer_altered(&mut peer, &mut browser, invite, |offer| {
                offer.sdp = offer.sdp.replace("a=setup:actpass", "a=setup:passive");
            })?,
            Part::PageAnswers => {
                for kind in [MediaKind::Audio, MediaKind::Video] {
                    peer.rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
                }
                offer(&mut peer, &mut browser)?;
            }
        }
        flow(&mut peer, &mut browser).map_err(|error| format!("{part:?}: {error}"))?;
        assert_eq!(peer.rtc.stats().transport.tls_version, Some(DTLS_1_2), "{part:?}");
        if !matches!(part, Part::PageAnswers) {
            echo(&mut peer, &mut browser)?;
        }
    }
    Ok(())
}

#[test]
fn chromium_with_an_rsa_certificate_calls_in_every_part() {
    let test = "engine::chromium_with_an_rsa_certificate_calls_in_every_part";
    stage(test, &[Kind::Chromium], || calls(Kind::Chromium));
}

#[test]
fn firefox_with_an_rsa_certificate_calls_in_every_part() {
    let test = "engine::firefox_with_an_rsa_certificate_calls_in_every_part";
    stage(test, &[Kind::Firefox], || calls(Kind::Firefox));
}

/// With DTLS 1.3, where such a certificate cannot be checked, both sides know at once.
#[test]
fn chromium_with_an_rsa_certificate_ends_dtls_1_3_at_once() {
    let test = "engine::chromium_with_an_rsa_certificate_ends_dtls_1_3_at_once";
    stage(test, &[Kind::Chromium], || {
        let (_pages, mut browser) = page(Kind::Chromium)?;
        let mut peer = speaking(DtlsVersion::Auto)?;
        answer(&mut peer, &mut browser, "offer('video/VP8')")?;
        let end = Instant::now() + Duration::from_secs(20);
        let reason = loop {
            peer.run(Duration::from_millis(100))?;
            let closed = peer.events.iter().find_map(|event| match event {
                Event::Closed(reason) => Some(reason.clone()),
                _ => None,
            });
            if closed.is_some() || Instant::now() > end {
                break closed;
            }
        };
        // handshake_failure (RFC 8446 section 6.2): it has no signature of the kinds that we know.
        let alert = CloseReason::Dtls(DtlsFault::Alert(DtlsAlert(40)));
        assert_eq!(reason, Some(alert));
        Ok(())
    });
}
