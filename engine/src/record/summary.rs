//! What a recording keeps of each output: enough to tell whether a replay gives the same.

use std::fmt;
use std::net::SocketAddr;
use std::time::Instant;

use super::digest::Digest;
use super::events::on_event;
use super::moment::nanos;
use super::wire::{Fault, Source, Wire, put_number};
use crate::demux::PacketKind;
use crate::event::Event;
use crate::output::Output;
use crate::socket::SocketRequest;

macro_rules! classes {
    ($($code:literal $name:ident $text:literal)+) => {
        /// What kind of output something was.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OutputClass {
            $(#[doc = concat!("`", $text, "`.")] $name,)+
        }

        impl OutputClass {
            /// A word for people.
            pub const fn name(self) -> &'static str {
                match self { $(OutputClass::$name => $text,)+ }
            }

            const fn code(self) -> u8 {
                match self { $(OutputClass::$name => $code,)+ }
            }

            fn of_code(code: u8) -> Result<Self, Fault> {
                match code {
                    $($code => Ok(OutputClass::$name),)+
                    _ => Err("an unknown kind of output"),
                }
            }
        }
    };
}

classes! {
    1 Stun "stun"
    2 Dtls "dtls"
    3 Rtp "rtp"
    4 Rtcp "rtcp"
    5 OtherDatagram "datagram"
    8 Bind "bind"
    9 CloseSocket "close-socket"
    10 Resolve "resolve"
    12 Connect "connect"
    11 Timeout "timeout"
    16 NegotiationNeeded "negotiation-needed"
    17 SignalingState "signaling-state"
    18 IceCandidate "ice-candidate"
    13 IceCandidateError "ice-candidate-error"
    19 IceGatheringState "ice-gathering-state"
    20 IceConnectionState "ice-connection-state"
    21 ConnectionState "connection-state"
    22 SelectedPair "selected-pair"
    23 TrackAdded "track-added"
    24 TrackChanged "track-changed"
    25 Frame "frame"
    26 Packet "packet"
    27 KeyframeRequested "keyframe-requested"
    28 TrackPaused "track-paused"
    29 Bandwidth "bandwidth"
    30 ChannelOpened "channel-opened"
    31 ChannelMessage "channel-message"
    32 ChannelLow "channel-low"
    33 ChannelClosed "channel-closed"
    34 Closed "closed"
    35 NoCommonCodec "no-common-codec"
    36 TrackRemoved "track-removed"
    37 TransceiverStopped "transceiver-stopped"
    38 RtcpPacket "rtcp-packet"
    39 ChannelReadable "channel-readable"
}

impl fmt::Display for OutputClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputSummary {
    /// Its kind.
    pub class: OutputClass,
    /// Bytes of a datagram, a frame, a packet or a message; for states, which of the kind's states,
    /// in the order of its definition; otherwise 0.
    pub size: u64,
    /// A digest of a datagram's path and marking.
    pub path: u32,
    /// A digest of everything else.
    pub content: u32,
}

impl<'a> Wire<'a> for OutputSummary {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.class.code());
        put_number(self.size, out);
        out.extend(self.path.to_le_bytes());
        out.extend(self.content.to_le_bytes());
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        Ok(OutputSummary {
            class: OutputClass::of_code(u8::take(from)?)?,
            size: u64::take(from)?,
            path: u32::from_le_bytes(<[u8; 4]>::take(from)?),
            content: u32::from_le_bytes(<[u8; 4]>::take(from)?),
        })
    }
}

impl OutputSummary {
    /// Of an output of a connection that began at `started`.
    pub(super) fn of(output: &Output, started: Instant) -> Self {
        let mut content = Digest::new();
        let mut path = Digest::new();
        let (class, size) = match output {
            Output::Transmit(transmit) => {
                path.address(transmit.source);
                path.address(transmit.destination);
                path.word(transmit.protocol as u64);
                path.word(transmit.ecn.map_or(0, |ecn| ecn as u64));
                content.bytes(&transmit.contents);
                (datagram_class(&transmit.contents), transmit.contents.len() as u64)
            }
            Output::Socket(SocketRequest::Bind { id, protocol, local }) => {
                content.word(u64::from(id.0));
                content.word(*protocol as u64);
                content.address(*local);
                (OutputClass::Bind, 0)
            }
            Output::Socket(SocketRequest::Mdns { id, interface, local }) => {
                content.word(u64::from(id.0));
                content.text(interface);
                content.address(SocketAddr::new(*local, 0));
                (OutputClass::Bind, 0)
            }
            Output::Socket(SocketRequest::Connect(request)) => {
                content.word(u64::from(request.id.0));
                content.word(request.protocol() as u64);
                content.address(request.local);
                content.address(request.remote);
                (OutputClass::Connect, 0)
            }
            Output::Socket(SocketRequest::Close { id }) => {
                content.word(u64::from(id.0));
                (OutputClass::CloseSocket, 0)
            }
            Output::Resolve { id, name } => {
                content.word(u64::from(id.0));
                content.text(name);
                (OutputClass::Resolve, 0)
            }
            Output::Timeout { at, reason } => {
                content.word(nanos(*at, started) as u64);
                content.word(*reason as u64);
                (OutputClass::Timeout, 0)
            }
            Output::Event(event) => (event_class(event), on_event(event, started, &mut content)),
        };
        OutputSummary { class, size, path: path.short(), content: content.short() }
    }

    /// Extends a digest over all outcomes and outputs.
    pub(super) fn extend(&self, chain: &mut Digest) {
        chain.word(u64::from(self.class.code()) ^ (self.size << 8));
        chain.word(u64::from(self.path) << 32 | u64::from(self.content));
    }
}

fn datagram_class(contents: &[u8]) -> OutputClass {
    match PacketKind::of(contents) {
        Some(PacketKind::Stun) => OutputClass::Stun,
        Some(PacketKind::Dtls) => OutputClass::Dtls,
        Some(PacketKind::Rtp) => OutputClass::Rtp,
        Some(PacketKind::Rtcp) => OutputClass::Rtcp,
        Some(PacketKind::ChannelData) | None => OutputClass::OtherDatagram,
    }
}

fn event_class(event: &Event) -> OutputClass {
    match event {
        Event::NegotiationNeeded => OutputClass::NegotiationNeeded,
        Event::SignalingStateChanged(_) => OutputClass::SignalingState,
        Event::IceCandidate(_) => OutputClass::IceCandidate,
        Event::IceCandidateError(_) => OutputClass::IceCandidateError,
        Event::IceGatheringStateChanged(_) => OutputClass::IceGatheringState,
        Event::IceConnectionStateChanged(_) => OutputClass::IceConnectionState,
        Event::ConnectionStateChanged(_) => OutputClass::ConnectionState,
        Event::SelectedPairChanged(_) => OutputClass::SelectedPair,
        Event::TrackAdded(_) => OutputClass::TrackAdded,
        Event::TrackRemoved { .. } => OutputClass::TrackRemoved,
        Event::TransceiverStopped { .. } => OutputClass::TransceiverStopped,
        Event::TrackChanged { .. } => OutputClass::TrackChanged,
        Event::NoCommonCodec(_) => OutputClass::NoCommonCodec,
        Event::Frame(_) => OutputClass::Frame,
        Event::Packet(_) => OutputClass::Packet,
        Event::Rtcp(_) => OutputClass::RtcpPacket,
        Event::KeyframeRequested { .. } => OutputClass::KeyframeRequested,
        Event::TrackPaused { .. } => OutputClass::TrackPaused,
        Event::BandwidthEstimated(_) => OutputClass::Bandwidth,
        Event::ChannelOpened(_) => OutputClass::ChannelOpened,
        Event::ChannelMessage(_) => OutputClass::ChannelMessage,
        Event::ChannelBufferedAmountLow(_) => OutputClass::ChannelLow,
        Event::ChannelReadable(_) => OutputClass::ChannelReadable,
        Event::ChannelClosed(_) => OutputClass::ChannelClosed,
        Event::Closed(_) => OutputClass::Closed,
    }
}
