//! One browser and native peers.

use lapwing_conformance::browser::{DTLS_1_3, Kind, stage};
use serde_json::{Value, json};

use super::program::{Outcome, Program, SOON, assert_tracks, await_tracks, page};

/// Two native peers, of which each sends another codec, and a browser that sends `codec`.
fn call(kind: Kind, codec: &str) -> Outcome {
    let (_server, room) = Program::server()?;
    let mut peers = Vec::new();
    for (name, codec) in [("ada", "av1"), ("bob", "vp8")] {
        let mut peer = Program::start(["call", &room, "--name", name, "--codec", codec, "--json"])?;
        peer.await_event("connected", SOON)?;
        peers.push(peer);
    }
    let mut browser = page(kind, &room, "guest", Some(codec))?;
    await_tracks(&mut browser, 2)?;
    let codecs = browser.eval(
        "lapwing.stats().then((all) => {
          const entries = Object.values(all).flat();
          const used = entries.filter((entry) => entry.type === 'inbound-rtp')
            .map((entry) => entries.find((other) => other.id === entry.codecId)?.mimeType);
          return used.sort().join(' ');
        })",
    )?;
    // Where the machine is too busy for AV1, VP8 is sent instead, and that is told.
    let busy = codecs == "audio/opus audio/opus video/VP8 video/VP8";
    if !(busy && peers[0].has_warned("AV1 is too slow")) {
        assert_eq!(codecs, "audio/opus audio/opus video/AV1 video/VP8");
    }
    let dtls = browser.dtls("lapwing.connections()[0]")?;
    assert_eq!(dtls.state, "connected");
    // Where the browser does not tell, the native peers' reports below do.
    assert!(dtls.version.is_none_or(|version| version == DTLS_1_3));
    let echo = browser.eval("lapwing.echo()")?;
    // Nothing came back would be null. Firefox's clock is rounded to a millisecond, and loopback
    // may take less.
    assert!(echo.as_f64().is_some_and(|ms| ms >= 0.0), "an echo in {echo} ms");
    for peer in &mut peers {
        peer.await_tracks(2)?;
        let report = peer.report()?;
        assert_tracks(&report, 2)?;
        assert_eq!(report["connection"]["dtlsVersion"], "1.3");
        assert!(report["dataChannels"]["echoMs"].as_f64().is_some(), "{report:#}");
    }
    Ok(())
}

#[test]
fn chromium_and_native_peers_see_each_other() {
    stage("rooms::chromium_and_native_peers_see_each_other", &[Kind::Chromium], || {
        call(Kind::Chromium, "vp8")
    });
}

#[test]
fn chromium_sends_av1_to_native_peers() {
    stage("rooms::chromium_sends_av1_to_native_peers", &[Kind::Chromium], || {
        call(Kind::Chromium, "av1")
    });
}

#[test]
fn firefox_and_native_peers_see_each_other() {
    stage("rooms::firefox_and_native_peers_see_each_other", &[Kind::Firefox], || {
        call(Kind::Firefox, "vp8")
    });
}

#[test]
fn firefox_sends_av1_to_native_peers() {
    stage("rooms::firefox_sends_av1_to_native_peers", &[Kind::Firefox], || {
        call(Kind::Firefox, "av1")
    });
}

/// A native peer sends three temporal layers, of which the server tells; a page that comes later
/// brings a keyframe.
fn layers(kind: Kind, codec: &str) -> Outcome {
    let (_server, room) = Program::server()?;
    let sent =
        ["call", &room, "--name", "ada", "--codec", codec, "--temporal-layers", "3", "--json"];
    let mut peer = Program::start(sent)?;
    peer.await_event("connected", SOON)?;
    let mut pages = Vec::new();
    for name in ["carol", "dan"] {
        pages.push(page(kind, &room, name, Some("vp8"))?);
    }
    for page in &mut pages {
        await_tracks(page, 2)?;
    }
    // All that comes is decoded for another two seconds or more.
    let figures = format!(
        "lapwing.stats().then((all) => {{
          const entries = Object.values(all).flat();
          const name = (entry) => entries.find((other) => other.id === entry.codecId)?.mimeType;
          const track = entries.filter((entry) => entry.type === 'inbound-rtp')
            .find((entry) => entry.kind === 'video' && name(entry) === 'video/{}');
          return [track.framesDecoded, track.pliCount ?? 0];
        }})",
        codec.to_uppercase()
    );
    for page in &mut pages {
        let before = page.eval(&figures)?;
        let so_far = before[0].as_u64().ok_or("a number")?;
        page.wait_for(&format!("{figures}.then(([count]) => count >= {})", so_far + 60), SOON)?;
        let after = page.eval(&figures)?;
        assert_eq!(after[1], before[1], "no key frame is missed: {before} and {after}");
    }
    Ok(())
}

#[test]
fn chromium_sees_temporal_layers() {
    stage("rooms::chromium_sees_temporal_layers", &[Kind::Chromium], || {
        ["vp8", "vp9"].into_iter().try_for_each(|codec| layers(Kind::Chromium, codec))
    });
}

#[test]
fn firefox_sees_temporal_layers() {
    stage("rooms::firefox_sees_temporal_layers", &[Kind::Firefox], || {
        ["vp8", "vp9"].into_iter().try_for_each(|codec| layers(Kind::Firefox, codec))
    });
}

/// A native peer sends three sizes in one stream, of which a page decodes the largest, behind a
/// server that takes them apart.
fn sizes(kind: Kind) -> Outcome {
    let (_server, room) = Program::server()?;
    let sent = [
        "call",
        &room,
        "--name",
        "ada",
        "--codec",
        "vp9",
        "--size",
        "960x540",
        "--spatial-layers",
        "3",
        "--temporal-layers",
        "3",
        "--max-bitrate",
        "2500",
        "--json",
    ];
    let mut peer = Program::start(sent)?;
    peer.await_event("connected", SOON)?;
    let mut page = page(kind, &room, "carol", Some("vp8"))?;
    await_tracks(&mut page, 1)?;
    let figures = "lapwing.stats().then((all) => {
      const entries = Object.values(all).flat();
      const name = (entry) => entries.find((other) => other.id === entry.codecId)?.mimeType;
      const track = entries.filter((entry) => entry.type === 'inbound-rtp')
        .find((entry) => entry.kind === 'video' && name(entry) === 'video/VP9');
      return [track.framesDecoded, track.pliCount ?? 0, track.frameWidth, track.frameHeight];
    })";
    // The network is found to carry all of it first.
    page.wait_for(&format!("{figures}.then((all) => all[2] === 960 && all[3] === 540)"), SOON)?;
    let before = page.eval(figures)?;
    let so_far = before[0].as_u64().ok_or("a number")?;
    page.wait_for(&format!("{figures}.then(([count]) => count >= {})", so_far + 60), SOON)?;
    let after = page.eval(figures)?;
    assert_eq!(after[1], before[1], "no key frame is missed: {before} and {after}");
    Ok(())
}

/// A page sends two sizes in one stream, which the server takes apart and a native peer decodes: of
/// its camera there are no three.
fn sizes_of_a_page(mode: &str) -> Outcome {
    let (_server, room) = Program::server()?;
    let mut peer = Program::start(["call", &room, "--name", "ada", "--video", "none", "--json"])?;
    peer.await_event("connected", SOON)?;
    let mut page = page(Kind::Chromium, &room, "carol", Some(&format!("vp9&scalability={mode}")))?;
    peer.await_tracks(1)?;
    let sent = page.eval(
        "lapwing.stats().then((all) => {
          const entries = Object.values(all).flat();
          const is = (entry) => entry.type === 'outbound-rtp' && entry.kind === 'video';
          return entries.find(is).scalabilityMode;
        })",
    )?;
    assert_eq!(sent.as_str(), Some(&*mode.replace('3', "2").replacen("T2", "T3", 1)));
    // Many pictures more.
    peer.await_tracks(1)?;
    let report = peer.report()?;
    let tracks = report["tracks"].as_array().ok_or("a list of tracks")?;
    let is_camera = |track: &&Value| track["source"] == "camera" && track["codec"] == "VP9";
    let camera = tracks.iter().find(is_camera).ok_or("a camera")?;
    assert_eq!((&camera["frameWidth"], &camera["frameHeight"]), (&json!(640), &json!(360)));
    assert_eq!((&camera["framesDropped"], &camera["pliCount"]), (&json!(0), &json!(0)), "{camera}");
    assert!(camera["framesDecoded"].as_u64() >= Some(60), "{camera}");
    Ok(())
}

#[test]
fn chromium_sends_spatial_layers() {
    stage("rooms::chromium_sends_spatial_layers", &[Kind::Chromium], || {
        ["L3T3_KEY", "L3T3"].into_iter().try_for_each(sizes_of_a_page)
    });
}

#[test]
fn chromium_sees_spatial_layers() {
    stage("rooms::chromium_sees_spatial_layers", &[Kind::Chromium], || sizes(Kind::Chromium));
}

#[test]
fn firefox_sees_spatial_layers() {
    stage("rooms::firefox_sees_spatial_layers", &[Kind::Firefox], || sizes(Kind::Firefox));
}
