//! Data channels.

use std::collections::BTreeMap;

use lapwing_peer::{Fault, Mailbox, Outgoing, reply, say};
use serde_json::{Value, json};
use str0m::Rtc;
use str0m::channel::{ChannelConfig, ChannelData, ChannelId, Reliability};

/// What may wait in str0m before a further message is given to it: little, as messages with a lifetime grow old there. Of large ones two.
const WAITING_MAX: usize = 32 << 10;

/// One of them.
#[derive(Debug)]
struct Channel {
    label: String,
    /// This side asked for it.
    own: bool,
    open: bool,
}

/// All of a peer connection.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    known: Vec<(ChannelId, Channel)>,
    mailbox: Mailbox,
    sending: Vec<Outgoing>,
}

/// A channel as the request `channel` wants it.
pub(crate) fn config(request: &Value) -> Result<ChannelConfig, Fault> {
    let label = request["label"].as_str().ok_or_else(|| Fault::failed("no label"))?;
    let small = |name: &str| -> Result<Option<u16>, Fault> {
        let Some(number) = request[name].as_u64() else { return Ok(None) };
        let small = u16::try_from(number);
        small.map(Some).map_err(|_| Fault::unsupported(format!("{name} of {number}")))
    };
    let reliability = match (small("max_retransmits")?, small("max_lifetime_ms")?) {
        (None, None) => Reliability::Reliable,
        (Some(retransmits), None) => Reliability::MaxRetransmits { retransmits },
        (None, Some(lifetime)) => Reliability::MaxPacketLifetime { lifetime },
        (Some(_), Some(_)) => return Err(Fault::refused("two limits of reliability")),
    };
    Ok(ChannelConfig {
        label: label.to_owned(),
        ordered: request["ordered"].as_bool().unwrap_or(true),
        reliability,
        negotiated: small("negotiated")?,
        protocol: request["protocol"].as_str().unwrap_or("").to_owned(),
    })
}

impl Channels {
    /// This side asked for it.
    pub(crate) fn add(&mut self, id: ChannelId, label: &str) {
        self.known.push((id, Channel { label: label.to_owned(), own: true, open: false }));
    }

    /// Its offer was taken back.
    pub(crate) fn take_back(&mut self, id: ChannelId) {
        self.known.retain(|(known, _)| *known != id);
    }

    /// The open channel with this label; of several, the last.
    fn id(&self, label: &str) -> Option<ChannelId> {
        let mut known = self.known.iter().rev();
        known.find(|(_, channel)| channel.open && channel.label == label).map(|(id, _)| *id)
    }

    pub(crate) fn opened(&mut self, rtc: &mut Rtc, id: ChannelId, label: String) {
        let known = self.known.iter_mut().find(|(known, _)| *known == id);
        let label = if let Some((_, channel)) = known {
            channel.open = true;
            channel.label.clone()
        } else {
            let channel = Channel { label: label.clone(), own: false, open: true };
            self.known.push((id, channel));
            label
        };
        let own = self.known.iter().any(|(known, channel)| *known == id && channel.own);
        let stream = rtc.direct_api().sctp_stream_id_by_channel_id(id);
        let config = rtc.channel(id).and_then(|channel| channel.config().cloned());
        let config = config.unwrap_or_default();
        say(
            "channel",
            json!({
                "channel": label, "state": "open", "protocol": config.protocol,
                "ordered": config.ordered, "stream": stream, "remote": !own,
            }),
        );
    }

    pub(crate) fn closed(&mut self, id: ChannelId) {
        let Some(at) = self.known.iter().position(|(known, _)| *known == id) else { return };
        let (_, channel) = self.known.remove(at);
        say("channel", json!({ "channel": channel.label, "state": "closed" }));
    }

    pub(crate) fn arrived(&mut self, data: &ChannelData) {
        match self.known.iter().find(|(id, _)| *id == data.id) {
            Some((_, channel)) => self.mailbox.put(&channel.label, !data.binary, &data.data),
            None => eprintln!("a message of an unknown channel"),
        }
    }

    pub(crate) fn received(&self, label: &str) -> Value {
        self.mailbox.told(label)
    }

    pub(crate) fn send(&mut self, id: u64, request: &Value) -> Result<(), Fault> {
        if request["size"] == 0 {
            // Its association spends a number on an empty message and sends nothing: all that follows in order would be stuck.
            return Err(Fault::unsupported("empty messages"));
        }
        self.sending.push(Outgoing::new(id, request)?);
        Ok(())
    }

    /// Something waits for room.
    pub(crate) fn waits(&self) -> bool {
        !self.sending.is_empty()
    }

    /// Gives str0m as much as it takes.
    pub(crate) fn push(&mut self, rtc: &mut Rtc) {
        let mut sending = std::mem::take(&mut self.sending);
        sending.retain_mut(|outgoing| match self.push_one(rtc, outgoing) {
            Ok(false) => true,
            Ok(true) => {
                reply(outgoing.id, Ok(json!({})));
                false
            }
            Err(fault) => {
                reply(outgoing.id, Err(fault));
                false
            }
        });
        self.sending = sending;
    }

    /// Whether all of it was taken.
    fn push_one(&self, rtc: &mut Rtc, outgoing: &mut Outgoing) -> Result<bool, Fault> {
        let Some(id) = self.id(&outgoing.label) else {
            let known = self.known.iter().any(|(_, channel)| channel.label == outgoing.label);
            let gone = || Fault::refused(format!("no channel {:?} is open", outgoing.label));
            return if known { Ok(false) } else { Err(gone()) };
        };
        while let Some(message) = outgoing.next() {
            let Some(mut channel) = rtc.channel(id) else { return Ok(false) };
            if channel.buffered_amount() > WAITING_MAX.max(2 * message.len()) {
                return Ok(false);
            }
            if !channel.write(!outgoing.text, &message).map_err(Fault::refused)? {
                return Ok(false);
            }
            outgoing.taken();
        }
        Ok(true)
    }

    pub(crate) fn close(&self, rtc: &mut Rtc, label: &str) -> Result<(), Fault> {
        let none = || Fault::refused(format!("no channel {label:?} is open"));
        let id = self.id(label).ok_or_else(none)?;
        rtc.direct_api().close_data_channel(id);
        Ok(())
    }

    /// Labels by what they are, for `raw`.
    pub(crate) fn told(&self) -> BTreeMap<&str, bool> {
        self.known.iter().map(|(_, channel)| (channel.label.as_str(), channel.open)).collect()
    }
}
