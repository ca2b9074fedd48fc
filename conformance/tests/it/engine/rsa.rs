//! Pages whose certificate has an RSA key.

use std::error::Error;
use std::time::Duration;

use lapwing_conformance::browser::{Browser, DTLS_1_3, Kind, Pages, stage};
use lapwing_engine::{Config, DtlsVersion, MediaKind, TransceiverInit};

use super::calls::{Outcome, answer, answer_altered, config, echo, flow, offer, open};
use super::loopback::Loopback;

/// What we allow, and what then is spoken, as `RTCTransportStats.tlsVersion` writes it.
const VERSIONS: [(DtlsVersion, &str); 2] =
    [(DtlsVersion::Auto, DTLS_1_3), (DtlsVersion::V1_2, "FEFD")];

/// A page with such a certificate.
fn page(kind: Kind) -> Result<(Pages, Browser), Box<dyn Error>> {
    let (pages, mut browser) = open(kind)?;
    browser.eval_within("useRsa()", Duration::from_secs(20))?;
    Ok((pages, browser))
}

fn speaking(dtls: DtlsVersion) -> std::io::Result<Loopback> {
    Loopback::new(Config { dtls, ..config()? })
}

/// What the page does: it is the client in DTLS only as it answers or waits.
#[derive(Clone, Copy, Debug)]
enum Part {
    Offers,
    OffersAndWaits,
    Answers,
}

/// In each version and part: media comes back, and so does a message.
fn calls(kind: Kind) -> Outcome {
    let parts = [Part::Offers, Part::OffersAndWaits, Part::Answers];
    for ((allowed, spoken), part) in
        VERSIONS.iter().flat_map(|case| parts.map(|part| (*case, part)))
    {
        let (_pages, mut browser) = page(kind)?;
        let mut peer = speaking(allowed)?;
        let invite = "offer('video/VP8')";
        match part {
            Part::Offers => answer(&mut peer, &mut browser, invite)?,
            // As its offer says so, we are the client.
            Part::OffersAndWaits => answer_altered(&mut peer, &mut browser, invite, |offer| {
                offer.sdp = offer.sdp.replace("a=setup:actpass", "a=setup:passive");
            })?,
            Part::Answers => {
                for kind in [MediaKind::Audio, MediaKind::Video] {
                    peer.rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
                }
                offer(&mut peer, &mut browser)?;
            }
        }
        flow(&mut peer, &mut browser).map_err(|error| format!("{allowed:?}, {part:?}: {error}"))?;
        assert_eq!(peer.rtc.stats().transport.tls_version, Some(spoken), "{part:?}");
        if !matches!(part, Part::Answers) {
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
