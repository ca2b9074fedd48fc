//! What the session reports, turned into states and events.

use super::Rtc;
use crate::channel::Opened;
use crate::dtls_fault::DtlsFault;
use crate::event::{ChannelMessage, CloseReason, Event, OpenedChannel};
use crate::session::{Session, SessionEvent};
use crate::state::{ConnectionState, DtlsState, IceConnectionState};

impl Rtc {
    pub(crate) fn push_event(&mut self, event: Event) {
        self.outputs.push(crate::output::Output::Event(event));
    }

    pub(super) fn on_session_event(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Ice(state) => self.on_ice(state),
            SessionEvent::PathOverdue => self.gatherer.look_again(self.now),
            // Media has no keys without a profile; data channels need none.
            SessionEvent::DtlsConnected
                if self.has_media() && self.session.srtp_cipher().is_none() =>
            {
                self.on_closed(CloseReason::Dtls(DtlsFault::NoCommonSrtpProfile));
            }
            SessionEvent::DtlsConnected => {
                self.dtls = DtlsState::Connected;
                self.update_connection();
            }
            SessionEvent::Frame(frame) => {
                if let Some(output) = self.on_frame(frame) {
                    self.outputs.push(output);
                }
            }
            SessionEvent::Packet(packet) => self.push_event(Event::Packet(packet)),
            SessionEvent::Rtcp(packet) => self.push_event(Event::Rtcp(packet)),
            SessionEvent::KeyframeRequested { mid, rid, kind } => {
                self.push_event(Event::KeyframeRequested { mid, rid, kind });
            }
            SessionEvent::Paused { mid, rid, paused } => {
                self.push_event(Event::TrackPaused { mid, rid, paused });
            }
            SessionEvent::Bandwidth(rate) => self.push_event(Event::BandwidthEstimated(rate)),
            SessionEvent::Closed(reason) => self.on_closed(reason),
            other => self.on_channel_event(other),
        }
    }

    /// An m-line of audio or video is in use.
    fn has_media(&self) -> bool {
        self.agreed.iter().any(|media| !media.stopped)
    }

    fn on_channel_event(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::ChannelOpened { channel, label, protocol, ordered } => {
                let (id, remote) = match self.channels.opened(channel, &label, &protocol, ordered) {
                    Opened::As(id, remote) => (id, remote),
                    Opened::Refused => return self.session.close_channel(channel),
                    Opened::TooMany => return self.session.give_up(CloseReason::TooManyChannels),
                };
                self.stats.channels.data_channels_opened += 1;
                let opened = OpenedChannel { id, label, protocol, ordered, remote };
                self.push_event(Event::ChannelOpened(opened));
            }
            SessionEvent::ChannelMessage { channel, binary, data } => {
                let Some(id) = self.channels.id_of(channel) else { return };
                self.channels.count_received(id, data.len());
                self.stats.channels.messages_received += 1;
                self.stats.channels.bytes_received += data.len() as u64;
                let message = ChannelMessage { id, binary, data: data.into() };
                self.push_event(Event::ChannelMessage(message));
            }
            SessionEvent::ChannelLow => self.pump_channels(),
            SessionEvent::ChannelRoom(channel) => {
                if let Some(id) = self.channels.has_room(channel) {
                    self.push_event(Event::ChannelBufferedAmountLow(id));
                }
                self.pump_channels();
            }
            SessionEvent::ChannelReadable(channel) => {
                if let Some(id) = self.channels.id_of(channel) {
                    self.push_event(Event::ChannelReadable(id));
                }
            }
            SessionEvent::ChannelClosed(channel) => {
                if let Some(id) = self.channels.closed(channel) {
                    self.stats.channels.data_channels_closed += 1;
                    self.push_event(Event::ChannelClosed(id));
                    // What waited in it may have been in the way of others.
                    self.pump_channels();
                }
            }
            _ => {}
        }
    }

    fn pump_channels(&mut self) {
        for id in self.channels.pump(&mut self.session) {
            self.push_event(Event::ChannelBufferedAmountLow(id));
        }
    }

    fn on_ice(&mut self, state: IceConnectionState) {
        if self.ice == state || self.ice == IceConnectionState::Closed {
            return;
        }
        self.ice = state;
        let up = matches!(state, IceConnectionState::Connected | IceConnectionState::Completed);
        if up && self.dtls == DtlsState::New {
            self.dtls = DtlsState::Connecting;
        }
        self.push_event(Event::IceConnectionStateChanged(state));
        self.update_connection();
    }

    pub(super) fn update_connection(&mut self) {
        let derived = ConnectionState::derive(self.ice, self.dtls);
        if self.connection != derived {
            self.connection = derived;
            self.push_event(Event::ConnectionStateChanged(derived));
        }
    }

    /// The connection is over: everything is closed, and told so once.
    pub(super) fn on_closed(&mut self, reason: CloseReason) {
        if !self.jsep.close() {
            return;
        }
        for id in self.channels.close_all() {
            self.stats.channels.data_channels_closed += 1;
            self.push_event(Event::ChannelClosed(id));
        }
        self.dtls = match reason {
            CloseReason::Dtls(_) => DtlsState::Failed,
            _ => DtlsState::Closed,
        };
        self.names.close();
        self.session.close(self.now);
        self.on_ice(IceConnectionState::Closed);
        self.update_connection();
        self.push_event(Event::SignalingStateChanged(self.jsep.state()));
        self.push_event(Event::Closed(reason));
    }
}
