//! A room with nobody else in it: nothing is sent, nothing is said to the wall.

use lapwing_conformance::browser::{Browser, Kind, stage};

use super::program::{Outcome, Program, SOON, await_tracks, page};

/// What control traffic and data channels keep for themselves, per second.
const NEAR_ZERO: &str = "lapwing.samples.length >= 3 && lapwing.samples.slice(-3).every(
    ({ audioOutBps, videoOutBps }) => audioOutBps + videoOutBps < 10_000)";

fn sends_only_to_somebody(kind: Kind) -> Outcome {
    let (_server, room) = Program::server()?;
    let mut first = page(kind, &room, "carol", None)?;
    first.wait_for("lapwing.media.state().camera && lapwing.media.state().microphone", SOON)?;
    await_silence(&mut first)?;
    nobody_to_talk_to(&mut first)?;

    let mut second = page(kind, &room, "dan", None)?;
    for page in [&mut first, &mut second] {
        await_tracks(page, 1)?;
    }
    first.eval("lapwing.samples.length = 0")?;
    second.eval("lapwing.leave()")?;
    first.wait_for("lapwing.state().participants.length === 0", SOON)?;
    await_silence(&mut first)
}

fn await_silence(page: &mut Browser) -> Outcome {
    if let Err(error) = page.wait_for(NEAR_ZERO, SOON) {
        let last = page.eval("lapwing.samples.at(-1)")?;
        return Err(format!("{error}\nwhat goes out: {last:#}").into());
    }
    Ok(())
}

/// What is said in an empty room is not taken for said.
fn nobody_to_talk_to(page: &mut Browser) -> Outcome {
    page.wait_for("lapwing.state().peers[0].channels.includes('chat')", SOON)?;
    page.eval(
        "(() => { const form = document.querySelector('#chat');
          form.elements.text.value = 'is anybody there';
          form.requestSubmit(); })()",
    )?;
    page.wait_for("/nobody else is here/i.test(document.body.innerText)", SOON)?;
    assert_eq!(
        page.eval("document.querySelector('#chat').elements.text.value")?,
        "is anybody there"
    );
    assert_eq!(page.eval("lapwing.messages.length")?, 0);
    assert_eq!(page.eval("lapwing.chat('hello')")?, false);
    Ok(())
}

#[test]
fn chromium_sends_nothing_to_an_empty_room() {
    stage("rooms::chromium_sends_nothing_to_an_empty_room", &[Kind::Chromium], || {
        sends_only_to_somebody(Kind::Chromium)
    });
}

#[test]
fn firefox_sends_nothing_to_an_empty_room() {
    stage("rooms::firefox_sends_nothing_to_an_empty_room", &[Kind::Firefox], || {
        sends_only_to_somebody(Kind::Firefox)
    });
}
