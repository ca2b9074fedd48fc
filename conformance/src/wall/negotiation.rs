//! Offers and answers between the two ends of a scene.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Played, Scene, Side, Stop};

/// Two stacks on one machine connect in a second; a busy machine takes several.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

impl Scene<'_> {
    /// An offer of `side`, made and set there.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn offer(&mut self, side: Side) -> Result<String, Stop> {
        self.offer_with(side, json!({}))
    }

    /// An offer with options, as `{"restart": true}`.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn offer_with(&mut self, side: Side, mut options: Value) -> Result<String, Stop> {
        options["do"] = json!("offer");
        let reply = self.ask(side, options)?;
        self.kept(side, "offer", &reply)
    }

    /// Gives `side` an offer; its answer, made and set there.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn answer(&mut self, side: Side, offer: &str) -> Result<String, Stop> {
        let reply = self.ask(side, json!({ "do": "answer", "sdp": offer }))?;
        self.described[side.index()] = true;
        self.kept(side, "answer", &reply)
    }

    /// Gives `side` the answer to its offer.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn accept(&mut self, side: Side, answer: &str) -> Played {
        self.ask(side, json!({ "do": "accept", "sdp": answer }))?;
        self.described[side.index()] = true;
        Ok(())
    }

    fn kept(&mut self, side: Side, kind: &str, reply: &Value) -> Result<String, Stop> {
        let Some(sdp) = reply["sdp"].as_str() else {
            return Err(Stop::Fault(format!("{side}: a reply without a description: {reply}")));
        };
        self.record.description(side, kind, sdp);
        Ok(if self.only_ipv6 { without_ipv4(sdp) } else { sdp.to_owned() })
    }

    /// One exchange, offered by `side`.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn negotiate(&mut self, side: Side) -> Played {
        let offer = self.offer(side)?;
        let answer = self.answer(side.other(), &offer)?;
        self.accept(side, &answer)
    }

    /// Waits until both ends are connected.
    ///
    /// # Errors
    /// A fault when they are not.
    pub fn connected(&mut self) -> Played {
        self.until("both ends to connect", CONNECT_TIMEOUT, |scene| {
            let states = Side::BOTH.map(|side| scene.state(side).map(str::to_owned));
            if let Some(side) = Side::BOTH
                .into_iter()
                .find(|side| matches!(scene.state(*side), Some("failed" | "closed")))
            {
                let last = scene.events(side, "connection").last().cloned();
                let reason = last.map(|event| event["reason"].clone()).unwrap_or_default();
                return Err(Stop::Fault(format!("{side} is not connecting any more: {reason}")));
            }
            Ok(states.iter().all(|state| state.as_deref() == Some("connected")))
        })?;
        self.record.connected.get_or_insert(self.ends.elapsed());
        Ok(())
    }

    /// The first exchange, and what it leads to.
    ///
    /// # Errors
    /// As for [`Scene::negotiate`] and [`Scene::connected`].
    pub fn connect(&mut self) -> Played {
        self.negotiate(self.offerer())?;
        self.connected()
    }

    /// The last description that an end made.
    pub fn last_description(&self, side: Side) -> Option<&str> {
        let wanted = format!("-{side}.sdp");
        let mut made = self.record.descriptions().iter().rev();
        made.find(|(name, _)| name.ends_with(&wanted)).map(|(_, sdp)| sdp.as_str())
    }
}

/// Without the candidates of IPv4.
fn without_ipv4(sdp: &str) -> String {
    let kept = sdp.split_inclusive('\n').filter(|line| {
        let address = line.strip_prefix("a=candidate:").and_then(|line| line.split(' ').nth(4));
        address.is_none_or(|address| address.contains(':'))
    });
    kept.collect()
}
