//! Data channels: what is sent, and what came.

use std::collections::{BTreeMap, VecDeque};

use lapwing_engine::{
    ChannelConfig, ChannelId, ChannelMessage, ChannelWriteError, OpenedChannel, Reliability, Rtc,
};
use serde_json::{Value, json};

use super::args::Args;
use super::fault::Fault;
use crate::messages::{message, sha256};

/// Messages that `received` tells of one by one.
const TOLD_MAX: usize = 1_000;

/// When no more waits in a channel, its next messages are given.
const LOW_BYTES: usize = 128 << 10;

/// The channels of a connection.
#[derive(Default)]
pub(super) struct Channels {
    /// Those that were asked for before there was a connection.
    wanted: Vec<ChannelConfig>,
    labels: BTreeMap<ChannelId, String>,
    received: BTreeMap<String, Received>,
    sending: VecDeque<Sending>,
}

#[derive(Default)]
struct Received {
    count: u64,
    bytes: u64,
    messages: Vec<Value>,
}

/// A `send` that is not over.
struct Sending {
    request: Value,
    label: String,
    text: bool,
    size: usize,
    seed: u32,
    sent: u32,
    count: u32,
}

impl Channels {
    /// Asks for a channel; at once where there is a connection.
    pub(super) fn ask(&mut self, args: Args<'_>, rtc: Option<&mut Rtc>) -> Result<(), Fault> {
        let mut config = ChannelConfig::new(args.text("label")?);
        config.protocol = args.text_or_none("protocol")?.unwrap_or_default().to_owned();
        config.ordered = args.truth("ordered")?.unwrap_or(true);
        config.negotiated = args.small("negotiated")?;
        let (times, lifetime) = (args.small("max_retransmits")?, args.small("max_lifetime_ms")?);
        config.reliability = match (times, lifetime) {
            (None, None) => Reliability::Reliable,
            (Some(count), None) => Reliability::MaxRetransmits { count },
            (None, Some(ms)) => Reliability::MaxLifetime { ms },
            (Some(_), Some(_)) => {
                return Err(Fault::Refused("a channel has one limit, not two".to_owned()));
            }
        };
        match rtc {
            Some(rtc) => self.create(config, rtc),
            None => {
                self.wanted.push(config);
                Ok(())
            }
        }
    }

    /// There is a connection now.
    pub(super) fn begin(&mut self, rtc: &mut Rtc) -> Result<(), Fault> {
        let wanted = std::mem::take(&mut self.wanted);
        wanted.into_iter().try_for_each(|config| self.create(config, rtc))
    }

    fn create(&mut self, config: ChannelConfig, rtc: &mut Rtc) -> Result<(), Fault> {
        let label = config.label.clone();
        let id = rtc.create_channel(config).map_err(Fault::refused)?;
        self.labels.insert(id, label);
        Ok(())
    }

    /// The event that tells of an open channel.
    pub(super) fn opened(&mut self, opened: OpenedChannel, rtc: &mut Rtc) -> Value {
        let OpenedChannel { id, label, protocol, ordered, remote } = opened;
        let stream = rtc.channel(id).and_then(|mut channel| {
            channel.set_buffered_amount_low_threshold(LOW_BYTES);
            channel.stream()
        });
        self.labels.insert(id, label.clone());
        let mut event = json!({
            "event": "channel", "channel": label, "state": "open", "protocol": protocol,
            "ordered": ordered, "remote": remote,
        });
        if let Some(stream) = stream {
            event["stream"] = json!(stream);
        }
        event
    }

    /// The event that tells of a closed channel.
    pub(super) fn closed(&mut self, id: ChannelId) -> Option<Value> {
        let label = self.labels.remove(&id)?;
        Some(json!({"event": "channel", "channel": label, "state": "closed"}))
    }

    pub(super) fn close(&mut self, label: &str, rtc: Option<&mut Rtc>) -> Result<(), Fault> {
        let id = self.id_of(label).ok_or_else(|| unknown(label))?;
        let channel = rtc.and_then(|rtc| rtc.channel(id)).ok_or_else(|| unknown(label))?;
        channel.close();
        Ok(())
    }

    pub(super) fn message(&mut self, message: &ChannelMessage) {
        let Some(label) = self.labels.get(&message.id) else { return };
        let received = self.received.entry(label.clone()).or_default();
        received.count += 1;
        received.bytes += message.data.len() as u64;
        if received.messages.len() < TOLD_MAX {
            let kind = if message.binary { "binary" } else { "text" };
            let (size, hash) = (message.data.len(), sha256(&message.data));
            received.messages.push(json!({"kind": kind, "size": size, "sha256": hash}));
        }
    }

    /// What came on a channel.
    pub(super) fn received(&self, label: &str) -> Result<Value, Fault> {
        let known = self.labels.values().any(|known| known == label)
            || self.wanted.iter().any(|wanted| wanted.label == label);
        match self.received.get(label) {
            Some(Received { count, bytes, messages }) => {
                Ok(json!({"count": count, "bytes": bytes, "messages": messages}))
            }
            None if known => Ok(json!({"count": 0, "bytes": 0, "messages": []})),
            None => Err(unknown(label)),
        }
    }

    /// Messages are to be sent; the reply comes when all of them are taken.
    pub(super) fn send(&mut self, args: Args<'_>) -> Result<(), Fault> {
        let label = args.text("channel")?.to_owned();
        let text = match args.text("kind")? {
            "text" => true,
            "binary" => false,
            other => return Err(Fault::Failed(format!("{other:?} is no kind of message"))),
        };
        if self.id_of(&label).is_none() && !self.wanted.iter().any(|c| c.label == label) {
            return Err(unknown(&label));
        }
        let size = args.small("size")?.unwrap_or(0);
        let count = args.small("count")?.unwrap_or(1);
        let seed = args.small("seed")?.unwrap_or(0);
        let request = args.id();
        self.sending.push_back(Sending { request, label, text, size, seed, sent: 0, count });
        Ok(())
    }

    /// Whether messages wait for room.
    pub(super) fn is_sending(&self) -> bool {
        !self.sending.is_empty()
    }

    /// Gives the engine as much as it takes; gives the replies to what is done.
    pub(super) fn pump(&mut self, rtc: &mut Rtc) -> Vec<Value> {
        let mut replies = Vec::new();
        // Those behind one that waits may be for another channel.
        let mut waiting: Vec<String> = Vec::new();
        for mut sending in std::mem::take(&mut self.sending) {
            let done = match self.id_of(&sending.label) {
                _ if waiting.contains(&sending.label) => None,
                None => Some(Err(Fault::Failed(format!("{:?} was closed", sending.label)))),
                Some(id) => sending.give(id, rtc),
            };
            match done {
                Some(Ok(())) => replies.push(json!({"id": sending.request, "ok": {}})),
                Some(Err(fault)) => replies.push(fault.reply(&sending.request)),
                None => {
                    waiting.push(sending.label.clone());
                    self.sending.push_back(sending);
                }
            }
        }
        replies
    }

    /// The connection is over: the replies to what was not sent.
    pub(super) fn give_up(&mut self) -> Vec<Value> {
        let fault = Fault::Failed("the connection is closed".to_owned());
        self.sending.drain(..).map(|sending| fault.reply(&sending.request)).collect()
    }

    fn id_of(&self, label: &str) -> Option<ChannelId> {
        // The newest, should there be several.
        self.labels.iter().rev().find(|(_, known)| *known == label).map(|(id, _)| *id)
    }
}

impl Sending {
    /// `None` while there is more to give.
    fn give(&mut self, id: ChannelId, rtc: &mut Rtc) -> Option<Result<(), Fault>> {
        let mut channel = rtc.channel(id).filter(|channel| channel.is_open())?;
        while self.sent < self.count {
            let next = message(self.text, self.size, self.seed.wrapping_add(self.sent));
            match channel.write(!self.text, &next) {
                Ok(()) => self.sent += 1,
                Err(ChannelWriteError::Full) => return None,
                Err(error) => return Some(Err(Fault::refused(error))),
            }
        }
        Some(Ok(()))
    }
}

fn unknown(label: &str) -> Fault {
    Fault::Failed(format!("there is no channel {label:?}"))
}
