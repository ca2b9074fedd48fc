//! Formats of an m-line: payload types with what is said of each.

use super::grammar::is_number;
use crate::ids::PayloadType;

/// A format of an m-line, with its `a=rtpmap`, `a=fmtp` and `a=rtcp-fb` lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// The format as the m-line has it: a payload type, or `webrtc-datachannel`.
    pub name: String,
    /// The encoding of `a=rtpmap` (RFC 8866 section 6.6), as it stands. None where the number says
    /// it all (RFC 3551 section 6).
    pub encoding: Option<String>,
    /// The clock rate of `a=rtpmap` in Hz.
    pub clock_rate: Option<u32>,
    /// Channels of sound, where `a=rtpmap` says them.
    pub channels: Option<u8>,
    /// `a=fmtp` as it stands (RFC 8866 section 6.15).
    pub parameters: Option<String>,
    /// `a=rtcp-fb`, those for `*` with those for this payload type, in their order (RFC 4585
    /// section 4.2).
    pub feedback: Vec<Feedback>,
}

/// A kind of feedback that a receiver may send: `nack`, `nack pli`, `ccm fir`, `transport-cc` (RFC
/// 4585 section 4.2, RFC 5104).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Feedback {
    /// `nack`, `ccm`, `transport-cc`, `goog-remb` or another.
    pub kind: String,
    /// What follows it: `pli`, `fir`. None where nothing does.
    pub parameter: Option<String>,
}

impl Format {
    /// Its number, where it is one that RTP can carry.
    pub fn payload_type(&self) -> Option<PayloadType> {
        let number = self.name.parse().ok().filter(|number| *number < 128);
        number.filter(|_| is_number(&self.name)).map(PayloadType)
    }

    /// Receivers may send this feedback.
    pub fn has_feedback(&self, kind: &str, parameter: Option<&str>) -> bool {
        self.feedback.iter().any(|feedback| feedback.is(kind, parameter))
    }
}

impl Feedback {
    /// A kind, with a parameter where it has one.
    pub fn new(kind: &str, parameter: Option<&str>) -> Self {
        Feedback { kind: kind.to_owned(), parameter: parameter.map(str::to_owned) }
    }

    /// It is of this kind with this parameter. Names are compared in any case.
    pub fn is(&self, kind: &str, parameter: Option<&str>) -> bool {
        let same = match (&self.parameter, parameter) {
            (Some(own), Some(asked)) => own.eq_ignore_ascii_case(asked),
            (None, None) => true,
            _ => false,
        };
        same && self.kind.eq_ignore_ascii_case(kind)
    }

    /// Lost packets are told: `nack` (RFC 4585 section 6.2.1).
    pub fn is_nack(&self) -> bool {
        self.is("nack", None)
    }

    /// A picture was lost: `nack pli` (RFC 4585 section 6.3.1).
    pub fn is_pli(&self) -> bool {
        self.is("nack", Some("pli"))
    }

    /// A whole picture is wanted: `ccm fir` (RFC 5104 section 3.5.1).
    pub fn is_fir(&self) -> bool {
        self.is("ccm", Some("fir"))
    }

    /// Arrival times of all packets of a transport: `transport-cc`
    /// (draft-holmer-rmcat-transport-wide-cc-extensions).
    pub fn is_transport_cc(&self) -> bool {
        self.is("transport-cc", None)
    }

    /// Arrival times and ECN marks: `ack ccfb` (RFC 8888 section 6).
    pub fn is_congestion_control(&self) -> bool {
        self.is("ack", Some("ccfb"))
    }

    /// The receiver's estimate: `goog-remb` (draft-alvestrand-rmcat-remb).
    pub fn is_remb(&self) -> bool {
        self.is("goog-remb", None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_types_are_of_seven_bits() {
        for (name, number) in
            [("0", Some(0)), ("127", Some(127)), ("128", None), ("+1", None), ("t38", None)]
        {
            let format = Format { name: name.to_owned(), ..Format::default() };
            let read = format.payload_type();
            assert_eq!(read, number.map(PayloadType), "{name}");
        }
    }

    #[test]
    fn feedback_by_name() {
        assert!(Feedback::new("NACK", Some("PLI")).is_pli());
        assert!(Feedback::new("nack", None).is_nack() && !Feedback::new("nack", None).is_pli());
        assert!(Feedback::new("ccm", Some("fir")).is_fir());
        assert!(Feedback::new("transport-cc", None).is_transport_cc());
        assert!(Feedback::new("ack", Some("ccfb")).is_congestion_control());
        assert!(Feedback::new("goog-remb", None).is_remb());
        let with =
            Format { feedback: vec![Feedback::new("nack", Some("pli"))], ..Format::default() };
        assert!(with.has_feedback("nack", Some("pli")) && !with.has_feedback("nack", None));
    }
}
