//! Data channels of a scene.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Played, Scene, Side, Stop};
use crate::messages::{message, sha256};

/// How long messages may take when a case says nothing.
const ARRIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// Messages of one kind and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages {
    /// UTF-8 text rather than bytes.
    pub text: bool,
    /// Bytes of each.
    pub size: usize,
    /// How many.
    pub count: usize,
    /// Where their content comes from.
    pub seed: u32,
}

impl Messages {
    /// Binary messages.
    pub fn binary(size: usize, count: usize, seed: u32) -> Self {
        Messages { text: false, size, count, seed }
    }

    /// Texts.
    pub fn text(size: usize, count: usize, seed: u32) -> Self {
        Messages { text: true, ..Messages::binary(size, count, seed) }
    }

    fn kind(self) -> &'static str {
        if self.text { "text" } else { "binary" }
    }

    /// What a receiver must tell of them, in the order of sending.
    fn told(self) -> Vec<Value> {
        let each = |number: usize| {
            let content = message(self.text, self.size, self.seed.wrapping_add(number as u32));
            json!({ "kind": self.kind(), "size": self.size, "sha256": sha256(&content) })
        };
        (0..self.count).map(each).collect()
    }
}

impl Scene<'_> {
    /// A channel of the offerer; more options of the protocol in `more`.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn channel(&mut self, side: Side, label: &str, more: Value) -> Played {
        let mut request =
            json!({ "do": "channel", "label": label, "protocol": "", "ordered": true });
        if let (Value::Object(all), Value::Object(more)) = (&mut request, more) {
            all.extend(more);
        }
        self.ask(side, request).map(|_| ())
    }

    /// Waits until both ends have this channel open.
    ///
    /// # Errors
    /// A fault when it does not open.
    pub fn channel_open(&mut self, label: &str) -> Played {
        let what = format!("channel {label:?} to open at both ends");
        self.until(&what, ARRIVE_TIMEOUT, |scene| {
            Ok(Side::BOTH.iter().all(|side| scene.channel_state(*side, label) == Some("open")))
        })
    }

    /// The last that an end said of a channel.
    pub fn channel_state(&self, side: Side, label: &str) -> Option<&str> {
        let of_label = self.events(side, "channel").filter(|event| event["channel"] == label);
        of_label.last().and_then(|event| event["state"].as_str())
    }

    /// Has an end send messages.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn send(&mut self, side: Side, label: &str, messages: Messages) -> Played {
        let request = json!({
            "do": "send", "channel": label, "kind": messages.kind(), "size": messages.size,
            "count": messages.count, "seed": messages.seed,
        });
        self.ask(side, request)?;
        let to = (side.other(), label.to_owned());
        self.sent.entry(to).or_default().extend(messages.told());
        Ok(())
    }

    /// What an end received on a channel so far.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn received(&mut self, side: Side, label: &str) -> Result<Vec<Value>, Stop> {
        let received = self.ask(side, json!({ "do": "received", "channel": label }))?;
        Ok(received["messages"].as_array().cloned().unwrap_or_default())
    }

    /// Waits until an end has received all that was sent to it on a channel, and in order where
    /// `ordered`.
    ///
    /// # Errors
    /// A fault that says which did not come.
    pub fn arrived(&mut self, side: Side, label: &str, ordered: bool) -> Played {
        self.arrived_within(side, label, ordered, ARRIVE_TIMEOUT)
    }

    /// As [`Scene::arrived`], with more or less time.
    ///
    /// # Errors
    /// As for [`Scene::arrived`].
    pub fn arrived_within(
        &mut self,
        side: Side,
        label: &str,
        ordered: bool,
        within: Duration,
    ) -> Played {
        let to = (side, label.to_owned());
        let mut wanted = self.sent.get(&to).cloned().unwrap_or_default();
        let mut got = Vec::new();
        let what = format!("{} messages of {label:?} at {side}", wanted.len());
        let waited = self.until(&what, within, |scene| {
            got = scene.received(side, label)?;
            Ok(got.len() >= wanted.len())
        });
        if !ordered {
            let by_hash = |message: &Value| message["sha256"].as_str().unwrap_or("").to_owned();
            got.sort_by_key(by_hash);
            wanted.sort_by_key(by_hash);
        }
        if got == wanted {
            return Ok(());
        }
        waited?;
        let at = got.iter().zip(&wanted).position(|(got, wanted)| got != wanted);
        let at = at.unwrap_or(wanted.len().min(got.len()));
        let [got, wanted] = [got.get(at), wanted.get(at)].map(|it| it.cloned().unwrap_or_default());
        Err(Stop::Fault(format!("{side}, {label:?}: message {at} is {got}, wanted {wanted}")))
    }

    /// What arrived on a channel was sent, and nothing arrived twice. Something may be missing.
    ///
    /// # Errors
    /// A fault that shows a message that was not sent, or not so often.
    pub fn only_sent(&mut self, side: Side, label: &str) -> Played {
        let to = (side, label.to_owned());
        let mut left = self.sent.get(&to).cloned().unwrap_or_default();
        for message in self.received(side, label)? {
            let Some(at) = left.iter().position(|sent| *sent == message) else {
                return Err(Stop::Fault(format!("{side}, {label:?}: {message} was not sent")));
            };
            left.swap_remove(at);
        }
        Ok(())
    }

    /// Sends messages from one end and waits until they have arrived at the other, in order.
    ///
    /// # Errors
    /// As for [`Scene::send`] and [`Scene::arrived`].
    pub fn delivers(&mut self, from: Side, label: &str, messages: Messages) -> Played {
        self.send(from, label, messages)?;
        self.arrived(from.other(), label, true)
    }
}
