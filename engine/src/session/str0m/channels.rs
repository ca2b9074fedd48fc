//! Data channels of the session.

use str0m::Event as StrEvent;
use str0m::channel::{ChannelConfig as StrChannelConfig, Reliability as StrReliability};

use super::session::Str0mSession;
use super::unanswered::Disposal;
use crate::channel::{ChannelConfig, Reliability};
use crate::session::output::{SessionChannel, SessionEvent};
use crate::session::seam::ChannelRefusal;

/// A channel's settings in the library's words.
fn to_config(config: &ChannelConfig) -> StrChannelConfig {
    let reliability = match config.reliability {
        Reliability::Reliable => StrReliability::Reliable,
        Reliability::MaxLifetime { ms } => StrReliability::MaxPacketLifetime { lifetime: ms },
        Reliability::MaxRetransmits { count } => {
            StrReliability::MaxRetransmits { retransmits: count }
        }
    };
    StrChannelConfig {
        label: config.label.clone(),
        ordered: config.ordered,
        reliability,
        negotiated: config.negotiated,
        protocol: config.protocol.clone(),
    }
}

impl Str0mSession {
    /// Opens a channel on a transport whose m-line is negotiated.
    pub(super) fn open_channel(&mut self, config: &ChannelConfig) -> SessionChannel {
        let config = to_config(config);
        let stream = config.negotiated;
        let channel = self.mutate(|rtc| rtc.direct_api().create_data_channel(config));
        let channel = self.channels.name(channel);
        self.reserve(stream, channel);
        channel
    }

    /// The library has a channel on this stream, or keeps it for one.
    pub(super) fn is_stream_taken(&mut self, stream: u16) -> bool {
        let mut api = || self.rtc.direct_api().channel_id_by_sctp_stream_id(stream).is_some();
        self.reserved.contains_key(&stream) || api()
    }

    /// The stream of a channel; `None` while it has none.
    pub(super) fn stream_of(&mut self, channel: SessionChannel) -> Option<u16> {
        // Only a look, so nothing has to be drained before it.
        self.rtc.direct_api().sctp_stream_id_by_channel_id(self.channels.id(channel)?)
    }

    /// A stream that was agreed on is the channel's until that closes.
    pub(super) fn reserve(&mut self, stream: Option<u16>, channel: SessionChannel) {
        if let Some(stream) = stream {
            self.reserved.insert(stream, channel);
        }
    }

    pub(super) fn write_channel(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelRefusal> {
        let channel = self.channels.id(channel).ok_or(ChannelRefusal::NotOpen)?;
        let written = if self.backlog.is_full() {
            Err(ChannelRefusal::Full)
        } else {
            self.mutate(|rtc| {
                let mut channel = rtc.channel(channel).ok_or(ChannelRefusal::NotOpen)?;
                // An association that is going down refuses; the close event follows.
                match channel.write(binary, data) {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(ChannelRefusal::Full),
                    Err(_) => Err(ChannelRefusal::NotOpen),
                }
            })
        };
        if written == Err(ChannelRefusal::Full) {
            let most = self.config.channel_buffer;
            self.channels.room_at = Some(most.saturating_sub(data.len()).min(most / 4));
        }
        written
    }

    /// Tells once that there is room, where a message was refused: the library tells of a channel
    /// that falls to its threshold, and the one that was refused, or all that fill the buffer, may
    /// be below theirs.
    pub(super) fn tell_room(&mut self) -> Option<SessionEvent> {
        let room_at = self.channels.room_at?;
        // What the library holds of channels that close is not seen, so it may refuse again.
        if self.channels.room_told == Some(self.now) {
            return None;
        }
        let mut held = 0;
        for channel in self.channels.all() {
            held += self.rtc.channel(channel).map_or(0, |mut open| open.buffered_amount());
            if held > room_at {
                return None;
            }
        }
        self.channels.room_at = None;
        self.channels.room_told = Some(self.now);
        Some(SessionEvent::ChannelLow)
    }

    pub(super) fn channel_buffered_amount(&mut self, channel: SessionChannel) -> usize {
        // Only a look, so nothing has to be drained before it.
        let open = self.channels.id(channel).and_then(|channel| self.rtc.channel(channel));
        open.map_or(0, |mut open| open.buffered_amount())
    }

    pub(super) fn set_channel_low_threshold(&mut self, channel: SessionChannel, bytes: usize) {
        let Some(channel) = self.channels.id(channel) else { return };
        self.mutate(|rtc| {
            if let Some(mut open) = rtc.channel(channel) {
                open.set_buffered_amount_low_threshold(bytes);
            }
        });
    }

    pub(super) fn close_channel(&mut self, channel: SessionChannel) {
        let Some(channel) = self.channels.id(channel) else { return };
        self.mutate(|rtc| rtc.direct_api().close_data_channel(channel));
    }

    pub(super) fn on_channel_event(&mut self, event: StrEvent) -> Option<SessionEvent> {
        match event {
            StrEvent::ChannelOpen(id, label) => {
                let channel = self.rtc.channel(id);
                let config = channel.as_ref().and_then(|open| open.config());
                let protocol = config.map(|config| config.protocol.clone()).unwrap_or_default();
                let ordered = config.is_none_or(|config| config.ordered);
                let channel = self.channels.name(id);
                for (binary, data) in self.unanswered.open(channel) {
                    self.backlog.tell(SessionEvent::ChannelMessage { channel, binary, data });
                }
                Some(SessionEvent::ChannelOpened { channel, label, protocol, ordered })
            }
            StrEvent::ChannelData(data) => {
                let channel = self.channels.name(data.id);
                match self.unanswered.dispose(channel, (data.binary, data.data)) {
                    Disposal::Tell((binary, data)) => {
                        Some(SessionEvent::ChannelMessage { channel, binary, data })
                    }
                    Disposal::Kept => None,
                    Disposal::Refused => {
                        self.rtc.direct_api().close_data_channel(data.id);
                        None
                    }
                }
            }
            StrEvent::ChannelClose(id) => {
                let closed = self.channels.name(id);
                self.channels.forget(closed);
                self.unanswered.close(closed);
                self.reserved.retain(|_, channel| *channel != closed);
                Some(SessionEvent::ChannelClosed(closed))
            }
            StrEvent::ChannelBufferedAmountLow(_) => {
                // Whoever is refused now is refused anew.
                self.channels.room_at = None;
                Some(SessionEvent::ChannelLow)
            }
            _ => None,
        }
    }
}
