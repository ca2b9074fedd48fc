//! Where things are, and whether eyes, fingers and the keyboard reach them.

use lapwing_conformance::browser::{Browser, Kind, Options, stage};
use serde_json::{Value, json};

use super::pages::share_drawing;
use super::program::{Outcome, Program, SOON, pair};
use super::scripted::Scripted;

/// The least contrast of a text with what is behind it (WCAG 2.2, success criterion 1.4.3).
const CONTRAST_MIN: f64 = 4.5;

/// The least part of the stage that a shared screen has.
const SCREEN_SHARE_MIN: f64 = 0.7;

/// A page in a frame of this size, which windows without a head do not have. In what is evaluated,
/// `frame` is its window.
fn framed(width: u32, height: u32) -> Outcome<(Program, Browser)> {
    let (server, room) = Program::server()?;
    let url = format!("{room}?media=none");
    let mut page = Browser::launch(Kind::Chromium, &url, &Options::default())?;
    page.eval(&format!(
        "(() => {{
          const frame = document.createElement('iframe');
          frame.style = 'position: fixed; inset: 0; z-index: 99; width: {width}px; height: {height}px';
          frame.src = '{url}';
          document.body.append(frame);
          window.frame = frame.contentWindow;
        }})()"
    ))?;
    page.wait_for("frame.lapwing.state().view === 'lobby'", SOON)?;
    Ok((server, page))
}

/// The box of an element in the frame: left, top, right, bottom.
fn rect(page: &mut Browser, selector: &str) -> Outcome<[f64; 4]> {
    let sides = format!(
        "(({{ left, top, right, bottom }}) => [left, top, right, bottom])(
          frame.document.querySelector('{selector}').getBoundingClientRect())"
    );
    Ok(serde_json::from_value(page.eval(&sides)?)?)
}

#[test]
fn join_and_the_switches_are_in_view() {
    let test = "rooms::join_and_the_switches_are_in_view";
    stage(test, &[Kind::Chromium], || {
        for (width, height) in [(1280, 800), (390, 844)] {
            let (_server, mut page) = framed(width, height)?;
            let needed =
                ["#join .primary", "[data-device=microphone]", "[data-device=camera]", ".preview"];
            for selector in needed {
                let [left, top, right, bottom] = rect(&mut page, selector)?;
                let inside =
                    left >= 0.0 && top >= 0.0 && right <= width.into() && bottom <= height.into();
                assert!(
                    inside && bottom > top,
                    "{selector} is at {left},{top} to {right},{bottom}"
                );
            }
        }
        Ok(())
    });
}

#[test]
fn on_a_phone_the_panel_leaves_the_calls_controls_free() {
    let test = "rooms::on_a_phone_the_panel_leaves_the_calls_controls_free";
    stage(test, &[Kind::Chromium], || {
        let (_server, mut page) = framed(390, 844)?;
        page.eval("frame.lapwing.join('carol')")?;
        page.wait_for("frame.lapwing.state().signalling === 'open'", SOON)?;
        page.eval("frame.document.querySelector('[data-act=panel]').click()")?;
        let [_, _, _, panel_bottom] = rect(&mut page, "#panel")?;
        for act in ["microphone", "camera", "panel", "leave"] {
            let [left, top, right, bottom] = rect(&mut page, &format!("[data-act={act}]"))?;
            assert!(top >= panel_bottom, "{act} begins at {top}, the panel ends at {panel_bottom}");
            let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
            let hit = format!(
                "frame.document.elementFromPoint({x}, {y})?.closest('button')?.dataset.act"
            );
            assert_eq!(page.eval(&hit)?, act);
        }
        // What the panel covers is out of the keyboard's way too.
        let inert = "frame.document.querySelector('#stage').inert";
        assert_eq!(page.eval(inert)?, true);
        page.eval("frame.document.querySelector('#close-panel').click()")?;
        assert_eq!(page.eval(inert)?, false);
        Ok(())
    });
}

#[test]
fn the_keyboard_goes_into_the_panel_and_escape_brings_it_back() {
    let test = "rooms::the_keyboard_goes_into_the_panel_and_escape_brings_it_back";
    stage(test, &[Kind::Chromium], || {
        let mut server = Scripted::joined(&json!([]))?;
        let page = &mut server.page;
        let open = "document.querySelector('#room').classList.contains('with-panel')";
        let act = "document.activeElement.dataset.act ?? document.activeElement.id";
        let expanded = "document.querySelector('[data-act=panel]').getAttribute('aria-expanded')";
        page.eval(
            "(document.querySelector('[data-act=panel]').focus(), document.activeElement.click())",
        )?;
        assert_eq!(page.eval(open)?, true);
        assert_eq!(page.eval(expanded)?, "true");
        assert_eq!(page.eval(act)?, "tab-chat");
        // From a field too, where letters are not keys of the call.
        for from in ["document.activeElement", "document.querySelector('#chat').elements.text"] {
            page.eval(
                "document.querySelector('#room').classList.contains('with-panel')
                || document.querySelector('[data-act=panel]').click()",
            )?;
            page.eval(&format!("{from}.focus()"))?;
            page.eval(
                "document.activeElement.dispatchEvent(
                new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))",
            )?;
            assert_eq!(page.eval(open)?, false, "from {from}");
            assert_eq!(page.eval(expanded)?, "false");
            assert_eq!(page.eval(act)?, "panel");
        }
        Ok(())
    });
}

#[test]
fn a_shared_screen_has_the_stage_and_so_has_a_pinned_tile() {
    let test = "rooms::a_shared_screen_has_the_stage_and_so_has_a_pinned_tile";
    stage(test, &[Kind::Chromium], || {
        let (_server, room) = Program::server()?;
        let mut pages = pair(&room)?;
        share_drawing(&mut pages[0])?;
        let [_, watcher] = &mut pages;
        let share = "(() => {
            const area = (element) => {
              const { width, height } = element.getBoundingClientRect();
              return width * height;
            };
            return area(document.querySelector('.tile.spot')) / area(document.querySelector('#stage'));
          })()";
        watcher.wait_for("document.querySelector('.tile.screen.spot')", SOON)?;
        let screen = watcher.eval(share)?.as_f64().ok_or("a number")?;
        assert!(screen >= SCREEN_SHARE_MIN, "the screen has {screen} of the stage");

        let pin = "document.querySelector('.tile.own .pin').click()";
        watcher.eval(pin)?;
        assert_eq!(watcher.eval("document.querySelectorAll('.tile.own.spot').length")?, 1);
        let pinned = watcher.eval(share)?.as_f64().ok_or("a number")?;
        assert!(pinned >= SCREEN_SHARE_MIN, "the pinned tile has {pinned} of the stage");
        watcher.eval(pin)?;
        assert_eq!(watcher.eval("document.querySelectorAll('.tile.screen.spot').length")?, 1);
        Ok(())
    });
}

/// Chooses one of the two palettes, whatever the system prefers.
fn palette(light: bool) -> String {
    let media = if light { "all" } else { "not all" };
    format!(
        "(window.palettes ??= [...document.styleSheets].flatMap(({{ cssRules }}) => [...cssRules])
            .filter((rule) => /prefers-color-scheme/.test(rule.conditionText)))
          .map((rule) => {{ rule.media.mediaText = '{media}'; }}).length"
    )
}

/// Every text in view that has less contrast than it needs: what it says, and the ratio.
fn faint_texts() -> String {
    format!(
        "(() => {{
          const context = document.createElement('canvas').getContext('2d', {{ willReadFrequently: true }});
          // What the colours give one over the other, in numbers.
          const over = (colors) => {{
            context.clearRect(0, 0, 1, 1);
            for (const color of colors) {{
              context.fillStyle = color;
              context.fillRect(0, 0, 1, 1);
            }}
            return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
          }};
          const luminance = (rgb) => {{
            const [r, g, b] = rgb.map((value) => value / 255)
              .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          }};
          const faint = [];
          let seen = 0;
          for (const element of document.querySelectorAll('body *')) {{
            const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
            if (!own || !element.checkVisibility() || element.closest('option, :disabled')) continue;
            seen += 1;
            const behind = [];
            for (let at = element; at; at = at.parentElement) {{
              behind.unshift(getComputedStyle(at).backgroundColor);
            }}
            const ground = luminance(over(behind));
            const text = luminance(over([...behind, getComputedStyle(element).color]));
            const ratio = (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
            if (ratio < {CONTRAST_MIN}) faint.push(`${{element.textContent.trim()}}: ${{ratio.toFixed(2)}}`);
          }}
          return seen > 0 ? faint : ['no text in view'];
        }})()"
    )
}

fn assert_legible(page: &mut Browser, place: &str) -> Outcome {
    for light in [false, true] {
        assert_eq!(page.eval(&palette(light))?, 1, "one rule holds the other palette");
        let faint = page.eval(&faint_texts())?;
        assert_eq!(faint, Value::Array(Vec::new()), "{place}, light: {light}");
    }
    Ok(())
}

#[test]
fn every_text_stands_out_from_its_ground() {
    let test = "rooms::every_text_stands_out_from_its_ground";
    stage(test, &[Kind::Chromium], || {
        let mut lobby = Scripted::lobby()?;
        assert_legible(&mut lobby.page, "lobby")?;

        let mut room = Scripted::joined(&json!([{ "id": "b", "name": "Bob" }]))?;
        room.say(&json!({ "type": "knock", "id": "w", "name": "Eve" }))?;
        room.say(&json!({ "type": "room", "host": "me", "locked": true }))?;
        room.page.eval("document.querySelector('[data-act=panel]').click()")?;
        // Nobody is connected: it is said in a toast.
        room.page.eval(
            "(() => { const form = document.querySelector('#chat');
              form.elements.text.value = 'hello';
              form.requestSubmit(); })()",
        )?;
        for tab in ["chat", "files", "stats", "log", "settings"] {
            room.page.eval(&format!("document.querySelector('#tab-{tab}').click()"))?;
            assert_legible(&mut room.page, tab)?;
        }
        let leave = "document.querySelector('[data-act=leave]').checkVisibility()";
        assert_eq!(room.page.eval(leave)?, true);
        room.page.eval("lapwing.leave()")?;
        room.page.wait_for("lapwing.state().view === 'ended'", SOON)?;
        assert_legible(&mut room.page, "ended")
    });
}
