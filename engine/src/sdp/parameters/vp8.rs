//! VP8 (RFC 7741 section 6.1).

use std::fmt;

use super::list::{List, Pairs};

/// What a receiver of VP8 can decode. Any two sides match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vp8Parameters {
    /// Pictures per second.
    pub max_fr: Option<u32>,
    /// Macroblocks of a picture.
    pub max_fs: Option<u32>,
}

impl Vp8Parameters {
    /// Reads `a=fmtp`. What cannot be read counts as not said.
    pub fn parse(text: Option<&str>) -> Self {
        let list = List::new(text);
        Vp8Parameters { max_fr: list.number("max-fr"), max_fs: list.number("max-fs") }
    }

    /// Two sides always match.
    pub fn matches(&self, _offered: &Self) -> bool {
        true
    }
}

/// As `a=fmtp` has it; empty where nothing is said.
impl fmt::Display for Vp8Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs::new(f);
        pairs.pair("max-fs", self.max_fs)?;
        pairs.pair("max-fr", self.max_fr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written() {
        let firefox = Vp8Parameters::parse(Some("max-fs=12288;max-fr=60"));
        assert_eq!(firefox, Vp8Parameters { max_fr: Some(60), max_fs: Some(12_288) });
        assert_eq!(firefox.to_string(), "max-fs=12288;max-fr=60");
        assert!(firefox.matches(&Vp8Parameters::parse(None)));
    }
}
