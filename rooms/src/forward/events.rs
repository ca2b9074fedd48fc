//! What connections report, and data channels.

use std::time::Instant;

use lapwing_engine::{
    ChannelId, ChannelMessage, CloseReason, ConnectionState, Direction, Event, OpenedChannel,
};

use super::forwarder::{Connections, Forwarder};
use super::parcel::Parcel;
use crate::hub::Notice;
use crate::protocol::data::{
    CHAT_BYTES_MAX, CancelReason, ChatMessage, ECHO_BYTES_MAX, FileMessage, TEXT_BYTES_MAX,
};
use crate::protocol::signalling::ParticipantId;

/// Bytes that may wait in an echo channel: beyond this the sender does not read what it asked for.
const ECHO_BUFFERED_MAX: usize = 256 * 1024;

impl<C: Connections> Forwarder<C> {
    /// What a connection reported.
    pub fn event(&mut self, id: &ParticipantId, event: Event, now: Instant) {
        match event {
            Event::NegotiationNeeded => self.offer(id),
            Event::ConnectionStateChanged(state) => self.connection(id, state),
            Event::TrackAdded(track) => {
                self.track(id, track.mid, Some(track.kind), track.direction);
            }
            Event::TrackChanged { mid, direction } => self.track(id, mid, None, direction),
            Event::TrackRemoved { mid } => self.track(id, mid, None, Direction::Inactive),
            Event::Frame(frame) => self.frame(id, &frame, now),
            Event::KeyframeRequested { mid, .. } => self.keyframe_requested(id, mid, now),
            Event::BandwidthEstimated(estimate) => self.estimated(id, estimate, now),
            Event::ChannelOpened(opened) => self.channel_opened(id, &opened, now),
            Event::ChannelMessage(message) => self.channel_message(id, &message, now),
            Event::ChannelBufferedAmountLow(_) => self.pump(id),
            Event::ChannelClosed(channel) => self.channel_closed(id, channel, now),
            Event::Closed(reason) => self.closed(id, reason, now),
            _ => {}
        }
    }

    /// Tells the rooms whether the participant can be heard and seen.
    fn connection(&mut self, id: &ParticipantId, state: ConnectionState) {
        let well = match state {
            ConnectionState::Connected => true,
            ConnectionState::Disconnected | ConnectionState::Failed => false,
            // On its way, or over, which is told otherwise.
            _ => return,
        };
        self.notices.push_back(Notice::Connection { id: id.clone(), well });
    }

    fn closed(&mut self, id: &ParticipantId, reason: CloseReason, now: Instant) {
        self.drop_peer(id, now);
        match reason {
            // Whoever closes it knows, and leaves or comes again.
            CloseReason::Local | CloseReason::Remote => {}
            _ => self.refuse(id, "The connection to the server was lost.".to_owned()),
        }
    }

    fn channel_opened(&mut self, id: &ParticipantId, opened: &OpenedChannel, now: Instant) {
        let Some(peer) = self.peer(id) else { return };
        if !peer.opens.take(now) {
            return self.put_out(id, "too many data channels", now);
        }
        if let Some(place) = peer.channels.place(&opened.label) {
            *place = Some(opened.id);
        }
    }

    fn channel_closed(&mut self, id: &ParticipantId, channel: ChannelId, now: Instant) {
        let Some(peer) = self.peer(id) else { return };
        let channels = &mut peer.channels;
        for place in [&mut channels.chat, &mut channels.echo] {
            if *place == Some(channel) {
                *place = None;
            }
        }
        if channels.file == Some(channel) {
            self.files_gone(id, now);
        }
    }

    /// The participant has no file channel any more.
    pub(super) fn files_gone(&mut self, id: &ParticipantId, now: Instant) {
        if let Some(peer) = self.peer(id) {
            peer.channels.file = None;
            peer.outbox.clear();
        }
        let Some(room) = self.room_of(id).map(str::to_owned) else { return };
        let parcels = self.transfers.get_mut(&room).map(|t| t.gone(id)).unwrap_or_default();
        self.deliver(parcels, now);
    }

    fn channel_message(&mut self, id: &ParticipantId, message: &ChannelMessage, now: Instant) {
        let Some(peer) = self.peer(id) else { return };
        if !peer.messages.take(now) {
            return self.put_out(id, "too many messages on data channels", now);
        }
        let channel = Some(message.id);
        if channel == peer.channels.echo {
            self.echo(id, message);
        } else if channel == peer.channels.file && message.binary {
            let room = self.room_of(id).map(str::to_owned).unwrap_or_default();
            let Some(transfers) = self.transfers.get_mut(&room) else { return };
            let parcels = transfers.chunk(id, &message.data);
            self.deliver(parcels, now);
        } else if !message.binary && message.data.len() <= TEXT_BYTES_MAX {
            let is_chat = channel == peer.channels.chat;
            let Ok(text) = std::str::from_utf8(&message.data) else { return };
            if is_chat {
                self.chat(id, text, now);
            } else if channel == peer.channels.file {
                self.file_text(id, text, now);
            }
        }
    }

    fn echo(&mut self, id: &ParticipantId, message: &ChannelMessage) {
        if message.data.len() > ECHO_BYTES_MAX {
            return;
        }
        let channel = self.connections.rtc_mut(id).and_then(|rtc| rtc.channel(message.id));
        let Some(mut channel) = channel else { return };
        if channel.buffered_amount() > ECHO_BUFFERED_MAX {
            return;
        }
        // A lost echo is seen by the one who measures.
        let _ = match std::str::from_utf8(&message.data) {
            Ok(text) if !message.binary => channel.write_text(text),
            _ => channel.write_binary(&message.data),
        };
    }

    /// Sends chat to all others. What is no chat message or too much is dropped.
    fn chat(&mut self, id: &ParticipantId, text: &str, now: Instant) {
        let Some(peer) = self.peer(id) else { return };
        if !peer.chat.take(now) {
            return;
        }
        let from = Some(id.clone());
        let message = match serde_json::from_str(text) {
            Ok(ChatMessage::Message { text, .. }) if text.len() <= CHAT_BYTES_MAX => {
                ChatMessage::Message { from, text }
            }
            Ok(ChatMessage::State { microphone, camera, screen, .. }) => {
                ChatMessage::State { from, microphone, camera, screen }
            }
            _ => return,
        };
        let text = serde_json::to_string(&message).expect("messages are plain data");
        for other in self.others(id) {
            let Some(channel) = self.peer(&other).and_then(|peer| peer.channels.chat) else {
                continue;
            };
            let channel = self.connections.rtc_mut(&other).and_then(|rtc| rtc.channel(channel));
            if let Some(mut channel) = channel {
                // A participant that does not read misses it.
                let _ = channel.write_text(&text);
            }
        }
    }

    fn file_text(&mut self, id: &ParticipantId, text: &str, now: Instant) {
        let Ok(message) = serde_json::from_str::<FileMessage>(text) else { return };
        let Some(peer) = self.peer(id) else { return };
        if matches!(message, FileMessage::Offer(_)) && !peer.offers.take(now) {
            return;
        }
        let reachable: Vec<ParticipantId> = (self.others(id).into_iter())
            .filter(|other| self.peer(other).is_some_and(|peer| peer.channels.file.is_some()))
            .collect();
        let room = self.room_of(id).map(str::to_owned).unwrap_or_default();
        let Some(transfers) = self.transfers.get_mut(&room) else { return };
        let parcels = transfers.text(id, message, |to| reachable.contains(to));
        self.deliver(parcels, now);
    }

    fn deliver(&mut self, parcels: Vec<Parcel>, now: Instant) {
        for Parcel { to, content } in parcels {
            let Some(peer) = self.peer(&to).filter(|peer| peer.channels.file.is_some()) else {
                continue;
            };
            let transfer = content.transfer();
            if peer.outbox.push(content) {
                self.pump(&to);
            } else if let Some(transfer) = transfer {
                self.cancel(&to, transfer, now);
            } else {
                self.put_out(&to, "it does not take what is said to it", now);
            }
        }
    }

    /// Ends a transfer for whose chunks there is no memory.
    fn cancel(&mut self, of: &ParticipantId, transfer: u64, now: Instant) {
        let Some(room) = self.room_of(of).map(str::to_owned) else { return };
        let Some(transfers) = self.transfers.get_mut(&room) else { return };
        let parcels = transfers.cancel(transfer, CancelReason::Io);
        self.deliver(parcels, now);
    }

    /// Writes what waits for the participant's file channel, as far as there is room.
    fn pump(&mut self, id: &ParticipantId) {
        let Some(peer) = self.members.get_mut(id).and_then(|member| member.peer.as_mut()) else {
            return;
        };
        let Some(channel) = peer.channels.file else { return };
        if let Some(rtc) = self.connections.rtc_mut(id) {
            peer.outbox.pump(rtc, channel);
        }
    }
}
