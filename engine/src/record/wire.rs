//! How values are written: numbers as little-endian base-128 varints, text and bytes with their
//! length before them, choices as a byte.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use crate::channel::{ChannelConfig, ChannelPriority, ChannelReading, Reliability};
use crate::codec::{Codec, MediaKind};
use crate::config::{
    BundlePolicy, CodecOrder, Config, Delivery, DtlsVersion, MdnsPolicy, NegotiationRole,
    PeerLines, RtcpEvents, SessionKind,
};
use crate::datagram::{Ecn, Protocol};
use crate::event::{Direction, KeyframeRequestKind};
use crate::ice_server::IceTransportPolicy;
use crate::ids::{ChannelId, Mid, PayloadType, Rid, TransceiverId};
use crate::jsep::{
    CodecPreference, HeaderExtension, RemoteOutcome, SdpType, SendEncoding, SessionDescription,
    TransceiverInit,
};
use crate::redundancy::{Redundancy, VideoFec};
use crate::rtp::format::FrameInfo;
use crate::socket::{Interface, ResolveId, SocketId};

/// Items in a list that are read at most: more than any entry has, as each output is one.
const ITEMS_MAX: u64 = 1 << 16;

/// What cannot be read, in a word or two.
pub(super) type Fault = &'static str;

/// The bytes of one entry, as far as they are not read yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a>(pub(super) &'a [u8]);

impl<'a> Source<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("an entry that ends early")?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        Ok(self.bytes(N)?.try_into().expect("as many as were asked for"))
    }
}

/// A value that can be written and read again.
pub(super) trait Wire<'a>: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn take(from: &mut Source<'a>) -> Result<Self, Fault>;
}

pub(super) fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn take_number(from: &mut Source<'_>) -> Result<u64, Fault> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let [byte] = from.array()?;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return Err("a number that is too large");
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err("a number that is too large")
}

impl<'a> Wire<'a> for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(*self, out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        take_number(from)
    }
}

/// Zigzag: small numbers of either sign are short.
impl<'a> Wire<'a> for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(((*self << 1) ^ (*self >> 63)) as u64, out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let number = take_number(from)?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

macro_rules! narrow {
    ($($name:ident)+) => {$(
        impl<'a> Wire<'a> for $name {
            fn put(&self, out: &mut Vec<u8>) {
                put_number(*self as u64, out);
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                $name::try_from(take_number(from)?).map_err(|_| "a number that is too large")
            }
        }
    )+};
}

narrow!(u8 u16 u32 usize);

impl<'a> Wire<'a> for i8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        Ok(from.array::<1>()?[0] as i8)
    }
}

/// By its bits.
impl<'a> Wire<'a> for f64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.to_bits().to_le_bytes());
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        from.array().map(u64::from_le_bytes).map(f64::from_bits)
    }
}

impl<'a> Wire<'a> for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        match from.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err("a truth value that is neither"),
        }
    }
}

impl<'a, const N: usize> Wire<'a> for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        from.array()
    }
}

impl<'a> Wire<'a> for &'a [u8] {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        out.extend_from_slice(self);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let count = usize::take(from)?;
        from.bytes(count)
    }
}

impl<'a> Wire<'a> for &'a str {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_bytes().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        std::str::from_utf8(<&[u8]>::take(from)?).map_err(|_| "text that is not UTF-8")
    }
}

impl<'a> Wire<'a> for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_str().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        <&str>::take(from).map(str::to_owned)
    }
}

impl<'a, T: Wire<'a>> Wire<'a> for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        Ok(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl<'a, T: Wire<'a>> Wire<'a> for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        self.iter().for_each(|item| item.put(out));
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let count = take_number(from)?;
        if count > ITEMS_MAX {
            return Err("a list that is too long");
        }
        // Grown as it is read: the count alone may not cost memory.
        (0..count).map(|_| T::take(from)).collect()
    }
}

impl<'a, T: Wire<'a> + Clone> Wire<'a> for Cow<'a, [T]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        self.iter().for_each(|item| item.put(out));
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        Vec::take(from).map(Cow::Owned)
    }
}

macro_rules! wire_enum {
    ($($name:ident { $($variant:ident = $code:literal)+ })+) => {$(
        impl<'a> Wire<'a> for $name {
            fn put(&self, out: &mut Vec<u8>) {
                out.push(match self { $($name::$variant => $code,)+ });
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                match from.array()? {
                    $([$code] => Ok($name::$variant),)+
                    _ => Err(concat!("an unknown ", stringify!($name))),
                }
            }
        }
    )+};
}

wire_enum! {
    Protocol { Udp = 0 Tcp = 1 Tls = 2 }
    Ecn { Ect1 = 1 Ect0 = 2 Ce = 3 }
    MediaKind { Audio = 0 Video = 1 }
    Codec { Opus = 0 Pcmu = 1 Pcma = 2 Vp8 = 3 Vp9 = 4 H264 = 5 Av1 = 6 G722 = 7 H265 = 8 }
    Direction { SendRecv = 0 SendOnly = 1 RecvOnly = 2 Inactive = 3 }
    SdpType { Offer = 0 Answer = 1 Pranswer = 2 Rollback = 3 }
    BundlePolicy { Balanced = 0 MaxCompat = 1 MaxBundle = 2 }
    PeerLines { Receive = 0 Mirror = 1 }
    RemoteOutcome { Applied = 0 RolledBack = 1 Ignored = 2 }
    KeyframeRequestKind { Pli = 0 Fir = 1 }
    CodecOrder { Offered = 0 Own = 1 }
    Delivery { Frames = 0 Packets = 1 }
    RtcpEvents { None = 0 Unknown = 1 All = 2 }
    NegotiationRole { Polite = 0 Impolite = 1 }
    SessionKind { Str0m = 0 Own = 1 }
    IceTransportPolicy { All = 0 Relay = 1 }
    MdnsPolicy { Off = 0 Resolve = 1 Hide = 2 }
    DtlsVersion { Auto = 0 V1_2 = 2 V1_3 = 3 }
    VideoFec { Off = 0 FlexFec = 1 Ulpfec = 2 }
    ChannelPriority { VeryLow = 0 Low = 1 Medium = 2 High = 3 }
    ChannelReading { Messages = 0 Paused = 1 Parts = 2 }
}

macro_rules! wire_newtype {
    ($($name:ident)+) => {$(
        impl<'a> Wire<'a> for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                Wire::take(from).map($name)
            }
        }
    )+};
}

wire_newtype!(PayloadType ChannelId TransceiverId SocketId ResolveId);

macro_rules! wire_token {
    ($($name:ident)+) => {$(
        impl<'a> Wire<'a> for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.as_str().put(out);
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                $name::new(<&str>::take(from)?).ok_or("an identifier that is none")
            }
        }
    )+};
}

wire_token!(Mid Rid);

macro_rules! wire_struct {
    ($($name:ident { $($field:ident)+ } $({ $($absent:ident: $value:expr),+ })?)+) => {$(
        impl<'a> Wire<'a> for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)+
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                Ok($name { $($field: Wire::take(from)?,)+ $($($absent: $value,)+)? })
            }
        }
    )+};
}

wire_struct! {
    Config {
        seed unix_time codecs codec_order bundle_policy peer_lines delivery role shared_sockets include_loopback resolve_names ice_lite session
        dtls certificate snap sped initial_bitrate redundancy controller ccfb ecn ice_failed_after closed_after_failed channel_buffer message_bytes_max
        channels_max stats_interval rtcp_events channel_budget ice_servers ice_transport_policy ice_candidate_pool_size ice_tcp tls_trust http_proxy mdns
        probe_nat
    } { record: None, key_log: false }
    Redundancy { audio video }
    FrameInfo {
        keyframe spatial temporal layer_sync discardable inter_layer references more_layers
    }
    SessionDescription { kind sdp }
    TransceiverInit { direction stream_id track_id send_layers }
    SendEncoding {
        rid active max_bitrate max_framerate scale_resolution_down_by scalability_mode codec
    }
    HeaderExtension { uri direction }
    CodecPreference { name clock_rate channels parameters }
    ChannelConfig { label protocol ordered reliability priority negotiated }
    Interface { name address cost }
}

macro_rules! wire_cow {
    ($($name:ident)+) => {$(
        impl<'a> Wire<'a> for Cow<'a, $name> {
            fn put(&self, out: &mut Vec<u8>) {
                self.as_ref().put(out);
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                $name::take(from).map(Cow::Owned)
            }
        }
    )+};
}

wire_cow!(Config SessionDescription TransceiverInit ChannelConfig);

impl<'a> Wire<'a> for IpAddr {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            IpAddr::V4(v4) => {
                out.push(4);
                out.extend(v4.octets());
            }
            IpAddr::V6(v6) => {
                out.push(6);
                out.extend(v6.octets());
            }
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        match from.array()? {
            [4] => from.array::<4>().map(IpAddr::from),
            [6] => from.array::<16>().map(IpAddr::from),
            _ => Err("an unknown family of addresses"),
        }
    }
}

/// Flow label and scope of IPv6 are left out: no candidate has them.
impl<'a> Wire<'a> for SocketAddr {
    fn put(&self, out: &mut Vec<u8>) {
        self.ip().put(out);
        self.port().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        Ok(SocketAddr::new(IpAddr::take(from)?, u16::take(from)?))
    }
}

impl<'a> Wire<'a> for Reliability {
    fn put(&self, out: &mut Vec<u8>) {
        let (code, limit) = match *self {
            Reliability::Reliable => (0_u8, 0),
            Reliability::MaxLifetime { ms } => (1, ms),
            Reliability::MaxRetransmits { count } => (2, count),
        };
        code.put(out);
        limit.put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let (code, limit) = (u8::take(from)?, u16::take(from)?);
        match code {
            0 => Ok(Reliability::Reliable),
            1 => Ok(Reliability::MaxLifetime { ms: limit }),
            2 => Ok(Reliability::MaxRetransmits { count: limit }),
            _ => Err("an unknown Reliability"),
        }
    }
}
