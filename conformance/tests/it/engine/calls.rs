//! Calls between one page and one engine.

use std::error::Error;
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Browser, DTLS_1_3, Kind, Options, Pages, stage};
use lapwing_engine::{
    Codec, Config, Direction, Event, MediaKind, NegotiationRole, Rid, SessionDescription,
    TransceiverInit,
};
use serde_json::Value;

use super::loopback::{Loopback, SOON};

pub(super) type Outcome = Result<(), Box<dyn Error>>;

/// Frames that must come back before a call counts as flowing: a second of video.
const FRAMES_MIN: u64 = 30;

pub(super) fn open(kind: Kind) -> Result<(Pages, Browser), Box<dyn Error>> {
    let pages = Pages::serve(&[
        ("/", include_str!("page.html")),
        ("/control.js", include_str!("../browser/control.js")),
    ])?;
    let browser = Browser::launch(kind, &pages.url("/"), &Options::default())?;
    Ok((pages, browser))
}

pub(super) fn config() -> std::io::Result<Config> {
    Ok(lapwing_drivers::config()?.with_role(NegotiationRole::Polite))
}

fn description(value: Value) -> Result<SessionDescription, Box<dyn Error>> {
    Ok(serde_json::from_value(value)?)
}

/// The browser offers, the engine answers.
pub(super) fn answer(peer: &mut Loopback, browser: &mut Browser, offer: &str) -> Outcome {
    answer_altered(peer, browser, offer, |_| {})
}

/// As [`answer`], to an offer that is altered on its way.
pub(super) fn answer_altered(
    peer: &mut Loopback,
    browser: &mut Browser,
    offer: &str,
    alter: impl FnOnce(&mut SessionDescription),
) -> Outcome {
    let mut offer = description(browser.eval_within(offer, SOON)?)?;
    alter(&mut offer);
    let mut negotiation = peer.rtc.negotiation();
    negotiation.set_remote(&offer)?;
    let answer = negotiation.create_answer()?;
    negotiation.set_local(&answer)?;
    let answer = serde_json::to_string(&answer)?;
    browser.eval(&format!("state.pc.setRemoteDescription({answer})"))?;
    trickle(peer, browser)
}

/// Works until the page has decoded enough of what came back.
pub(super) fn flow(peer: &mut Loopback, browser: &mut Browser) -> Result<Value, Box<dyn Error>> {
    let end = Instant::now() + SOON;
    loop {
        peer.run(Duration::from_millis(500))?;
        let stats = browser.eval("stats()")?;
        let enough = |name: &str| stats[name].as_u64().unwrap_or(0) >= FRAMES_MIN;
        if enough("framesDecoded") && enough("audioPackets") {
            return Ok(stats);
        }
        if Instant::now() > end {
            let seen: Vec<String> = peer.events.iter().map(|event| format!("{event:?}")).collect();
            return Err(format!("no flow: {stats}\nthe engine saw {}", seen.join("\n")).into());
        }
    }
}

pub(super) fn echo(peer: &mut Loopback, browser: &mut Browser) -> Outcome {
    browser.eval("void state.channels[0].send('are you there?')")?;
    let end = Instant::now() + SOON;
    while browser.eval("state.echoes.length")? == 0 && Instant::now() < end {
        peer.run(Duration::from_millis(100))?;
    }
    assert_eq!(browser.eval("state.echoes[0]")?, "are you there?");
    Ok(())
}

fn call(kind: Kind, codecs: &[(&str, Codec)]) -> Outcome {
    for (mime, codec) in codecs {
        let (_pages, mut browser) = open(kind)?;
        let mut peer = Loopback::new(config()?)?;
        answer(&mut peer, &mut browser, &format!("offer('{mime}')"))?;
        let stats = flow(&mut peer, &mut browser)?;
        assert_eq!(stats["codec"], *mime);
        let dtls = browser.dtls("state.pc")?;
        assert_eq!(dtls.state, "connected");
        assert!(dtls.version.is_none_or(|version| version == DTLS_1_3));
        let own = peer.rtc.stats();
        assert_eq!(own.transport.tls_version, Some(DTLS_1_3));
        assert!(peer.frames.iter().any(|received| received.frame.codec == *codec));
        echo(&mut peer, &mut browser)?;
    }
    Ok(())
}

#[test]
fn chromium_calls_with_every_codec() {
    stage("engine::chromium_calls_with_every_codec", &[Kind::Chromium], || {
        let codecs = [
            ("video/VP8", Codec::Vp8),
            ("video/AV1", Codec::Av1),
            ("video/VP9", Codec::Vp9),
            ("video/H264", Codec::H264),
        ];
        call(Kind::Chromium, &codecs)
    });
}

#[test]
fn firefox_calls_with_vp8_and_av1() {
    stage("engine::firefox_calls_with_vp8_and_av1", &[Kind::Firefox], || {
        call(Kind::Firefox, &[("video/VP8", Codec::Vp8), ("video/AV1", Codec::Av1)])
    });
}

#[test]
fn the_engine_calls_chromium_and_adds_a_track_later() {
    let test = "engine::the_engine_calls_chromium_and_adds_a_track_later";
    stage(test, &[Kind::Chromium], || {
        let (_pages, mut browser) = open(Kind::Chromium)?;
        let mut peer = Loopback::new(config()?)?;
        for kind in [MediaKind::Audio, MediaKind::Video] {
            peer.rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
        offer(&mut peer, &mut browser)?;
        flow(&mut peer, &mut browser)?;
        let late = TransceiverInit::new(Direction::SendOnly);
        peer.rtc.negotiation().add_transceiver(MediaKind::Video, late);
        offer(&mut peer, &mut browser)?;
        assert_eq!(browser.eval("state.pc.getTransceivers().length")?, 3);
        Ok(())
    });
}

/// The engine offers, the browser answers.
pub(super) fn offer(peer: &mut Loopback, browser: &mut Browser) -> Outcome {
    let mut negotiation = peer.rtc.negotiation();
    let offer = negotiation.create_offer()?;
    negotiation.set_local(&offer)?;
    let order = format!("answer({})", serde_json::to_string(&offer)?);
    let answer = description(browser.eval_within(&order, SOON)?)?;
    peer.rtc.negotiation().set_remote(&answer)?;
    trickle(peer, browser)
}

/// Gives the browser our candidates, which the driver's sockets make.
fn trickle(peer: &mut Loopback, browser: &mut Browser) -> Outcome {
    let found = peer.run_until(|peer| !peer.candidates().is_empty())?;
    assert!(found, "a namespace has addresses");
    for signalled in peer.candidates() {
        let init = serde_json::json!({
            "candidate": signalled.line(),
            "sdpMid": signalled.mid,
            "sdpMLineIndex": signalled.index,
            "usernameFragment": signalled.ufrag,
        });
        browser.eval(&format!("state.pc.addIceCandidate({init})"))?;
    }
    Ok(())
}

#[test]
fn layers_of_simulcast_are_selected() {
    stage("engine::layers_of_simulcast_are_selected", &[Kind::Chromium], || {
        let (_pages, mut browser) = open(Kind::Chromium)?;
        let mut peer = Loopback::new(config()?)?;
        answer(&mut peer, &mut browser, "offer('video/VP8', ['q', 'h', 'f'])")?;
        let added = |peer: &Loopback| {
            peer.events.iter().find_map(|event| match event {
                Event::TrackAdded(track) if track.kind == MediaKind::Video => Some(track.clone()),
                _ => None,
            })
        };
        peer.run_until(|peer| added(peer).is_some())?;
        let track = added(&peer).ok_or("no video track was added")?;
        assert_eq!(track.layers.len(), 3, "{track:?}");
        for name in ["q", "h"] {
            let rid = Rid::new(name);
            peer.rtc.media(track.mid).ok_or("not negotiated")?.select_layer(rid);
            let flows = |peer: &Loopback| {
                let tail = peer.frames.iter().rev().filter(|frame| frame.mid == track.mid);
                tail.take(10).filter(|frame| frame.rid == rid).count() == 10
            };
            assert!(peer.run_until(flows)?, "layer {name} flows alone");
        }
        Ok(())
    });
}
