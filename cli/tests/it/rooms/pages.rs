//! The page: what people see and do in it.

use lapwing_conformance::browser::{Browser, Kind, Options, stage};

use super::program::{Outcome, Program, SOON, await_tracks, join, pair};

/// Both kinds of browser, without the server between their media.
#[test]
fn two_pages_talk_directly_and_a_third_finds_the_room_full() {
    let test = "rooms::two_pages_talk_directly_and_a_third_finds_the_room_full";
    stage(test, &[Kind::Chromium, Kind::Firefox], || {
        let (_server, room) = Program::server()?;
        let room = format!("{room}?mode=direct");
        let mut pages = Vec::new();
        for (kind, name) in [(Kind::Chromium, "carol"), (Kind::Firefox, "dan")] {
            let url = format!("{room}&video=vp8");
            let mut browser = Browser::launch(kind, &url, &Options::default())?;
            join(&mut browser, name)?;
            browser.wait_for("lapwing.state().signalling === 'open'", SOON)?;
            pages.push(browser);
        }
        for page in &mut pages {
            await_tracks(page, 1)?;
            assert_eq!(page.eval("lapwing.state().mode")?, "direct");
        }
        says(&mut pages, "hello")?;

        let url = format!("{room}&media=none");
        let mut third = Browser::launch(Kind::Chromium, &url, &Options::default())?;
        join(&mut third, "eve")?;
        third.wait_for("lapwing.state().view === 'ended'", SOON)?;
        let told = third.eval("document.querySelector('#ended').innerText")?;
        assert!(told.as_str().is_some_and(|told| told.contains("full")), "{told}");
        Ok(())
    });
}

/// What the first page says, the second reads.
fn says(pages: &mut [Browser], text: &str) -> Outcome {
    let open = "lapwing.state().peers.some((peer) => peer.channels.includes('chat'))";
    for page in &mut *pages {
        page.wait_for(open, SOON)?;
    }
    pages[0].eval(&format!("lapwing.chat('{text}')"))?;
    let read = format!("lapwing.messages.some(({{ text, own }}) => text === '{text}' && !own)");
    pages[1].wait_for(&read, SOON)?;
    Ok(())
}

/// Shares a screen. There is none here to choose: a drawing stands for it.
pub(super) fn share_drawing(page: &mut Browser) -> Outcome {
    page.eval(
        "(() => {
          const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
          const context = canvas.getContext('2d');
          setInterval(() => {
            context.fillStyle = `hsl(${performance.now() / 10} 80% 50%)`;
            context.fillRect(0, 0, 320, 180);
          }, 100);
          return lapwing.shareScreen(canvas.captureStream(10));
        })()",
    )?;
    Ok(())
}

#[test]
fn a_shared_screen_is_seen_and_pages_come_back_when_the_server_does() {
    let test = "rooms::a_shared_screen_is_seen_and_pages_come_back_when_the_server_does";
    stage(test, &[Kind::Chromium], || {
        let (server, room) = Program::server()?;
        let mut pages = pair(&room)?;
        share_drawing(&mut pages[0])?;
        let screen =
            "lapwing.state().tracks.some(({ source, muted }) => source === 'screen' && !muted)";
        pages[1].wait_for(screen, SOON)?;
        let shown = "(() => { const { id } = lapwing.state().participants.find(({ name }) => name === 'carol');
            return lapwing.video(id, true)?.videoWidth === 320; })()";
        pages[1].wait_for(shown, SOON)?;
        says(&mut pages, "look")?;
        pages[0].eval("lapwing.stopScreen()")?;
        let gone = format!("!{screen}");
        pages[1].wait_for(&gone, SOON)?;

        drop(server);
        for page in &mut pages {
            page.wait_for("lapwing.state().signalling !== 'open'", SOON)?;
        }
        let _server = Program::server_at(&room)?;
        for page in &mut pages {
            page.wait_for("lapwing.state().signalling === 'open'", SOON)?;
            await_tracks(page, 1)?;
        }
        says(&mut pages, "again")
    });
}

#[test]
fn a_missing_camera_is_said_in_words() {
    let test = "rooms::a_missing_camera_is_said_in_words";
    stage(test, &[Kind::Chromium], || {
        let (_server, room) = Program::server()?;
        let url = format!("{room}?media=none");
        let mut page = Browser::launch(Kind::Chromium, &url, &Options::default())?;
        page.eval(
            "navigator.mediaDevices.getUserMedia = async () => {
              throw new DOMException('', 'NotAllowedError');
            }",
        )?;
        join(&mut page, "carol")?;
        page.wait_for("lapwing.state().signalling === 'open'", SOON)?;
        page.eval("lapwing.setCamera(true)")?;
        page.wait_for("/camera/i.test(document.body.innerText) && /permi|allow/i.test(document.body.innerText)", SOON)?;
        Ok(())
    });
}
