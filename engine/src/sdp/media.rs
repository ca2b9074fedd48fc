//! An m-line and what belongs to it.

use std::fmt;

use super::{
    Attribute, Bandwidth, Connection, Extension, Format, Msid, RidLine, Simulcast, SsrcAttribute,
    SsrcGroup, TransportAttributes,
};
use crate::event::Direction;
use crate::shared_list::SharedList;

/// A media description (RFC 8866 section 5.14): an m-line with the lines that follow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaDescription {
    /// `audio`, `video`, `application` or another.
    pub name: MediaName,
    /// 0 rejects, or stands in a bundle with `bundle_only`; 9 before candidates are known.
    pub port: u16,
    /// What carries it.
    pub profile: Profile,
    /// Formats as the m-line lists them, preferred first, each with what `a=rtpmap`, `a=fmtp` and
    /// `a=rtcp-fb` say of it. Lines about payload types that are not listed are left out (RFC 9429
    /// section 5.8).
    pub formats: SharedList<Format>,
    /// `c=`.
    pub connection: Option<Connection>,
    /// `b=`, any number.
    pub bandwidth: Vec<Bandwidth>,
    /// `a=mid` (RFC 5888 section 4).
    pub mid: Option<String>,
    /// `a=sendrecv`, `a=sendonly`, `a=recvonly` or `a=inactive`; none where nothing is said.
    pub direction: Option<Direction>,
    /// ICE and DTLS.
    pub transport: TransportAttributes,
    /// `a=bundle-only` (RFC 8843 section 6).
    pub bundle_only: bool,
    /// `a=rtcp-mux` (RFC 5761).
    pub rtcp_mux: bool,
    /// `a=rtcp-mux-only` (RFC 8858).
    pub rtcp_mux_only: bool,
    /// `a=rtcp-rsize` (RFC 5506).
    pub rtcp_rsize: bool,
    /// `a=rtcp` as it stands (RFC 3605).
    pub rtcp: Option<String>,
    /// `a=ptime` in milliseconds (RFC 8866 section 6.4).
    pub ptime_ms: Option<u32>,
    /// `a=maxptime` in milliseconds (RFC 8866 section 6.5).
    pub max_ptime_ms: Option<u32>,
    /// `a=extmap` (RFC 8285).
    pub extensions: SharedList<Extension>,
    /// `a=extmap-allow-mixed`.
    pub extmap_allow_mixed: bool,
    /// `a=msid` (RFC 8830), any number.
    pub msids: Vec<Msid>,
    /// `a=ssrc` (RFC 5576).
    pub ssrcs: Vec<SsrcAttribute>,
    /// `a=ssrc-group` (RFC 5576).
    pub ssrc_groups: Vec<SsrcGroup>,
    /// `a=rid` (RFC 8851).
    pub rids: Vec<RidLine>,
    /// `a=simulcast` (RFC 8853).
    pub simulcast: Option<Simulcast>,
    /// Data channels (RFC 8841, RFC 8832).
    pub sctp: SctpAttributes,
    /// All other attributes, in their order.
    pub attributes: Vec<Attribute>,
}

/// What an m-line carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum MediaName {
    /// Sound.
    #[default]
    Audio,
    /// Pictures.
    Video,
    /// Data channels, or something else that is no media.
    Application,
    /// Text, images and what else there may be: its name.
    Other(String),
}

/// What carries an m-line, as its third field says. Text that is none of these is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// `UDP/TLS/RTP/SAVPF` (RFC 5764).
    #[default]
    UdpTlsRtpSavpf,
    /// `UDP/TLS/RTP/SAVP`.
    UdpTlsRtpSavp,
    /// `TCP/TLS/RTP/SAVPF` (RFC 7850), for a default candidate over TCP.
    TcpTlsRtpSavpf,
    /// `TCP/DTLS/RTP/SAVPF`, as above in RFC 9429 section 5.1.2.
    TcpDtlsRtpSavpf,
    /// `RTP/SAVPF` (RFC 5124).
    RtpSavpf,
    /// `RTP/SAVP`.
    RtpSavp,
    /// `UDP/DTLS/SCTP` (RFC 8841).
    UdpDtlsSctp,
    /// `TCP/DTLS/SCTP`.
    TcpDtlsSctp,
    /// `DTLS/SCTP`, of drafts before RFC 8841: the format is then the SCTP port and `a=sctpmap`
    /// names the application.
    DtlsSctp,
    /// Another.
    Other(String),
}

/// What an m-line of data channels says of SCTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SctpAttributes {
    /// `a=sctp-port` (RFC 8841 section 5).
    pub port: Option<u16>,
    /// `a=max-message-size` in bytes; 0 means any size (RFC 8841 section 6).
    pub max_message_size: Option<u64>,
    /// `a=sctpmap` as it stands, of drafts before RFC 8841.
    pub map: Option<String>,
    /// `a=sctp-init`: an INIT chunk in base64 (draft-hancke-tsvwg-snap), as it stands.
    pub init: Option<String>,
}

impl MediaDescription {
    /// Port 0, and no other m-line carries it (RFC 9429 section 5.2.2, RFC 8843 section 6).
    pub fn rejected(&self) -> bool {
        self.port == 0 && !self.bundle_only
    }

    /// The format of this name.
    pub fn format(&self, name: &str) -> Option<&Format> {
        self.formats.iter().find(|format| format.name == name)
    }
}

impl MediaName {
    /// What the m-line of this name carries.
    pub fn from_name(name: &str) -> Self {
        match name {
            "audio" => MediaName::Audio,
            "video" => MediaName::Video,
            "application" => MediaName::Application,
            other => MediaName::Other(other.to_owned()),
        }
    }

    /// The first field of the m-line.
    pub fn name(&self) -> &str {
        match self {
            MediaName::Audio => "audio",
            MediaName::Video => "video",
            MediaName::Application => "application",
            MediaName::Other(name) => name,
        }
    }
}

impl fmt::Display for MediaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Profile {
    const KNOWN: [Profile; 9] = [
        Profile::UdpTlsRtpSavpf,
        Profile::UdpTlsRtpSavp,
        Profile::TcpTlsRtpSavpf,
        Profile::TcpDtlsRtpSavpf,
        Profile::RtpSavpf,
        Profile::RtpSavp,
        Profile::UdpDtlsSctp,
        Profile::TcpDtlsSctp,
        Profile::DtlsSctp,
    ];

    /// The profile of this name.
    pub fn from_name(name: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|profile| profile.name() == name);
        known.unwrap_or_else(|| Profile::Other(name.to_owned()))
    }

    /// The third field of the m-line.
    pub fn name(&self) -> &str {
        match self {
            Profile::UdpTlsRtpSavpf => "UDP/TLS/RTP/SAVPF",
            Profile::UdpTlsRtpSavp => "UDP/TLS/RTP/SAVP",
            Profile::TcpTlsRtpSavpf => "TCP/TLS/RTP/SAVPF",
            Profile::TcpDtlsRtpSavpf => "TCP/DTLS/RTP/SAVPF",
            Profile::RtpSavpf => "RTP/SAVPF",
            Profile::RtpSavp => "RTP/SAVP",
            Profile::UdpDtlsSctp => "UDP/DTLS/SCTP",
            Profile::TcpDtlsSctp => "TCP/DTLS/SCTP",
            Profile::DtlsSctp => "DTLS/SCTP",
            Profile::Other(name) => name,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
