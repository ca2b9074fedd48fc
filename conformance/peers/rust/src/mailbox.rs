//! What arrived on data channels, and what is still to be sent.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Fault, message, sha256};

/// How many messages of a channel are told one by one.
const TOLD_MAX: usize = 1000;

#[derive(Debug, Default)]
struct Received {
    count: u64,
    bytes: u64,
    messages: Vec<Value>,
}

/// Messages that arrived, by the channel's label.
#[derive(Debug, Default)]
pub struct Mailbox(BTreeMap<String, Received>);

impl Mailbox {
    /// A message arrived.
    pub fn put(&mut self, label: &str, text: bool, content: &[u8]) {
        let received = self.0.entry(label.to_owned()).or_default();
        received.count += 1;
        received.bytes += content.len() as u64;
        if received.messages.len() < TOLD_MAX {
            let kind = if text { "text" } else { "binary" };
            received
                .messages
                .push(json!({ "kind": kind, "size": content.len(), "sha256": sha256(content) }));
        }
    }

    /// The reply to `received`.
    pub fn told(&self, label: &str) -> Value {
        let none = Received::default();
        let received = self.0.get(label).unwrap_or(&none);
        json!({ "count": received.count, "bytes": received.bytes, "messages": received.messages })
    }
}

/// A `send` that is under way.
#[derive(Debug)]
pub struct Outgoing {
    /// The request, answered when all was taken.
    pub id: u64,
    /// The channel.
    pub label: String,
    /// Text rather than bytes.
    pub text: bool,
    size: usize,
    left: u64,
    seed: u32,
}

impl Outgoing {
    /// As a request tells it.
    ///
    /// # Errors
    /// When something is missing.
    pub fn new(id: u64, request: &Value) -> Result<Self, Fault> {
        let number = |name: &str| {
            request[name].as_u64().ok_or_else(|| Fault::failed(format!("no {name} in {request}")))
        };
        let label = request["channel"].as_str().ok_or_else(|| Fault::failed("no channel"))?;
        Ok(Outgoing {
            id,
            label: label.to_owned(),
            text: request["kind"] == "text",
            size: number("size")? as usize,
            left: number("count")?,
            seed: number("seed")? as u32,
        })
    }

    /// The next message; `None` at the end.
    pub fn next(&self) -> Option<Vec<u8>> {
        (self.left > 0).then(|| message(self.text, self.size, self.seed))
    }

    /// The next message was taken.
    pub fn taken(&mut self) {
        self.left -= 1;
        self.seed = self.seed.wrapping_add(1);
    }
}
