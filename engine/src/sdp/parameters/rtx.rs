//! Retransmissions (RFC 4588 section 8.1).

use std::fmt;

use super::list::{List, Pairs};
use crate::ids::PayloadType;

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
    fn the_payload_type_is_needed() {
        let read = RtxParameters::parse(Some("apt=96;rtx-time=3000")).expect("readable");
        assert_eq!((read.apt, read.rtx_time_ms), (PayloadType(96), Some(3000)));
        assert_eq!(read.to_string(), "apt=96;rtx-time=3000");
        for text in [None, Some("rtx-time=1"), Some("apt=128"), Some("apt=")] {
            assert_eq!(RtxParameters::parse(text), None, "{text:?}");
        }
    }
}
