//! Formats of an m-line: payload types with what is said of each.

/// A format of an m-line, with its `a=rtpmap`, `a=fmtp` and `a=rtcp-fb` lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// The format as the m-line has it: a payload type, or `webrtc-datachannel`.
    pub name: String,
    /// The encoding of `a=rtpmap` (RFC 8866 section 6.6), as it stands. None where the number says it all (RFC 3551 section 6).
    pub encoding: Option<String>,
    /// The clock rate of `a=rtpmap` in Hz.
    pub clock_rate: Option<u32>,
    /// Channels of sound, where `a=rtpmap` says them.
    pub channels: Option<u8>,
    /// `a=fmtp` as it stands (RFC 8866 section 6.15).
    pub parameters: Option<String>,
    /// `a=rtcp-fb`, those for `*` with those for this payload type, in their order (RFC 4585 section 4.2).
    pub feedback: Vec<Feedback>,
}

/// A kind of feedback that a receiver may send: `nack`, `nack pli`, `ccm fir`, `transport-cc` (RFC 4585 section 4.2, RFC 5104).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Feedback {
    /// `nack`, `ccm`, `transport-cc`, `goog-remb` or another.
    pub kind: String,
    /// What follows it: `pli`, `fir`. None where nothing does.
    pub parameter: Option<String>,
}
