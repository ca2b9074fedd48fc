//! Redundant sound (RFC 2198 section 5).

use std::fmt;

use crate::ids::PayloadType;

/// Payload types that a packet may hold, the newest first: `111/111`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedParameters {
    /// As they stand, one at least.
    pub payload_types: Vec<PayloadType>,
}

impl RedParameters {
    /// Reads `a=fmtp`; none where there is none, as with the RED of video, or where it is no list
    /// of payload types.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let number = |field: &str| field.trim_ascii().parse().ok().filter(|number| *number < 128);
        let types = text?.split('/').map(|field| number(field).map(PayloadType));
        Some(RedParameters { payload_types: types.collect::<Option<_>>()? })
    }
}

/// As `a=fmtp` has it.
impl fmt::Display for RedParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.payload_types.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { "/" }, number.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_payload_types() {
        let read = RedParameters::parse(Some("111/111")).expect("readable");
        assert_eq!(read.payload_types, [PayloadType(111); 2]);
        assert_eq!(read.to_string(), "111/111");
        for text in [None, Some(""), Some("111/"), Some("128"), Some("x/111")] {
            assert_eq!(RedParameters::parse(text), None, "{text:?}");
        }
    }
}
