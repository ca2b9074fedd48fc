//! Commands, executed: the one way by which what an application asks enters a connection.

use std::time::Instant;

use super::Rtc;
use crate::candidate::CandidateInit;
use crate::channel::{ChannelConfig, ChannelError, ChannelWriteError, MessagePart};
use crate::command::Command;
use crate::config::Delivery;
use crate::event::{CloseReason, Event, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{ChannelId, Mid, Rid};
use crate::media::{WriteError, WriteOptions};
use crate::outcome::{Answer, Outcome};
use crate::record::moment;
use crate::session::Session;
use crate::session::agreed::AgreedMedia;

impl Rtc {
    /// Has a command executed at the time of the last input, and gives its answer.
    pub(crate) fn ask<T: Answer>(&mut self, command: &Command<'_>) -> T {
        self.ask_at(command, self.now)
    }

    /// Has a command executed that brings its time along.
    pub(crate) fn ask_at<T: Answer>(&mut self, command: &Command<'_>, now: Instant) -> T {
        T::of(self.dispatch(command, now))
    }

    /// Records a command, executes it, and records what it came to.
    pub(crate) fn dispatch(&mut self, command: &Command<'_>, now: Instant) -> Outcome {
        self.record_command(command, now);
        self.now = self.now.max(now);
        let outcome = self.execute(command);
        self.record_outcome(&outcome);
        outcome
    }

    fn execute(&mut self, command: &Command<'_>) -> Outcome {
        match command {
            Command::AddTransceiver { kind, init } => {
                self.wish(|rtc| rtc.jsep.add_transceiver(*kind, init.as_ref().clone()))
            }
            Command::AddTrack { kind, init } => {
                self.wish(|rtc| rtc.jsep.add_track(*kind, init.as_ref().clone()))
            }
            Command::SetDirection { id, direction } => {
                self.wish(|rtc| rtc.jsep.set_direction(*id, *direction))
            }
            Command::Stop { id } => self.wish(|rtc| rtc.jsep.stop(*id)),
            Command::SetStreams { id, streams } => {
                self.wish(|rtc| rtc.jsep.set_streams(*id, streams.to_vec()))
            }
            Command::SetCodecPreferences { id, codecs } => self.wish(|rtc| {
                rtc.jsep.set_codec_preferences(*id, codecs.to_vec(), &rtc.capabilities)
            }),
            Command::SetParameters { id, encodings } => {
                self.wish(|rtc| rtc.jsep.set_parameters(*id, encodings.to_vec()))
            }
            Command::SetHeaderExtensions { id, extensions } => self.wish(|rtc| {
                rtc.jsep.set_header_extensions(*id, extensions.to_vec(), &rtc.capabilities)
            }),
            Command::RestartIce => self.done(Rtc::want_restart),
            Command::CreateOffer => self.make_offer().into(),
            Command::CreateAnswer => self.make_answer().into(),
            Command::SetLocal { description } => self.apply_local(description).into(),
            Command::SetRemote { description } => self.apply_remote(description).into(),
            Command::Rollback => self.take_back().into(),
            Command::AddIceCandidate { candidate, mid, index, ufrag } => {
                self.take_candidate(candidate, signalled(*mid, *index, *ufrag)).into()
            }
            Command::WriteFrame { .. } => self.send_frame(command).into(),
            Command::WritePacket { .. } => self.send_packet(command).into(),
            Command::WriteRtcp { packet } => {
                self.session.write_rtcp(packet.whole().unwrap_or_default(), self.now).into()
            }
            Command::RequestKeyframe { mid, rid, kind } => {
                self.session.request_keyframe(*mid, *rid, *kind).into()
            }
            Command::SelectLayer { mid, rid } => self.done(|rtc| rtc.choose_layer(*mid, *rid)),
            Command::CreateChannel { config } => self.make_channel(config.as_ref().clone()).into(),
            Command::WriteChannel { id, binary, data } => {
                self.send_message(*id, *binary, data.whole().unwrap_or_default()).into()
            }
            Command::BeginMessage { id, binary, length } => {
                self.channels.begin_message(*id, *binary, *length, &mut self.session).into()
            }
            Command::WritePart { id, data } => {
                self.send_part(*id, data.whole().unwrap_or_default()).into()
            }
            Command::EndMessage { id } => self.finish_message(*id).into(),
            Command::SetReading { id, reading } => {
                self.channels.set_reading(*id, *reading, &mut self.session).into()
            }
            Command::ReadChannel { id, bytes_max } => self.take_part(*id, *bytes_max).into(),
            Command::BufferedAmount { id } => {
                self.channels.buffered_amount(*id, &mut self.session).into()
            }
            Command::SetLowThreshold { id, bytes } => {
                self.done(|rtc| rtc.set_low_threshold(*id, *bytes))
            }
            Command::CloseChannel { id } => self.done(|rtc| rtc.end_channel(*id)),
            Command::SetDesiredBitrate { minimum, desired } => {
                self.done(|rtc| rtc.session.set_desired_bitrate(*minimum, *desired))
            }
            Command::Close => self.done(Rtc::end),
        }
    }

    /// Notes what the application asks for, and tells where that needs an offer.
    fn wish<T: Into<Outcome>>(&mut self, note: impl FnOnce(&mut Rtc) -> T) -> Outcome {
        let answer = note(self).into();
        self.check_negotiation_needed();
        answer
    }

    fn want_restart(&mut self) {
        self.jsep.restart_ice();
        self.check_negotiation_needed();
    }

    /// Does what has no answer.
    fn done(&mut self, work: impl FnOnce(&mut Rtc)) -> Outcome {
        work(self);
        Outcome::Done
    }

    fn send_frame(&mut self, command: &Command<'_>) -> Result<(), WriteError> {
        let Command::WriteFrame {
            mid,
            rid,
            audio_level,
            voice_activity,
            captured_ns,
            layer,
            playout_delay,
            codec,
            time,
            keyframe,
            data,
        } = *command
        else {
            unreachable!("only frames are sent as frames");
        };
        if self.config.delivery != Delivery::Frames {
            return Err(WriteError::WrongDelivery);
        }
        self.check_sent(mid, rid)?;
        let frame = EncodedFrame { codec, time, keyframe, data: data.to_shared() };
        let captured_at = captured_ns.and_then(|ns| moment(ns, self.started));
        let options =
            WriteOptions { rid, audio_level, voice_activity, captured_at, layer, playout_delay };
        self.session.write_frame(mid, &frame, options, self.now)?;
        self.stats.on_frame_sent(mid, rid, &frame, &layer.unwrap_or_default());
        Ok(())
    }

    fn send_packet(&mut self, command: &Command<'_>) -> Result<(), WriteError> {
        let Command::WritePacket {
            mid,
            rid,
            payload_type,
            sequence_number,
            timestamp,
            marker,
            nackable,
            payload,
        } = *command
        else {
            unreachable!("only packets are sent as packets");
        };
        if self.config.delivery != Delivery::Packets {
            return Err(WriteError::WrongDelivery);
        }
        self.check_sent(mid, rid)?;
        let payload = payload.to_payload();
        let packet =
            OutgoingPacket { payload_type, sequence_number, timestamp, marker, nackable, payload };
        self.session.write_packet(mid, rid, packet, self.now)
    }

    /// The application wants it sent, and no description has it paused.
    fn check_sent(&self, mid: Mid, rid: Option<Rid>) -> Result<(), WriteError> {
        let is_paused = |media: &AgreedMedia| {
            media.send.encodings.iter().any(|encoding| encoding.rid == rid && encoding.paused)
        };
        if self.agreed_media(mid).is_some_and(is_paused) || !self.jsep.wants_sent(mid, rid) {
            return Err(WriteError::NotSending);
        }
        Ok(())
    }

    fn choose_layer(&mut self, mid: Mid, rid: Option<Rid>) {
        // Only a recording that was not made here names another m-line: none has a selector then.
        if self.jsep.kind_of(mid).is_some() && self.layers.entry(mid).or_default().select(rid) {
            // A layer that has not arrived yet begins with a keyframe anyway.
            let _ = self.session.request_keyframe(mid, rid, KeyframeRequestKind::Pli);
        }
    }

    fn make_channel(&mut self, config: ChannelConfig) -> Result<ChannelId, ChannelError> {
        if self.is_over() {
            return Err(ChannelError::Closed);
        }
        let id = self.channels.create(config, &mut self.session)?;
        if self.jsep.has_data_channels() {
            self.channels.open_queued(&mut self.session);
        }
        self.check_negotiation_needed();
        Ok(id)
    }

    fn send_message(
        &mut self,
        id: ChannelId,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelWriteError> {
        self.channels.write(id, binary, data, &mut self.session)?;
        self.channels.count_sent(id, 1, data.len());
        self.stats.channels.messages_sent += 1;
        self.stats.channels.bytes_sent += data.len() as u64;
        Ok(())
    }

    fn send_part(&mut self, id: ChannelId, data: &[u8]) -> Result<usize, ChannelWriteError> {
        let taken = self.channels.write_part(id, data, &mut self.session)?;
        self.channels.count_sent(id, 0, taken);
        self.stats.channels.bytes_sent += taken as u64;
        Ok(taken)
    }

    fn finish_message(&mut self, id: ChannelId) -> Result<(), ChannelWriteError> {
        self.channels.end_message(id, &mut self.session)?;
        self.channels.count_sent(id, 1, 0);
        self.stats.channels.messages_sent += 1;
        Ok(())
    }

    fn take_part(&mut self, id: ChannelId, bytes_max: usize) -> Option<MessagePart> {
        let part = self.channels.read(id, bytes_max, &mut self.session)?;
        self.stats.channels.messages_received += u64::from(part.is_last);
        self.stats.channels.bytes_received += part.data.len() as u64;
        Some(part)
    }

    fn set_low_threshold(&mut self, id: ChannelId, bytes: usize) {
        if self.channels.set_low_threshold(id, bytes, &mut self.session) {
            self.push_event(Event::ChannelBufferedAmountLow(id));
        }
    }

    fn end_channel(&mut self, id: ChannelId) {
        if self.channels.close(id, &mut self.session) {
            self.push_event(Event::ChannelClosed(id));
            self.check_negotiation_needed();
        }
    }

    fn end(&mut self) {
        self.session.close(self.now);
        self.on_closed(CloseReason::Local);
    }
}

/// What a candidate is signalled with.
fn signalled(mid: Option<&str>, index: Option<usize>, ufrag: Option<&str>) -> CandidateInit {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    CandidateInit { candidate: None, mid: owned(mid), index, ufrag: owned(ufrag) }
}
