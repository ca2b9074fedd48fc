//! A page whose server is the test: it says what the test has it say, and keeps what the page
//! sends.

use lapwing_conformance::browser::{Browser, Kind, Options};
use serde_json::{Value, json};

use super::program::{Outcome, Program, SOON, join};

/// Stands in for the WebSocket of a page that has loaded.
const SOCKET: &str = "(() => {
  window.fake = { sent: [], say: (message) => fake.socket.onmessage({ data: JSON.stringify(message) }) };
  window.WebSocket = class {
    static OPEN = 1;
    readyState = 1;
    constructor() { fake.socket = this; setTimeout(() => this.onopen()); }
    send(text) { fake.sent.push(JSON.parse(text)); }
    close() { this.readyState = 3; this.onclose(); }
  };
})()";

/// A page in its lobby, without devices.
pub(super) struct Scripted {
    pub(super) page: Browser,
    _server: Program,
}

impl Scripted {
    pub(super) fn lobby() -> Outcome<Self> {
        let (server, room) = Program::server()?;
        let url = format!("{room}?media=none");
        let mut page = Browser::launch(Kind::Chromium, &url, &Options::default())?;
        page.wait_for("lapwing.state().view === 'lobby'", SOON)?;
        page.eval(SOCKET)?;
        Ok(Scripted { page, _server: server })
    }

    /// The page joins; the room is a direct one, so that nothing but these messages happens in it.
    pub(super) fn joined(participants: &Value) -> Outcome<Self> {
        let mut scripted = Scripted::lobby()?;
        join(&mut scripted.page, "carol")?;
        scripted.await_sent("join")?;
        scripted.welcome(participants)?;
        Ok(scripted)
    }

    /// This page is the host.
    pub(super) fn welcome(&mut self, participants: &Value) -> Outcome {
        self.say(&json!({
            "type": "welcome", "version": 1, "id": "me", "room": "test", "mode": "direct",
            "participants": participants, "polite": true, "resumed": false, "resume": "token",
            "iceServers": [], "limits": {}, "host": "me", "locked": false,
        }))
    }

    pub(super) fn say(&mut self, message: &Value) -> Outcome {
        self.page.eval(&format!("fake.say({message})"))?;
        Ok(())
    }

    /// A fatal error, after which the server closes the socket.
    pub(super) fn refuse(&mut self, code: &str) -> Outcome {
        self.say(&json!({
            "type": "error", "code": code, "message": "Refused.", "hint": "Try this.", "fatal": true,
        }))?;
        self.page.eval("fake.socket.close()")?;
        Ok(())
    }

    /// The first message of this type that the page sends, or has sent; it is taken away.
    pub(super) fn await_sent(&mut self, kind: &str) -> Outcome<Value> {
        let found = format!(
            "(() => {{ const at = fake.sent.findIndex(({{ type }}) => type === '{kind}');
              return at >= 0 && fake.sent.splice(at, 1)[0]; }})()"
        );
        Ok(self.page.wait_for(&found, SOON)?)
    }
}
