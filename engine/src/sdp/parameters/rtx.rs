//! Retransmissions (RFC 4588 section 8.1).

use std::fmt;

use super::Encoding;
use super::list::{List, Pairs};
use crate::ids::PayloadType;
use crate::sdp::Format;

/// What a format of retransmissions repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtxParameters {
    /// The payload type that is repeated.
    pub apt: PayloadType,
    /// How long packets are kept, in milliseconds.
    pub rtx_time_ms: Option<u32>,
}

impl RtxParameters {
    /// Reads `a=fmtp`; none without a payload type.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let list = List::new(text);
        let apt = list.number("apt").filter(|number| *number < 128).map(PayloadType)?;
        Some(RtxParameters { apt, rtx_time_ms: list.number("rtx-time") })
    }
}

impl Format {
    /// The format that this one repeats, where it is one of retransmissions (RFC 4588 section 8.1).
    pub fn apt(&self) -> Option<PayloadType> {
        Encoding::of(self).filter(|encoding| encoding.is("rtx"))?;
        RtxParameters::parse(self.parameters.as_deref()).map(|parameters| parameters.apt)
    }
}

/// As `a=fmtp` has it.
impl fmt::Display for RtxParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs::new(f);
        pairs.pair("apt", Some(self.apt.0))?;
        pairs.pair("rtx-time", self.rtx_time_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retransmissions_tell_what_they_repeat() {
        let format = |encoding: &str, parameters: &str| Format {
            name: "97".to_owned(),
            encoding: Some(encoding.into()),
            clock_rate: Some(90_000),
            parameters: Some(parameters.into()),
            ..Format::default()
        };
        assert_eq!(format("RTX", "apt=96").apt(), Some(PayloadType(96)));
        assert_eq!(format("VP8", "apt=96").apt(), None);
        assert_eq!(format("rtx", "").apt(), None);
    }

    #[test]
    fn the_payload_type_is_needed() {
        let read = RtxParameters::parse(Some("apt=96;rtx-time=3000")).expect("readable");
        assert_eq!((read.apt, read.rtx_time_ms), (PayloadType(96), Some(3000)));
        assert_eq!(read.to_string(), "apt=96;rtx-time=3000");
        for text in [None, Some("rtx-time=1"), Some("apt=128"), Some("apt=")] {
            assert_eq!(RtxParameters::parse(text), None, "{text:?}");
        }
    }
}
