//! The harness itself, proven with both browsers: they start, obey, and carry a call within one
//! page.

use lapwing_conformance::browser::{Browser, ControlError, DTLS_1_3, Kind, Options, Pages, stage};
use serde_json::json;
use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Far longer than anything here takes: a machine may be busy with much else.
const SOON: Duration = Duration::from_secs(90);

type Outcome = Result<(), Box<dyn Error>>;

fn pages() -> io::Result<Pages> {
    Pages::serve(&[
        ("/", include_str!("loopback.html")),
        ("/control.js", include_str!("control.js")),
    ])
}

fn launch(kind: Kind, pages: &Pages) -> Result<Browser, Box<dyn Error>> {
    Ok(Browser::launch(kind, &pages.url("/"), &Options::default())?)
}

#[test]
fn chromium_obeys() {
    stage("browser::chromium_obeys", &[Kind::Chromium], || obeys(Kind::Chromium));
}

#[test]
fn firefox_obeys() {
    stage("browser::firefox_obeys", &[Kind::Firefox], || obeys(Kind::Firefox));
}

fn obeys(kind: Kind) -> Outcome {
    let pages = pages()?;
    let mut browser = launch(kind, &pages)?;
    assert_eq!(browser.eval("6 * 7 // the answer")?, 42);
    assert_eq!(browser.eval("Promise.resolve({ a: [1] })")?, json!({ "a": [1] }));
    let thrown = browser.eval("nowhere.x").expect_err("an unknown name throws");
    assert!(
        matches!(&thrown, ControlError::Script { error, .. } if error.contains("nowhere")),
        "{thrown}"
    );

    browser.eval("setTimeout(() => { window.later = 'now' }, 100)")?;
    assert_eq!(browser.wait_for("window.later", SOON)?, "now");
    browser.eval("console.log('a word from the page')")?;
    let never = never_heard(&mut browser)?;
    let lines: Vec<&str> = never.lines().collect();
    assert!(lines[0].contains("`window.never`, which last gave \"undefined\""), "{never}");
    // Whatever else the browser prints comes after its page's own words.
    assert!(lines[1].starts_with("the page's last lines"), "{never}");
    assert!(lines[2].contains("a word from the page"), "{never}");

    // The new page opens a channel of its own, and the old one's state is gone. The order is
    // carried out after its answer.
    browser.eval("void setTimeout(() => location.reload(), 0)")?;
    browser.await_page(SOON)?;
    assert_eq!(browser.eval("typeof window.later")?, "undefined");
    Ok(())
}

/// What is told of a condition that does not come, once the page's word has come through the
/// browser's output.
fn never_heard(browser: &mut Browser) -> Result<String, Box<dyn Error>> {
    for _ in 0..100 {
        let heard = !browser.console().is_empty();
        let never = browser.wait_for("window.never", Duration::from_millis(200));
        let never = never.expect_err("nobody sets it");
        if heard {
            return Ok(never.to_string());
        }
    }
    Err("the page's word never came".into())
}

#[test]
fn chromium_calls_itself() {
    stage("browser::chromium_calls_itself", &[Kind::Chromium], || calls_itself(Kind::Chromium));
}

#[test]
fn firefox_calls_itself() {
    stage("browser::firefox_calls_itself", &[Kind::Firefox], || calls_itself(Kind::Firefox));
}

fn calls_itself(kind: Kind) -> Outcome {
    let pages = pages()?;
    let mut browser = launch(kind, &pages)?;
    for codec in ["video/VP8", "video/AV1"] {
        let call = format!("call('{codec}')");
        assert_eq!(browser.eval_within(&call, SOON)?, "lapwing");
        assert_secured(&mut browser, "calls.callee")?;
        browser.wait_for("framesDecoded().then((frames) => frames >= 10)", SOON)?;
        assert_eq!(browser.eval("codecsReceived()")?, json!(["audio/opus", codec]));
        browser.eval("Object.values(calls).forEach((end) => end.close())")?;
    }
    Ok(())
}

/// Chromium of every age tells the version; Firefox may not.
fn assert_secured(browser: &mut Browser, connection: &str) -> Outcome {
    let dtls = browser.dtls(connection)?;
    assert_eq!(dtls.state, "connected");
    match dtls.version {
        Some(version) => assert_eq!(version, DTLS_1_3),
        None => assert_eq!(browser.kind(), Kind::Firefox, "Chromium tells the version"),
    }
    Ok(())
}

#[test]
fn chromium_and_firefox_meet_in_one_namespace() {
    let test = "browser::chromium_and_firefox_meet_in_one_namespace";
    stage(test, &Kind::ALL, || {
        let pages = pages()?;
        let mut chromium = launch(Kind::Chromium, &pages)?;
        let mut firefox = launch(Kind::Firefox, &pages)?;
        let offer = chromium.eval("offer()")?;
        let answer = firefox.eval(&format!("answer({offer})"))?;
        chromium.eval(&format!("calls.caller.setRemoteDescription({answer})"))?;
        firefox.wait_for("framesDecoded().then((frames) => frames >= 10)", SOON)?;
        assert_secured(&mut firefox, "calls.callee")?;
        assert_secured(&mut chromium, "calls.caller")?;
        Ok(())
    });
}

#[test]
fn chromium_shows_its_page() {
    stage("browser::chromium_shows_its_page", &[Kind::Chromium], || {
        let pages = pages()?;
        let mut browser = launch(Kind::Chromium, &pages)?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("page.png");
        browser.eval("document.body.style.background = 'rgb(0, 128, 0)'")?;
        browser.screenshot(&path)?;
        let picture = std::fs::read(&path)?;
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "not a PNG");
        Ok(())
    });
}

#[test]
fn chromium_refuses_preferences() {
    let preferences = vec![("a".into(), "1".into())];
    let options = Options { preferences, ..Options::default() };
    refuses("browser::chromium_refuses_preferences", Kind::Chromium, &options);
}

#[test]
fn firefox_refuses_a_film_for_its_camera() {
    let options = Options { fake_video: Some(Path::new("a").into()), ..Options::default() };
    refuses("browser::firefox_refuses_a_film_for_its_camera", Kind::Firefox, &options);
}

fn refuses(test: &str, kind: Kind, options: &Options) {
    stage(test, &[kind], || {
        let refused = Browser::launch(kind, "http://127.0.0.1:9/", options);
        let error = refused.expect_err("the option is not this browser's").to_string();
        assert!(error.contains("has no option"), "{error}");
        Ok(())
    });
}
