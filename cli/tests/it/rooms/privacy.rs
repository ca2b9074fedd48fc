//! What the person did not allow does not happen: devices, mute, names that deceive.

use lapwing_conformance::browser::{Browser, Kind, Options, stage};
use serde_json::json;

use super::program::{Outcome, Program, SOON, page};
use super::scripted::Scripted;

/// Notes of every new sound track whether it was audible when connections were told of it.
const WATCH_TRACKS: &str = "(() => {
  window.audible = [];
  lapwing.media.addEventListener('track', ({ detail: { track } }) => {
    if (track?.kind === 'audio') audible.push(track.enabled);
  });
})()";

fn change(field: &str, set: &str) -> String {
    format!(
        "(() => {{ const field = document.querySelector('#devices').elements.{field};
          {set};
          field.dispatchEvent(new Event('change')); }})()"
    )
}

fn mute_outlives_the_track(kind: Kind) -> Outcome {
    let (_server, room) = Program::server()?;
    let mut page = page(kind, &room, "carol", None)?;
    page.wait_for("lapwing.media.state().microphone", SOON)?;
    page.eval(WATCH_TRACKS)?;
    page.eval("document.querySelector('[data-act=microphone]').click()")?;
    assert_eq!(page.eval("lapwing.media.state().microphone")?, false);
    let changes = [
        change("echoCancellation", "field.checked = !field.checked"),
        change("microphone", "field.value = field.options[field.options.length - 1].value"),
    ];
    for (done, change) in changes.iter().enumerate() {
        page.eval(change)?;
        page.wait_for(&format!("audible.length === {}", done + 1), SOON)?;
    }
    assert_eq!(page.eval("audible")?, json!([false, false]));
    assert_eq!(page.eval("lapwing.media.state().microphone")?, false);
    page.eval("document.querySelector('[data-act=microphone]').click()")?;
    page.wait_for("lapwing.media.state().microphone", SOON)?;
    Ok(())
}

#[test]
fn a_muted_microphone_stays_muted_in_chromium_when_its_device_changes() {
    let test = "rooms::a_muted_microphone_stays_muted_in_chromium_when_its_device_changes";
    stage(test, &[Kind::Chromium], || mute_outlives_the_track(Kind::Chromium));
}

#[test]
fn a_muted_microphone_stays_muted_in_firefox_when_its_device_changes() {
    let test = "rooms::a_muted_microphone_stays_muted_in_firefox_when_its_device_changes";
    stage(test, &[Kind::Firefox], || mute_outlives_the_track(Kind::Firefox));
}

fn lobby(query: &str) -> Outcome<(Program, Browser)> {
    let (server, room) = Program::server()?;
    let url = format!("{room}?{query}");
    let mut page = Browser::launch(Kind::Chromium, &url, &Options::default())?;
    page.wait_for("lapwing.state().view === 'lobby'", SOON)?;
    Ok((server, page))
}

#[test]
fn a_camera_switched_off_while_it_opens_stays_off() {
    let test = "rooms::a_camera_switched_off_while_it_opens_stays_off";
    stage(test, &[Kind::Chromium], || {
        let (_server, mut page) = lobby("")?;
        page.eval(
            "(() => {
              const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
              navigator.mediaDevices.getUserMedia = async (constraints) => {
                window.late = await open(constraints);
                await new Promise((go) => { window.go = go; });
                return late;
              };
              window.opening = lapwing.setCamera(true);
            })()",
        )?;
        page.wait_for("window.go", SOON)?;
        page.eval("lapwing.setCamera(false)")?;
        page.eval("(go(), opening)")?;
        assert_eq!(page.eval("lapwing.media.state().camera")?, false);
        assert_eq!(
            page.eval("late.getTracks().map(({ readyState }) => readyState)")?,
            json!(["ended"])
        );
        Ok(())
    });
}

#[test]
fn the_lobby_shows_what_will_be_seen_and_closes_what_is_switched_off() {
    let test = "rooms::the_lobby_shows_what_will_be_seen_and_closes_what_is_switched_off";
    stage(test, &[Kind::Chromium], || {
        let (_server, mut page) = lobby("")?;
        let click = |source: &str| {
            format!("document.querySelector('#join [data-device={source}]').click()")
        };
        for source in ["camera", "microphone"] {
            page.eval(&click(source))?;
            page.wait_for(&format!("lapwing.media.state().{source}"), SOON)?;
        }
        page.wait_for("document.querySelector('.preview video').videoWidth > 0", SOON)?;
        let how = "document.querySelector('#join-how').textContent";
        assert_eq!(page.eval(how)?, "You join with your microphone and camera on.");
        page.eval("window.opened = [...lapwing.media.tracks.values()].map(({ track }) => track)")?;
        for source in ["camera", "microphone"] {
            page.eval(&click(source))?;
        }
        page.wait_for("opened.every(({ readyState }) => readyState === 'ended')", SOON)?;
        assert_eq!(page.eval("document.querySelector('.preview video').srcObject")?, json!(null));
        Ok(())
    });
}

#[test]
fn a_link_opens_no_device_and_joins_nothing() {
    let test = "rooms::a_link_opens_no_device_and_joins_nothing";
    stage(test, &[Kind::Chromium], || {
        let (_server, mut page) = lobby("autojoin=1&name=eve&media=camera&accept=1")?;
        // Devices are given in order: what the page asked for itself would be there by now.
        page.eval_within(
            "navigator.mediaDevices.getUserMedia({ audio: true, video: true }).then(() => 0)",
            SOON,
        )?;
        assert_eq!(page.eval("lapwing.media.tracks.size")?, 0);
        assert_eq!(page.eval("lapwing.state().view")?, "lobby");
        assert_eq!(page.eval("lapwing.state().signalling ?? null")?, json!(null));
        assert_eq!(page.eval("document.querySelector('#join').elements.name.value")?, "eve");
        Ok(())
    });
}

#[test]
fn the_chosen_microphone_is_used_or_the_page_says_that_it_is_not() {
    let test = "rooms::the_chosen_microphone_is_used_or_the_page_says_that_it_is_not";
    stage(test, &[Kind::Chromium], || {
        let (_server, mut page) = lobby("")?;
        page.eval_within("lapwing.setMicrophone(true)", SOON)?;
        page.wait_for(
            "document.querySelector('#devices').elements.microphone.options.length >= 3",
            SOON,
        )?;
        let used = "lapwing.media.tracks.get('microphone')?.track.getSettings().deviceId";
        for index in [2, 1] {
            let pick = format!("field.value = window.wanted = field.options[{index}].value");
            page.eval(&change("microphone", &pick))?;
            page.wait_for(&format!("{used} === wanted"), SOON)?;
        }
        let gone = "field.append(new Option('unplugged', 'gone')); field.value = 'gone'";
        page.eval(&change("microphone", gone))?;
        page.wait_for("/chosen microphone is not there/i.test(document.body.innerText)", SOON)?;
        page.wait_for(&format!("{used} && lapwing.media.state().microphone"), SOON)?;
        Ok(())
    });
}

#[test]
fn names_cannot_reorder_or_hide_what_stands_beside_them() {
    let test = "rooms::names_cannot_reorder_or_hide_what_stands_beside_them";
    stage(test, &[Kind::Chromium], || {
        let name = "Bob\u{202e}gpj\u{200b}\u{2066}\u{7}\u{feff}";
        let mut server = Scripted::joined(&json!([{ "id": "b", "name": name }]))?;
        let blank = json!({ "id": "c", "name": "\u{200b}\u{3164}" });
        server.say(&json!({ "type": "participant-joined", "participant": blank }))?;
        let names = "lapwing.state().participants.map(({ name }) => name)";
        assert_eq!(server.page.eval(names)?, json!(["Bobgpj", "somebody"]));
        let shown = server.page.eval("document.documentElement.outerHTML")?;
        let shown = shown.as_str().ok_or("a text")?;
        for hidden in ['\u{202e}', '\u{200b}', '\u{2066}', '\u{7}', '\u{feff}'] {
            assert!(!shown.contains(hidden), "{hidden:?} is on the page");
        }
        let tiles = "[...document.querySelectorAll('.tile bdi')].map((name) => name.textContent)";
        assert_eq!(server.page.eval(tiles)?, json!(["carol", "Bobgpj", "somebody"]));
        Ok(())
    });
}
