//! Names of one label below `.local` (RFC 6762 section 3), in lower case.

use std::fmt;

/// Longest label, in bytes (RFC 1035 section 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// The domain.
const LOCAL: &str = "local";

/// A name of one label below `.local`: the only ones that candidates hide behind
/// (draft-ietf-mmusic-mdns-ice-candidates section 3.2.1). Names that differ in case are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalName(String);

impl LocalName {
    /// A version 4 UUID of these random bytes (RFC 9562 section 5.4): nobody else has it, and
    /// nobody guesses it.
    ///
    /// ```
    /// use lapwing_engine::mdns::LocalName;
    /// let name = LocalName::from_random([0xff; 16]);
    /// assert_eq!(name.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff.local");
    /// ```
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = String::with_capacity(36 + 1 + LOCAL.len());
        for (index, byte) in bytes.into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for digit in [byte >> 4, byte & 0x0f] {
                text.extend(char::from_digit(digit.into(), 16));
            }
        }
        text.push('.');
        text.push_str(LOCAL);
        LocalName(text)
    }

    /// Reads a name; `None` where it is another domain's, has more labels than one, or has other
    /// characters than letters, digits and hyphens.
    ///
    /// ```
    /// use lapwing_engine::mdns::LocalName;
    /// assert_eq!(LocalName::parse("Printer-7.LOCAL").unwrap().as_str(), "printer-7.local");
    /// assert_eq!(LocalName::parse("a.printer-7.local"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (label, domain) = text.split_once('.')?;
        LocalName::of_labels([label.as_bytes(), domain.as_bytes()])
    }

    pub(super) fn of_labels([label, domain]: [&[u8]; 2]) -> Option<Self> {
        let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let is_label = (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.iter().all(is_usual);
        if !is_label || !domain.eq_ignore_ascii_case(LOCAL.as_bytes()) {
            return None;
        }
        let mut text: String = label.iter().map(|byte| byte.to_ascii_lowercase() as char).collect();
        text.push('.');
        text.push_str(LOCAL);
        Some(LocalName(text))
    }

    /// The name with its domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
