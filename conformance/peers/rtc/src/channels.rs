//! Data channels.

use std::time::Instant;

use bytes::BytesMut;
use lapwing_peer::{Fault, Mailbox, Outgoing, reply, say};
use rtc::data_channel::{RTCDataChannelId, RTCDataChannelInit, RTCDataChannelMessage};
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::event::RTCDataChannelEvent;
use serde_json::{Value, json};

/// What may wait in the stack, which takes whatever it is given: little, as messages with a lifetime grow old there. Of large ones two.
const OUTSTANDING_MAX: usize = 32 << 10;

/// One of them.
#[derive(Debug)]
struct Channel {
    id: RTCDataChannelId,
    label: String,
    /// This side asked for it.
    own: bool,
    open: bool,
}

/// All of a peer connection.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    known: Vec<Channel>,
    mailbox: Mailbox,
    sending: Vec<Outgoing>,
}

impl Channels {
    /// Makes the channel that a request wants.
    pub(crate) fn add(&mut self, pc: &mut RTCPeerConnection, request: &Value) -> Result<(), Fault> {
        let label = request["label"].as_str().ok_or_else(|| Fault::failed("no label"))?;
        let small = |name: &str| -> Result<Option<u16>, Fault> {
            let Some(number) = request[name].as_u64() else { return Ok(None) };
            let small = u16::try_from(number);
            small.map(Some).map_err(|_| Fault::unsupported(format!("{name} of {number}")))
        };
        let init = RTCDataChannelInit {
            ordered: request["ordered"].as_bool().unwrap_or(true),
            max_packet_life_time: small("max_lifetime_ms")?,
            max_retransmits: small("max_retransmits")?,
            protocol: request["protocol"].as_str().unwrap_or("").to_owned(),
            negotiated: small("negotiated")?,
        };
        let id = pc.create_data_channel(label, Some(init)).map_err(Fault::refused)?.id();
        self.known.push(Channel { id, label: label.to_owned(), own: true, open: false });
        Ok(())
    }

    pub(crate) fn event(&mut self, pc: &mut RTCPeerConnection, event: &RTCDataChannelEvent) {
        match event {
            RTCDataChannelEvent::OnOpen(id) => self.opened(pc, *id),
            RTCDataChannelEvent::OnClose(id) => self.closed(*id),
            RTCDataChannelEvent::OnError(id) => eprintln!("channel {id}: an error"),
            _ => {}
        }
    }

    fn opened(&mut self, pc: &mut RTCPeerConnection, id: RTCDataChannelId) {
        let Some(channel) = pc.data_channel(id) else { return };
        let label = channel.label().to_owned();
        let known = self.known.iter_mut().find(|known| known.id == id);
        let own = known.as_ref().is_some_and(|known| known.own);
        match known {
            Some(known) => known.open = true,
            None => self.known.push(Channel { id, label: label.clone(), own: false, open: true }),
        }
        say(
            "channel",
            json!({
                "channel": label, "state": "open", "protocol": channel.protocol(),
                "ordered": channel.ordered(), "stream": channel.stream_id(), "remote": !own,
            }),
        );
    }

    fn closed(&mut self, id: RTCDataChannelId) {
        let Some(at) = self.known.iter().position(|known| known.id == id) else { return };
        let channel = self.known.remove(at);
        say("channel", json!({ "channel": channel.label, "state": "closed" }));
    }

    pub(crate) fn arrived(&mut self, id: RTCDataChannelId, message: &RTCDataChannelMessage) {
        match self.known.iter().find(|known| known.id == id) {
            Some(known) => self.mailbox.put(&known.label, message.is_string, &message.data),
            None => eprintln!("a message of an unknown channel"),
        }
    }

    pub(crate) fn received(&self, label: &str) -> Value {
        self.mailbox.told(label)
    }

    pub(crate) fn send(&mut self, id: u64, request: &Value) -> Result<(), Fault> {
        self.sending.push(Outgoing::new(id, request)?);
        Ok(())
    }

    /// Something waits for room.
    pub(crate) fn waits(&self) -> bool {
        !self.sending.is_empty()
    }

    /// Gives the stack as much as there is room for.
    pub(crate) fn push(&mut self, pc: &mut RTCPeerConnection) {
        let mut sending = std::mem::take(&mut self.sending);
        sending.retain_mut(|outgoing| match self.push_one(pc, outgoing) {
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
    fn push_one(&self, pc: &mut RTCPeerConnection, outgoing: &mut Outgoing) -> Result<bool, Fault> {
        let known = self.known.iter().rev().find(|known| known.label == outgoing.label);
        let Some(known) = known else {
            return Err(Fault::refused(format!("no channel {:?} is open", outgoing.label)));
        };
        if !known.open {
            return Ok(false);
        }
        while let Some(message) = outgoing.next() {
            let none = || Fault::refused(format!("the channel {:?} is gone", outgoing.label));
            let mut channel = pc.data_channel(known.id).ok_or_else(none)?;
            if channel.outstanding_bytes() > OUTSTANDING_MAX.max(2 * message.len()) {
                return Ok(false);
            }
            let now = Instant::now();
            let sent = if outgoing.text {
                let text = String::from_utf8(message).map_err(Fault::failed)?;
                channel.send_text(now, text)
            } else {
                channel.send(now, BytesMut::from(message.as_slice()))
            };
            sent.map_err(Fault::refused)?;
            outgoing.taken();
        }
        Ok(true)
    }

    pub(crate) fn close(&self, pc: &mut RTCPeerConnection, label: &str) -> Result<(), Fault> {
        let none = || Fault::refused(format!("no channel {label:?} is open"));
        let open = self.known.iter().rev().find(|known| known.open && known.label == label);
        let id = open.ok_or_else(none)?.id;
        pc.data_channel(id).ok_or_else(none)?.close().map_err(Fault::refused)
    }
}
