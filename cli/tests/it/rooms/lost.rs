//! Connections that are lost, or never come: the page says so.

use lapwing_conformance::browser::{Browser, Kind, Options, stage};
use serde_json::json;

use super::program::{Outcome, Program, SOON, await_tracks, join};
use super::scripted::Scripted;

/// Tiles that say that their connection is lost.
const LOST: &str = "document.querySelectorAll('.tile.is-lost').length";

#[test]
fn a_killed_browser_is_no_frozen_picture() {
    let test = "rooms::a_killed_browser_is_no_frozen_picture";
    stage(test, &[Kind::Chromium], || {
        let (_server, room) = Program::server()?;
        let mut pages = Vec::new();
        for name in ["carol", "dan"] {
            let url = format!("{room}?mode=direct");
            let mut page = Browser::launch(Kind::Chromium, &url, &Options::default())?;
            join(&mut page, name)?;
            pages.push(page);
        }
        for page in &mut pages {
            await_tracks(page, 1)?;
            assert_eq!(page.eval(LOST)?, 0);
        }
        drop(pages.pop());
        let said = format!("{LOST} === 1 && /connection lost/i.test(document.body.innerText)");
        pages[0].wait_for(&said, SOON)?;
        Ok(())
    });
}

#[test]
fn what_the_server_says_of_others_connections_is_shown() {
    let test = "rooms::what_the_server_says_of_others_connections_is_shown";
    stage(test, &[Kind::Chromium], || {
        let mut server = Scripted::lobby()?;
        join(&mut server.page, "carol")?;
        server.await_sent("join")?;
        server.say(&json!({
            "type": "welcome", "version": 1, "id": "me", "room": "test", "mode": "forward",
            "participants": [{ "id": "b", "name": "Bob" }], "polite": true, "resumed": false,
            "resume": "token", "iceServers": [], "limits": {},
        }))?;
        for (present, lost) in [(false, 1), (true, 0)] {
            server
                .say(&json!({ "type": "participant-presence", "id": "b", "present": present }))?;
            assert_eq!(server.page.eval(LOST)?, lost);
        }
        Ok(())
    });
}

/// A browser that may use relays only, and has none: to the page it is a network without UDP.
const NO_PATH: &str = "(() => {
  const Plain = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Plain {
    constructor(options) { super({ ...options, iceTransportPolicy: 'relay' }); }
  };
})()";

fn says_what_to_do_without_a_path(mode: &str, names: &[&str]) -> Outcome {
    let (_server, room) = Program::server()?;
    let mut pages = Vec::new();
    for name in names {
        let url = format!("{room}?mode={mode}&media=none");
        let mut page = Browser::launch(Kind::Chromium, &url, &Options::default())?;
        page.eval(NO_PATH)?;
        join(&mut page, name)?;
        pages.push(page);
    }
    let told = "/no way to .* was found/i.test(document.querySelector('#toasts').innerText)
        && /UDP/.test(document.querySelector('#toasts').innerText)";
    for page in &mut pages {
        page.wait_for(told, SOON)?;
        page.eval(
            "lapwing.connections().forEach((pc) =>
              pc.setConfiguration({ ...pc.getConfiguration(), iceTransportPolicy: 'all' }))",
        )?;
    }
    for page in &mut pages {
        page.eval("document.querySelector('#toasts .primary').click()")?;
    }
    for page in &mut pages {
        let connected =
            "lapwing.state().peers.every(({ connection }) => connection === 'connected')";
        page.wait_for(connected, SOON)?;
        page.wait_for(&format!("!({told})"), SOON)?;
    }
    Ok(())
}

#[test]
fn a_network_without_udp_is_said_in_words_in_forward_rooms() {
    let test = "rooms::a_network_without_udp_is_said_in_words_in_forward_rooms";
    stage(test, &[Kind::Chromium], || says_what_to_do_without_a_path("forward", &["carol"]));
}

#[test]
fn a_network_without_udp_is_said_in_words_in_direct_rooms() {
    let test = "rooms::a_network_without_udp_is_said_in_words_in_direct_rooms";
    stage(test, &[Kind::Chromium], || says_what_to_do_without_a_path("direct", &["carol", "dan"]));
}
