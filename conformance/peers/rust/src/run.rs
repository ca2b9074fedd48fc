//! The loop of a program.

use std::io::Write;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Datagram, Fault, Inbox, Input};

/// How long the last words of a peer connection may take to leave when the program ends.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// A stack behind the protocol.
pub trait Stack {
    /// The event `ready`, without its name.
    fn ready(&self) -> Value;

    /// A request; `Ok(None)` when the answer comes later, by [`reply`].
    ///
    /// # Errors
    /// What the reply says.
    fn request(&mut self, id: u64, name: &str, request: &Value) -> Result<Option<Value>, Fault>;

    /// A datagram.
    fn datagram(&mut self, datagram: Datagram);

    /// Lets it do what there is to do; when it wants to be woken.
    fn turn(&mut self) -> Instant;
}

/// Writes a line.
fn write(line: &Value) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        // Nobody listens any more.
        std::process::exit(0);
    }
}

/// Tells an event.
pub fn say(event: &str, mut content: Value) {
    content["event"] = json!(event);
    write(&content);
}

/// Answers a request.
pub fn reply(id: u64, answer: Result<Value, Fault>) {
    write(&match answer {
        Ok(content) => json!({ "id": id, "ok": content }),
        Err(fault) => json!({ "id": id, "error": fault.to_json() }),
    });
}

/// Runs a program until it is told to end.
pub fn run<S: Stack>(start: impl FnOnce(SyncSender<Input>) -> S) {
    let inbox = Inbox::new();
    let mut stack = start(inbox.sender());
    say("ready", stack.ready());
    loop {
        let until = stack.turn();
        match inbox.next(until) {
            Input::Nothing => {}
            Input::End => break,
            Input::Datagram(datagram) => stack.datagram(datagram),
            Input::Request(request) => {
                let id = request["id"].as_u64().unwrap_or(0);
                let name = request["do"].as_str().unwrap_or("?").to_owned();
                if name == "exit" {
                    let _ = stack.request(id, "close", &request);
                    reply(id, Ok(json!({})));
                    break;
                }
                if let Some(answer) = stack.request(id, &name, &request).transpose() {
                    reply(id, answer);
                }
            }
        }
    }
    let end = Instant::now() + LAST_WORDS;
    while Instant::now() < end {
        let until = stack.turn().min(end);
        if let Input::Datagram(datagram) = inbox.next(until) {
            stack.datagram(datagram);
        }
    }
}
