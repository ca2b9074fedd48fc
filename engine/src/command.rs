//! What an application asks of a connection.
//!
//! Handles build a [`Command`], `Rtc::dispatch` executes it, the recorder writes it, and the
//! replayer hands it to the same dispatch again.

use std::borrow::Cow;
use std::sync::Arc;

use crate::bitrate::Bitrate;
use crate::channel::{ChannelConfig, ChannelReading};
use crate::codec::{Codec, MediaKind};
use crate::event::{Direction, KeyframeRequestKind};
use crate::ids::{ChannelId, Mid, PayloadType, Rid, TransceiverId};
use crate::jsep::{
    CodecPreference, HeaderExtension, SendEncoding, SessionDescription, TransceiverInit,
};
use crate::rtp::extension::PlayoutDelay;
use crate::rtp::format::FrameInfo;
use crate::shared_bytes::SharedBytes;
use crate::time::MediaTime;

/// Everything that an application can ask of a connection, one variant for each method that changes
/// something. Questions that change nothing, such as
/// [`Rtc::stats`](crate::Rtc::stats), are none.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Command<'a> {
    /// [`Negotiation::add_transceiver`](crate::Negotiation::add_transceiver).
    AddTransceiver {
        /// Audio or video.
        kind: MediaKind,
        /// How it begins.
        init: Cow<'a, TransceiverInit>,
    },
    /// [`Negotiation::add_track`](crate::Negotiation::add_track).
    AddTrack {
        /// Audio or video.
        kind: MediaKind,
        /// How it begins, where it is a new one.
        init: Cow<'a, TransceiverInit>,
    },
    /// [`Negotiation::set_direction`](crate::Negotiation::set_direction).
    SetDirection {
        /// Of which.
        id: TransceiverId,
        /// To what.
        direction: Direction,
    },
    /// [`Negotiation::stop`](crate::Negotiation::stop).
    Stop {
        /// Which.
        id: TransceiverId,
    },
    /// [`Negotiation::set_streams`](crate::Negotiation::set_streams).
    SetStreams {
        /// Of which.
        id: TransceiverId,
        /// Their names.
        streams: Cow<'a, [String]>,
    },
    /// [`Negotiation::set_codec_preferences`](crate::Negotiation::set_codec_preferences).
    SetCodecPreferences {
        /// Of which.
        id: TransceiverId,
        /// Preferred first.
        codecs: Cow<'a, [CodecPreference]>,
    },
    /// [`Negotiation::set_parameters`](crate::Negotiation::set_parameters).
    SetParameters {
        /// Of which.
        id: TransceiverId,
        /// What is sent.
        encodings: Cow<'a, [SendEncoding]>,
    },
    /// [`Negotiation::set_header_extensions`](crate::Negotiation::set_header_extensions).
    SetHeaderExtensions {
        /// Of which.
        id: TransceiverId,
        /// Each with where it may be sent.
        extensions: Cow<'a, [HeaderExtension]>,
    },
    /// [`Negotiation::restart_ice`](crate::Negotiation::restart_ice).
    RestartIce,
    /// [`Negotiation::create_offer`](crate::Negotiation::create_offer).
    CreateOffer,
    /// [`Negotiation::create_answer`](crate::Negotiation::create_answer).
    CreateAnswer,
    /// [`Negotiation::set_local`](crate::Negotiation::set_local).
    SetLocal {
        /// Offer or answer.
        description: Cow<'a, SessionDescription>,
    },
    /// [`Negotiation::set_remote`](crate::Negotiation::set_remote).
    SetRemote {
        /// Offer or answer.
        description: Cow<'a, SessionDescription>,
    },
    /// [`Negotiation::rollback`](crate::Negotiation::rollback).
    Rollback,
    /// [`Negotiation::add_ice_candidate`](crate::Negotiation::add_ice_candidate) or
    /// [`Negotiation::add_candidate`](crate::Negotiation::add_candidate).
    AddIceCandidate {
        /// The line; empty at the end of candidates.
        candidate: &'a str,
        /// The m-line by its name.
        mid: Option<&'a str>,
        /// The m-line by its place, from zero.
        index: Option<usize>,
        /// The user fragment of its generation.
        ufrag: Option<&'a str>,
    },
    /// [`Media::write_with`](crate::Media::write_with).
    WriteFrame {
        /// The m-line.
        mid: Mid,
        /// The layer.
        rid: Option<Rid>,
        /// Level in dBov.
        audio_level: Option<i8>,
        /// The frame holds a voice.
        voice_activity: bool,
        /// Nanoseconds from the start of the connection to the moment of capture.
        captured_ns: Option<i64>,
        /// What the encoder tells of its layer.
        layer: Option<FrameInfo>,
        /// The delay from capture to showing that is wanted from here on.
        playout_delay: Option<PlayoutDelay>,
        /// How it is encoded.
        codec: Codec,
        /// Presentation time.
        time: MediaTime,
        /// Decodable alone.
        keyframe: bool,
        /// The encoded bytes.
        data: Blob<'a>,
    },
    /// [`Media::write_packet`](crate::Media::write_packet).
    WritePacket {
        /// The m-line.
        mid: Mid,
        /// The layer.
        rid: Option<Rid>,
        /// The payload type.
        payload_type: PayloadType,
        /// Extended sequence number.
        sequence_number: u64,
        /// RTP timestamp.
        timestamp: u32,
        /// The marker bit.
        marker: bool,
        /// May be sent again.
        nackable: bool,
        /// The payload.
        payload: Blob<'a>,
    },
    /// [`Rtc::write_rtcp`](crate::Rtc::write_rtcp).
    WriteRtcp {
        /// The packet.
        packet: Blob<'a>,
    },
    /// [`Media::request_keyframe`](crate::Media::request_keyframe).
    RequestKeyframe {
        /// The m-line.
        mid: Mid,
        /// The layer.
        rid: Option<Rid>,
        /// How.
        kind: KeyframeRequestKind,
    },
    /// [`Media::select_layer`](crate::Media::select_layer).
    SelectLayer {
        /// The m-line.
        mid: Mid,
        /// The layer.
        rid: Option<Rid>,
    },
    /// [`Rtc::create_channel`](crate::Rtc::create_channel).
    CreateChannel {
        /// Its settings.
        config: Cow<'a, ChannelConfig>,
    },
    /// [`Channel::write_text`](crate::Channel::write_text) or
    /// [`Channel::write_binary`](crate::Channel::write_binary).
    WriteChannel {
        /// The channel.
        id: ChannelId,
        /// Bytes rather than text.
        binary: bool,
        /// The message.
        data: Blob<'a>,
    },
    /// [`Channel::begin_message`](crate::Channel::begin_message).
    BeginMessage {
        /// The channel.
        id: ChannelId,
        /// Bytes rather than text.
        binary: bool,
        /// In bytes, where it is known.
        length: Option<u64>,
    },
    /// [`Channel::write_part`](crate::Channel::write_part).
    WritePart {
        /// The channel.
        id: ChannelId,
        /// The part.
        data: Blob<'a>,
    },
    /// [`Channel::end_message`](crate::Channel::end_message).
    EndMessage {
        /// The channel.
        id: ChannelId,
    },
    /// [`Channel::set_reading`](crate::Channel::set_reading).
    SetReading {
        /// The channel.
        id: ChannelId,
        /// From here on.
        reading: ChannelReading,
    },
    /// [`Channel::read`](crate::Channel::read).
    ReadChannel {
        /// The channel.
        id: ChannelId,
        /// Of so many bytes at most.
        bytes_max: usize,
    },
    /// [`Channel::buffered_amount`](crate::Channel::buffered_amount): it asks the transport, whose
    /// random streams move with each question.
    BufferedAmount {
        /// The channel.
        id: ChannelId,
    },
    /// [`Channel::set_buffered_amount_low_threshold`](crate::Channel::set_buffered_amount_low_threshold).
    SetLowThreshold {
        /// The channel.
        id: ChannelId,
        /// The threshold.
        bytes: usize,
    },
    /// [`Channel::close`](crate::Channel::close).
    CloseChannel {
        /// The channel.
        id: ChannelId,
    },
    /// [`Rtc::set_desired_bitrate`](crate::Rtc::set_desired_bitrate).
    SetDesiredBitrate {
        /// In any case.
        minimum: Bitrate,
        /// If it fits.
        desired: Bitrate,
    },
    /// [`Rtc::close`](crate::Rtc::close).
    Close,
}

impl Command<'_> {
    /// What it is, in one word.
    pub const fn name(&self) -> &'static str {
        match self {
            Command::AddTransceiver { .. } => "AddTransceiver",
            Command::AddTrack { .. } => "AddTrack",
            Command::SetDirection { .. } => "SetDirection",
            Command::Stop { .. } => "Stop",
            Command::SetStreams { .. } => "SetStreams",
            Command::SetCodecPreferences { .. } => "SetCodecPreferences",
            Command::SetParameters { .. } => "SetParameters",
            Command::SetHeaderExtensions { .. } => "SetHeaderExtensions",
            Command::RestartIce => "RestartIce",
            Command::CreateOffer => "CreateOffer",
            Command::CreateAnswer => "CreateAnswer",
            Command::SetLocal { .. } => "SetLocal",
            Command::SetRemote { .. } => "SetRemote",
            Command::Rollback => "Rollback",
            Command::AddIceCandidate { .. } => "AddIceCandidate",
            Command::WriteFrame { .. } => "WriteFrame",
            Command::WritePacket { .. } => "WritePacket",
            Command::WriteRtcp { .. } => "WriteRtcp",
            Command::RequestKeyframe { .. } => "RequestKeyframe",
            Command::SelectLayer { .. } => "SelectLayer",
            Command::CreateChannel { .. } => "CreateChannel",
            Command::WriteChannel { .. } => "WriteChannel",
            Command::BeginMessage { .. } => "BeginMessage",
            Command::WritePart { .. } => "WritePart",
            Command::EndMessage { .. } => "EndMessage",
            Command::SetReading { .. } => "SetReading",
            Command::ReadChannel { .. } => "ReadChannel",
            Command::BufferedAmount { .. } => "BufferedAmount",
            Command::SetLowThreshold { .. } => "SetLowThreshold",
            Command::CloseChannel { .. } => "CloseChannel",
            Command::SetDesiredBitrate { .. } => "SetDesiredBitrate",
            Command::Close => "Close",
        }
    }
}

/// Bytes, or what is said of them where a recording leaves payload out.
#[derive(Clone, Copy, Debug)]
pub enum Blob<'a> {
    /// The bytes.
    Whole(&'a [u8]),
    /// The bytes, which whoever sends them shares. A recording gives them back as
    /// [`Blob::Whole`].
    Shared(&'a Arc<[u8]>),
    /// The payload of a packet, shared likewise.
    Packet(&'a SharedBytes),
    /// They were left out.
    LeftOut {
        /// How many there were.
        length: u64,
        /// A digest, to tell equal from different.
        digest: u64,
    },
}

impl<'a> Blob<'a> {
    /// The bytes, where they are there.
    pub fn whole(&self) -> Option<&'a [u8]> {
        match *self {
            Blob::Whole(bytes) => Some(bytes),
            Blob::Shared(bytes) => Some(bytes),
            Blob::Packet(bytes) => Some(bytes),
            Blob::LeftOut { .. } => None,
        }
    }

    /// How many bytes there are, or were.
    pub fn length(&self) -> u64 {
        match *self {
            Blob::Whole(bytes) => bytes.len() as u64,
            Blob::Shared(bytes) => bytes.len() as u64,
            Blob::Packet(bytes) => bytes.len() as u64,
            Blob::LeftOut { length, .. } => length,
        }
    }

    /// The bytes to be sent. Those that were left out are none: such a recording is not replayed.
    pub(crate) fn to_shared(self) -> Arc<[u8]> {
        match self {
            Blob::Whole(bytes) => Arc::from(bytes),
            Blob::Packet(bytes) => bytes.clone().into(),
            Blob::Shared(bytes) => Arc::clone(bytes),
            Blob::LeftOut { .. } => Arc::default(),
        }
    }

    /// The same for the payload of a packet.
    pub(crate) fn to_payload(self) -> SharedBytes {
        match self {
            Blob::Packet(bytes) => bytes.clone(),
            other => SharedBytes::from(other.to_shared()),
        }
    }
}
