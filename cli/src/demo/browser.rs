//! The browser's part: it joins by the page, and is asked what it saw.

use std::path::Path;
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Browser, Kind, Options};

use super::error::DemoError;
use super::model::View;

/// A cold start of a browser on a busy machine, and the call's set-up.
const CONNECTED_WITHIN: Duration = Duration::from_secs(90);

/// A browser in the room.
pub(super) struct Guest {
    browser: Browser,
    setup_ms: f64,
}

impl Guest {
    /// Opens the room's page and joins with the fake camera and microphone.
    pub(super) fn join(room: &str, participants: usize) -> Result<Self, DemoError> {
        let url = format!("{room}?name=chromium");
        let mut browser =
            Browser::launch(Kind::Chromium, &url, &Options::default()).map_err(fault)?;
        browser.wait_for("lapwing.state().view === 'lobby'", CONNECTED_WITHIN).map_err(fault)?;
        let devices = "lapwing.media.open({ camera: true, microphone: true })";
        browser.eval_within(devices, CONNECTED_WITHIN).map_err(fault)?;
        let wished = Instant::now();
        browser
            .eval("lapwing.joinedAt = Date.now(), void lapwing.join('chromium')")
            .map_err(fault)?;
        let connected = "lapwing.connections().some((pc) => pc.connectionState === 'connected')";
        browser.wait_for(connected, CONNECTED_WITHIN).map_err(fault)?;
        let setup_ms = wished.elapsed().as_secs_f64() * 1000.0;
        let decoded = format!(
            "lapwing.stats().then((all) => Object.values(all).flat().filter((entry) => \
             entry.type === 'inbound-rtp' && entry.kind === 'video' && entry.framesDecoded > 0\
             ).length >= {})",
            participants - 1
        );
        browser.wait_for(&decoded, CONNECTED_WITHIN).map_err(fault)?;
        Ok(Guest { browser, setup_ms })
    }

    /// What it saw, and a picture of it.
    pub(super) fn view(&mut self, picture: &Path) -> Result<View, DemoError> {
        let seen = self.browser.eval(include_str!("view.js")).map_err(fault)?;
        let seen = serde_json::from_value(seen);
        let mut view: View = seen.map_err(|error| DemoError::Unreadable("the browser", error))?;
        view.setup_ms = Some(self.setup_ms);
        self.browser.screenshot(picture).map_err(fault)?;
        Ok(view)
    }

    /// The story of the connection, as the page tells it.
    pub(super) fn story(&mut self) -> String {
        let lines =
            self.browser.eval("lapwing.log.map((line) => JSON.stringify(line)).join('\\n')");
        lines.ok().and_then(|lines| lines.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

fn fault(error: impl std::fmt::Display) -> DemoError {
    DemoError::Browser(error.to_string())
}
