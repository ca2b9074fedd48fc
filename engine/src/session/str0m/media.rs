//! Frames and packets in and out of the session.

use std::sync::Arc;
use std::time::Instant;

use str0m::media::{Frequency, MediaTime as StrMediaTime, Pt};
use str0m::rtp::{RtpPacket, RtpWrite, Ssrc as StrSsrc};
use str0m::{Event as StrEvent, RtcError};

use super::convert;
use super::session::Str0mSession;
use crate::codec::{Codec, MediaKind};
use crate::event::KeyframeRequestKind;
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{Mid, PayloadType, Rid};
use crate::media::{KeyframeError, WriteError, WriteOptions};
use crate::session::output::SessionEvent;

/// Streams whose owner is remembered: every m-line with a few layers each.
const OWNERS_MAX: usize = 1024;

impl Str0mSession {
    /// Less is preferred.
    fn place(&self, mid: Mid, payload_type: PayloadType) -> usize {
        let listed = self.preferences.get(&mid);
        let place = listed.and_then(|list| list.iter().position(|known| *known == payload_type));
        place.unwrap_or(usize::MAX)
    }

    pub(super) fn write_frame(
        &mut self,
        mid: Mid,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        if options.layer.is_some_and(|layer| layer.spatial > 0) {
            return Err(WriteError::Refused);
        }
        let to = convert::to_mid(mid);
        let media = self.rtc.media(to).ok_or(WriteError::UnknownMid)?;
        let known = self.chosen.get(&(mid, frame.codec)).copied();
        let payload_type = known
            .or_else(|| self.payload_type(mid, media.remote_pts(), frame.codec))
            .ok_or(WriteError::CodecNotNegotiated(frame.codec))?;
        if !convert::direction(media.direction()).sends() {
            return Err(WriteError::NotSending);
        }
        // There are as many as m-lines and codecs, at most.
        if known.is_none() {
            self.chosen.insert((mid, frame.codec), payload_type);
        }
        let unknown = options.rid.map_or(WriteError::NotSending, WriteError::UnknownRid);
        let ssrc = self.sending_ssrc(mid, options.rid).ok_or(unknown)?;
        self.check_room(ssrc, frame.data.len())?;
        let rate = Frequency::new(frame.time.rate()).expect("a media clock has a rate");
        let time = StrMediaTime::new(frame.time.ticks(), rate);
        let data = Arc::clone(&frame.data);
        self.mutate(|rtc| {
            let mut writer = rtc.writer(to).ok_or(WriteError::UnknownMid)?;
            if let Some(rid) = options.rid {
                writer = writer.rid(convert::to_rid(rid));
            }
            if let Some(level) = options.audio_level {
                writer = writer.audio_level(level, options.voice_activity);
            }
            let wallclock = options.captured_at.unwrap_or(now);
            writer.write(payload_type, wallclock, time, data).map_err(write_error)
        })?;
        self.note_written(ssrc, frame.codec.kind(), frame.data.len());
        Ok(())
    }

    /// The stream that sends for an m-line or a layer of it. The library is asked once.
    fn sending_ssrc(&mut self, mid: Mid, rid: Option<Rid>) -> Option<u32> {
        if let Some(ssrc) = self.senders.get(&(mid, rid)) {
            return Some(*ssrc);
        }
        if !self.may_send_layer(mid, rid) {
            return None;
        }
        let mut api = self.rtc.direct_api();
        let ssrc = *api.stream_tx_by_mid(convert::to_mid(mid), rid.map(convert::to_rid))?.ssrc();
        if self.senders.len() < OWNERS_MAX {
            self.senders.insert((mid, rid), ssrc);
        }
        Some(ssrc)
    }

    fn check_room(&self, ssrc: u32, bytes: usize) -> Result<(), WriteError> {
        if self.backlog.is_full() {
            return Err(WriteError::NotDrained);
        }
        match &self.paced {
            Some(paced) if !paced.has_room(ssrc, bytes) => Err(WriteError::Full),
            _ => Ok(()),
        }
    }

    /// Only video is paced.
    fn note_written(&mut self, ssrc: u32, kind: MediaKind, bytes: usize) {
        self.written = true;
        if let (Some(paced), MediaKind::Video) = (&mut self.paced, kind) {
            paced.on_write(ssrc, bytes);
        }
    }

    fn payload_type(&self, mid: Mid, agreed: &[Pt], codec: Codec) -> Option<Pt> {
        let params = self.rtc.codec_config().params().iter();
        let found = params.filter(|params| {
            convert::codec(params.spec().codec) == Some(codec)
                && agreed.contains(&params.pt())
                && self.may_send(mid, PayloadType(*params.pt()))
        });
        found.map(|params| params.pt()).min_by_key(|pt| self.place(mid, PayloadType(**pt)))
    }

    pub(super) fn write_packet(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        let media = self.rtc.media(convert::to_mid(mid)).ok_or(WriteError::UnknownMid)?;
        if !media.remote_pts().contains(&packet.payload_type.0.into())
            || !self.may_send(mid, packet.payload_type)
        {
            return Err(WriteError::UnknownPayloadType(packet.payload_type));
        }
        let kind = convert::kind(media.kind());
        if !convert::direction(media.direction()).sends() {
            return Err(WriteError::NotSending);
        }
        let ssrc = self.sending_ssrc(mid, rid).ok_or(WriteError::NotSending)?;
        let bytes = packet.payload.len();
        self.check_room(ssrc, bytes)?;
        self.mutate(|rtc| {
            let mut api = rtc.direct_api();
            let stream = api.stream_tx(&ssrc.into()).ok_or(WriteError::NotSending)?;
            let write = RtpWrite::new(
                packet.payload_type.0.into(),
                packet.sequence_number.into(),
                packet.timestamp,
                now,
                Arc::<[u8]>::from(packet.payload),
            );
            stream.write_rtp(write.marker(packet.marker).nackable(packet.nackable));
            Ok(())
        })?;
        self.note_written(ssrc, kind, bytes);
        Ok(())
    }

    pub(super) fn request_keyframe(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError> {
        let kind = convert::to_keyframe_kind(kind);
        let (mid, rid) = (convert::to_mid(mid), rid.map(convert::to_rid));
        if self.backlog.is_full() {
            return Err(KeyframeError::NotDrained);
        }
        self.mutate(|rtc| {
            let mut api = rtc.direct_api();
            let stream = api.stream_rx_by_mid(mid, rid).ok_or(KeyframeError::NothingReceived)?;
            stream.request_keyframe(kind);
            Ok(())
        })
    }

    /// The m-line and layer of a stream. The library is asked once: asking makes it look at
    /// everything again.
    fn owner(&mut self, ssrc: StrSsrc) -> Option<(Mid, Option<Rid>)> {
        if let Some(owner) = self.owners.get(&ssrc) {
            return Some(*owner);
        }
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc)?;
        let owner = (convert::mid(stream.mid()), stream.rid().and_then(convert::rid));
        if self.owners.len() < OWNERS_MAX {
            self.owners.insert(*ssrc, owner);
        }
        Some(owner)
    }

    /// Our name for an m-line. Names are checked once, not with each frame.
    pub(super) fn mid_of(&mut self, named: str0m::media::Mid) -> Mid {
        match self.framed {
            Some((known, mid)) if known == named => mid,
            _ => {
                let mid = convert::mid(named);
                self.framed = Some((named, mid));
                mid
            }
        }
    }

    pub(super) fn on_packet(&mut self, packet: &RtpPacket) -> Option<SessionEvent> {
        let (mid, rid) = self.owner(packet.header.ssrc)?;
        Some(SessionEvent::Packet(convert::packet(packet, mid, rid)))
    }

    pub(super) fn on_media_event(&mut self, event: StrEvent) -> Option<SessionEvent> {
        Some(match event {
            StrEvent::KeyframeRequest(request) => SessionEvent::KeyframeRequested {
                mid: convert::mid(request.mid),
                rid: request.rid.and_then(convert::rid),
                kind: convert::keyframe_kind(request.kind),
            },
            StrEvent::StreamPaused(stream) => SessionEvent::Paused {
                mid: convert::mid(stream.mid),
                rid: stream.rid.and_then(convert::rid),
                paused: stream.paused,
            },
            _ => return None,
        })
    }
}

fn write_error(error: RtcError) -> WriteError {
    match error {
        RtcError::UnknownPt(pt) => WriteError::UnknownPayloadType(PayloadType(*pt)),
        RtcError::UnknownRid(rid) => {
            convert::rid(rid).map_or(WriteError::NotSending, WriteError::UnknownRid)
        }
        RtcError::NotSendingDirection(_) | RtcError::NoSenderSource => WriteError::NotSending,
        RtcError::WriteWithoutPoll => WriteError::NotDrained,
        _ => WriteError::Refused,
    }
}
