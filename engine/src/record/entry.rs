//! What a recording consists of: one entry for each input, command and round of outputs.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::digest::digest;
use super::recorder::RecordOptions;
use super::summary::OutputSummary;
use super::wire::{Fault, Source, Wire};
use crate::bitrate::Bitrate;
use crate::channel::ChannelConfig;
use crate::codec::{Codec, MediaKind};
use crate::config::Config;
use crate::datagram::{Ecn, Protocol};
use crate::demux::PacketKind;
use crate::event::{Direction, KeyframeRequestKind};
use crate::ids::{ChannelId, Mid, PayloadType, Rid, TransceiverId};
use crate::jsep::{SdpType, TransceiverInit};
use crate::session::SctpIdentity;
use crate::socket::{Interface, ResolveId, SocketReply};
use crate::time::MediaTime;

/// The attribute of a description that holds an ICE password (RFC 8839 section 5.4).
const PASSWORD: &str = "a=ice-pwd:";

macro_rules! entries {
    ($($(#[$doc:meta])* $code:literal $name:ident {
        $($(#[$fdoc:meta])* $field:ident: $type:ty,)*
    })+) => {
        /// One thing that entered a connection, or one round of what came out of it.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Entry<'a> {
            $($(#[$doc])* $name { $($(#[$fdoc])* $field: $type,)* },)+
        }

        impl Entry<'_> {
            /// What it is, in one word.
            pub const fn name(&self) -> &'static str {
                match self { $(Entry::$name { .. } => stringify!($name),)+ }
            }
        }

        impl<'a> Wire<'a> for Entry<'a> {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Entry::$name { $($field,)* } => {
                        out.push($code);
                        $($field.put(out);)*
                    })+
                }
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                match u8::take(from)? {
                    $($code => Ok(Entry::$name { $($field: Wire::take(from)?,)* }),)+
                    _ => Err("an unknown kind of entry"),
                }
            }
        }
    };
}

entries! {
    /// The connection was made. Always the first.
    0 Start { /** With these settings. */ config: Cow<'a, Config>, }
    /// [`Input::Timeout`](crate::Input::Timeout).
    1 Timeout {}
    /// [`Input::Datagram`](crate::Input::Datagram).
    2 Datagram {
        /** What carried it. */ protocol: Protocol,
        /** From where. */ source: SocketAddr,
        /** To which of our addresses. */ destination: SocketAddr,
        /** How it was marked. */ ecn: Option<Ecn>,
        /** The bytes. */ contents: Blob<'a>,
    }
    /// [`Input::Socket`](crate::Input::Socket). Why a socket failed is not kept.
    3 Socket { /** What became of it. */ reply: SocketReply, }
    /// [`Input::Resolved`](crate::Input::Resolved).
    4 Resolved {
        /** The question. */ id: ResolveId,
        /** The answers. */ addresses: Cow<'a, [IpAddr]>,
    }
    /// [`Input::Interfaces`](crate::Input::Interfaces).
    5 Interfaces { /** All of them. */ interfaces: Cow<'a, [Interface]>, }
    /// [`Negotiation::add_transceiver`](crate::Negotiation::add_transceiver).
    16 AddTransceiver {
        /** Audio or video. */ kind: MediaKind,
        /** How it begins. */ init: Cow<'a, TransceiverInit>,
    }
    /// [`Negotiation::set_direction`](crate::Negotiation::set_direction).
    17 SetDirection {
        /** Of which. */ id: TransceiverId,
        /** To what. */ direction: Direction,
    }
    /// [`Negotiation::stop`](crate::Negotiation::stop).
    18 Stop { /** Which. */ id: TransceiverId, }
    /// [`Negotiation::restart_ice`](crate::Negotiation::restart_ice).
    19 RestartIce {}
    /// [`Negotiation::create_offer`](crate::Negotiation::create_offer).
    20 CreateOffer {}
    /// [`Negotiation::set_local`](crate::Negotiation::set_local).
    21 SetLocal { /** Offer or answer. */ kind: SdpType, /** The text. */ sdp: Cow<'a, str>, }
    /// [`Negotiation::set_remote`](crate::Negotiation::set_remote).
    22 SetRemote { /** Offer or answer. */ kind: SdpType, /** The text. */ sdp: Cow<'a, str>, }
    /// [`Negotiation::rollback`](crate::Negotiation::rollback).
    23 Rollback {}
    /// [`Negotiation::add_ice_candidate`](crate::Negotiation::add_ice_candidate).
    24 AddIceCandidate { /** The line. */ candidate: &'a str, }
    /// [`Media::write_with`](crate::Media::write_with).
    32 WriteFrame {
        /** The m-line. */ mid: Mid,
        /** The layer. */ rid: Option<Rid>,
        /** Level in dBov. */ audio_level: Option<i8>,
        /** The frame holds a voice. */ voice_activity: bool,
        /** Nanoseconds from the start to the moment of capture. */ captured_ns: Option<i64>,
        /** How it is encoded. */ codec: Codec,
        /** Presentation time. */ time: MediaTime,
        /** Decodable alone. */ keyframe: bool,
        /** The encoded bytes. */ data: Blob<'a>,
    }
    /// [`Media::write_packet`](crate::Media::write_packet).
    33 WritePacket {
        /** The m-line. */ mid: Mid,
        /** The layer. */ rid: Option<Rid>,
        /** The payload type. */ payload_type: PayloadType,
        /** Extended sequence number. */ sequence_number: u64,
        /** RTP timestamp. */ timestamp: u32,
        /** The marker bit. */ marker: bool,
        /** May be sent again. */ nackable: bool,
        /** The payload. */ payload: Blob<'a>,
    }
    /// [`Media::request_keyframe`](crate::Media::request_keyframe).
    34 RequestKeyframe {
        /** The m-line. */ mid: Mid,
        /** The layer. */ rid: Option<Rid>,
        /** How. */ kind: KeyframeRequestKind,
    }
    /// [`Media::select_layer`](crate::Media::select_layer).
    35 SelectLayer { /** The m-line. */ mid: Mid, /** The layer. */ rid: Option<Rid>, }
    /// [`Rtc::create_channel`](crate::Rtc::create_channel).
    48 CreateChannel { /** Its settings. */ config: Cow<'a, ChannelConfig>, }
    /// [`Channel::write_text`](crate::Channel::write_text) or
    /// [`Channel::write_binary`](crate::Channel::write_binary).
    49 WriteChannel {
        /** The channel. */ id: ChannelId,
        /** Bytes rather than text. */ binary: bool,
        /** The message. */ data: Blob<'a>,
    }
    /// [`Channel::buffered_amount`](crate::Channel::buffered_amount): it asks the library, whose
    /// random streams move with each question.
    50 BufferedAmount { /** The channel. */ id: ChannelId, }
    /// [`Channel::set_buffered_amount_low_threshold`](crate::Channel::set_buffered_amount_low_threshold).
    51 SetLowThreshold { /** The channel. */ id: ChannelId, /** The threshold. */ bytes: usize, }
    /// [`Channel::close`](crate::Channel::close).
    52 CloseChannel { /** The channel. */ id: ChannelId, }
    /// [`Rtc::set_desired_bitrate`](crate::Rtc::set_desired_bitrate).
    64 SetDesiredBitrate { /** In any case. */ minimum: Bitrate, /** If it fits. */ desired: Bitrate, }
    /// [`Rtc::close`](crate::Rtc::close).
    65 Close {}
    /// What the SCTP library drew from the operating system for an association.
    96 Association { /** Our side of it. */ identity: SctpIdentity, }
    /// What came out: results of commands and polled outputs, up to a timeout or to the next input.
    97 Outputs {
        /** One by one. */ summaries: Cow<'a, [OutputSummary]>,
        /** A digest over all outputs since the start. */ chain: u64,
    }
    /// The program did not take the recording in time, and the rest is missing. Always the last.
    98 Overrun {}
    /// The recording was ended on purpose. Always the last.
    99 End {}
}

/// Bytes, or what is said of them where payload is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blob<'a> {
    /// The bytes.
    Whole(&'a [u8]),
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
    pub const fn whole(&self) -> Option<&'a [u8]> {
        match *self {
            Blob::Whole(bytes) => Some(bytes),
            Blob::LeftOut { .. } => None,
        }
    }

    /// How many bytes there are, or were.
    pub const fn length(&self) -> u64 {
        match *self {
            Blob::Whole(bytes) => bytes.len() as u64,
            Blob::LeftOut { length, .. } => length,
        }
    }

    fn without_bytes(self) -> Self {
        match self {
            Blob::Whole(bytes) => {
                Blob::LeftOut { length: bytes.len() as u64, digest: digest(bytes) }
            }
            left_out @ Blob::LeftOut { .. } => left_out,
        }
    }
}

impl<'a> Wire<'a> for Blob<'a> {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Blob::Whole(bytes) => {
                out.push(0);
                bytes.put(out);
            }
            Blob::LeftOut { length, digest } => {
                out.push(1);
                length.put(out);
                out.extend(digest.to_le_bytes());
            }
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        if bool::take(from)? {
            let (length, digest) = (u64::take(from)?, <[u8; 8]>::take(from)?);
            return Ok(Blob::LeftOut { length, digest: u64::from_le_bytes(digest) });
        }
        <&[u8]>::take(from).map(Blob::Whole)
    }
}

impl<'a> Wire<'a> for SctpIdentity {
    fn put(&self, out: &mut Vec<u8>) {
        self.tag.put(out);
        self.first_tsn.put(out);
        self.cookie.as_slice().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let (tag, first_tsn) = (u32::take(from)?, u32::take(from)?);
        Ok(SctpIdentity { tag, first_tsn, cookie: <&[u8]>::take(from)?.to_vec() })
    }
}

impl Entry<'_> {
    /// Without what the options leave out.
    pub(super) fn redacted(mut self, options: RecordOptions) -> Self {
        if !options.keys {
            match &mut self {
                Entry::Start { config } => config.to_mut().seed = [0; 32],
                Entry::SetLocal { sdp, .. } | Entry::SetRemote { sdp, .. } => {
                    *sdp = Cow::Owned(without_passwords(sdp));
                }
                _ => {}
            }
        }
        if !options.payload {
            match &mut self {
                // Checks carry names and addresses, nothing of what is said.
                Entry::Datagram { contents: Blob::Whole(bytes), .. }
                    if PacketKind::of(bytes) == Some(PacketKind::Stun) => {}
                Entry::Datagram { contents: blob, .. }
                | Entry::WriteFrame { data: blob, .. }
                | Entry::WritePacket { payload: blob, .. }
                | Entry::WriteChannel { data: blob, .. } => *blob = blob.without_bytes(),
                _ => {}
            }
        }
        self
    }
}

fn without_passwords(sdp: &str) -> String {
    let mut text = String::with_capacity(sdp.len());
    for line in sdp.split_inclusive('\n') {
        if line.starts_with(PASSWORD) {
            text.push_str(PASSWORD);
            text.push_str("left-out\r\n");
        } else {
            text.push_str(line);
        }
    }
    text
}
