//! Messages in and out: the association begins once there are keys and both sides agreed on one.

use super::meddler::Unprotected;
use super::session::OwnSession;
use super::snap::association;
use crate::channel::ChannelConfig;
use crate::event::{CloseReason, TransportFault};
use crate::sctp::{Association, ChannelNumber, Config, EndReason, Event, Output};
use crate::session::agreed::SctpParameters;
use crate::session::output::{SessionChannel, SessionEvent};
use crate::session::seam::ChannelRefusal;

impl OwnSession {
    pub(super) fn agree_channels(&mut self, agreed: Option<&SctpParameters>) {
        if self.channels.agreed.is_none() {
            self.channels.agreed = agreed.cloned();
        }
        if let Some((association, agreed)) = self.channels.association.as_mut().zip(agreed) {
            association.set_remote_message_bytes_max(agreed.remote_message_bytes_max);
        }
        self.begin_channels();
    }

    /// Begins the association where there are keys and an m-line for it. Both sides do (RFC 8841
    /// section 9.3).
    pub(super) fn begin_channels(&mut self) {
        let Some(agreed) = &self.channels.agreed else { return };
        // Without a path, its packets were lost.
        let may = self.handshake.is_done() && self.checks.path().is_some();
        if !may || self.channels.association.is_some() {
            return;
        }
        let config = Config {
            local_port: agreed.local_port,
            remote_port: agreed.remote_port,
            remote_message_bytes_max: agreed.remote_message_bytes_max,
            round_trip: self.round_trip(),
            remote_init: agreed.remote_init.clone(),
            ..association(&self.config, self.handshake.client == Some(true))
        };
        let mut association = Association::new(config, self.now);
        for (name, config) in std::mem::take(&mut self.channels.waiting) {
            match association.open(&config) {
                Ok(number) => self.channels.bind(number, name),
                Err(_) => self.outputs.tell(SessionEvent::ChannelClosed(SessionChannel(name))),
            }
        }
        self.channels.association = Some(association);
    }

    /// The path is another one, which may carry less.
    pub(super) fn move_channels(&mut self) {
        if let Some(association) = &mut self.channels.association {
            association.path_changed();
        }
    }

    pub(super) fn on_channel_packet(&mut self, packet: &[u8]) {
        if let Some(association) = &mut self.channels.association {
            association.handle_packet(packet, self.now);
        }
    }

    /// What the association has to say; false for nothing.
    pub(super) fn follow_channels(&mut self) -> bool {
        let mut said = false;
        while let Some(association) = &mut self.channels.association {
            let Some(output) = association.poll() else { break };
            said = true;
            match output {
                Output::Packet(mut packet) => {
                    self.meddler.change(Unprotected::Sctp, &mut packet);
                    self.handshake.sped.end_flight();
                    if let Some(dtls) = &mut self.handshake.association
                        && let Err(error) = dtls.send(&packet)
                    {
                        tracing::debug!(%error, "a packet of the association is lost");
                    }
                    if let Some(association) = &mut self.channels.association {
                        association.give_back(packet);
                    }
                    // A record each: some peers read one of a datagram, and the next with the next.
                    self.follow_handshake();
                }
                Output::Event(event) => self.on_channel_event(event),
            }
        }
        said
    }

    fn on_channel_event(&mut self, event: Event) {
        let told = match event {
            Event::Opened(opened) => SessionEvent::ChannelOpened {
                channel: self.channels.name(opened.channel),
                label: opened.label,
                protocol: opened.protocol,
                ordered: opened.ordered,
            },
            Event::Message { channel, binary, data } => {
                SessionEvent::ChannelMessage { channel: self.channels.name(channel), binary, data }
            }
            Event::Low(_) => SessionEvent::ChannelLow,
            Event::Room(channel) => SessionEvent::ChannelRoom(self.channels.name(channel)),
            Event::Readable(channel) => SessionEvent::ChannelReadable(self.channels.name(channel)),
            Event::Closed(number) => {
                let channel = self.channels.name(number);
                self.channels.forget(number);
                SessionEvent::ChannelClosed(channel)
            }
            Event::Ended(reason) => {
                match reason {
                    EndReason::Local => {}
                    EndReason::TooManyStreams => self.end(CloseReason::TooManyChannels),
                    EndReason::Shutdown | EndReason::Aborted { .. } => {
                        self.end(CloseReason::Remote);
                    }
                    _ => self.end(CloseReason::Transport(TransportFault::Association)),
                }
                return;
            }
            _ => return,
        };
        if self.life.is_running() {
            self.outputs.tell(told);
        }
    }

    pub(super) fn open(&mut self, config: &ChannelConfig) -> SessionChannel {
        let opened = self.channels.association.as_mut().map(|association| association.open(config));
        let channel = match opened {
            Some(Ok(number)) => self.channels.name(number),
            Some(Err(_)) => {
                let channel = SessionChannel(self.channels.next);
                self.channels.next += 1;
                self.outputs.tell(SessionEvent::ChannelClosed(channel));
                channel
            }
            None => {
                let name = self.channels.next;
                self.channels.next += 1;
                self.channels.waiting.push((name, config.clone()));
                SessionChannel(name)
            }
        };
        self.tick_channels();
        channel
    }

    pub(super) fn stream_is_taken(&self, stream: u16) -> bool {
        let waiting = &self.channels.waiting;
        self.channels.association.as_ref().is_some_and(|it| it.is_stream_taken(stream))
            || waiting.iter().any(|(_, config)| config.negotiated == Some(stream))
    }

    pub(super) fn channel_stream(&self, channel: SessionChannel) -> Option<u16> {
        let number = self.channels.number(channel)?;
        self.channels.association.as_ref()?.stream_of(number)
    }

    pub(super) fn write(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelRefusal> {
        if !self.outputs.admit_channel() {
            return Err(ChannelRefusal::Full);
        }
        self.with_channel(channel, |it, number| it.write(number, binary, data))
    }

    pub(super) fn buffered(&self, channel: SessionChannel) -> usize {
        let number = self.channels.number(channel);
        let association = self.channels.association.as_ref();
        number.zip(association).map_or(0, |(number, it)| it.buffered_amount(number))
    }

    pub(super) fn set_low_threshold(&mut self, channel: SessionChannel, bytes: usize) {
        let number = self.channels.number(channel);
        if let Some((number, it)) = number.zip(self.channels.association.as_mut()) {
            it.set_low_threshold(number, bytes);
            self.tick_channels();
        }
    }

    pub(super) fn close_one(&mut self, channel: SessionChannel) {
        if let Some(place) = self.channels.waiting.iter().position(|(name, _)| *name == channel.0) {
            self.channels.waiting.remove(place);
            self.outputs.tell(SessionEvent::ChannelClosed(channel));
        }
        let number = self.channels.number(channel);
        if let Some((number, it)) = number.zip(self.channels.association.as_mut()) {
            it.close(number);
            self.tick_channels();
        }
    }

    pub(super) fn end_channels(&mut self) {
        if let Some(association) = &mut self.channels.association {
            association.abort();
            association.handle_timeout(self.now);
        }
    }

    /// Has the association do something, and what follows from it.
    pub(super) fn with_channel<T, E: Into<ChannelRefusal>>(
        &mut self,
        channel: SessionChannel,
        work: impl FnOnce(&mut Association, ChannelNumber) -> Result<T, E>,
    ) -> Result<T, ChannelRefusal> {
        if !self.life.is_running() {
            return Err(ChannelRefusal::NotOpen);
        }
        let number = self.channels.number(channel).ok_or(ChannelRefusal::NotOpen)?;
        let association = self.channels.association.as_mut().ok_or(ChannelRefusal::NotOpen)?;
        let done = work(association, number).map_err(Into::into);
        self.tick_channels();
        done
    }

    /// What was asked for goes out at once.
    fn tick_channels(&mut self) {
        if let Some(association) = &mut self.channels.association {
            association.handle_timeout(self.now);
        }
        self.settle();
    }
}
