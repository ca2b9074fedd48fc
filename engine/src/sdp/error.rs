//! What is wrong with a text that is no description.

use std::fmt;

use super::limits::{FINGERPRINT_BYTES_MAX, MEDIA_LINES_MAX, SDP_BYTES_MAX, SECTION_LINES_MAX};

/// Where a text breaks the grammar, and how.
///
/// ```
/// use lapwing_engine::sdp::Description;
/// let text = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=setup:passiv\r\n";
/// let error = Description::parse(text).unwrap_err();
/// assert_eq!(error.to_string(), "line 5: a=setup: not one of the words it may be");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdpError {
    /// The line, counted from one; 0 where it is the text as a whole.
    pub line: usize,
    /// How the line begins: `a=fingerprint`, `m=`. Empty where it is the line or the text as a
    /// whole.
    pub attribute: &'static str,
    /// What is wrong there.
    pub fault: SdpFault,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SdpFault {
    /// The text has more than [`SDP_BYTES_MAX`] bytes; how many.
    TooLarge(usize),
    /// More than [`MEDIA_LINES_MAX`] m-lines.
    TooManyMediaLines,
    /// A section has more than [`SECTION_LINES_MAX`] lines.
    SectionTooLong,
    /// More of something than is taken; what, and how many are.
    TooMany(&'static str, usize),
    /// No letter and `=` at its begin.
    NoType,
    /// A NUL or a carriage return within the line (RFC 8866 section 9, byte-string).
    ControlCharacter,
    /// The text does not begin with `v=0`.
    NoVersion,
    /// There is no `o=` before the first m-line.
    NoOrigin,
    /// A field is missing; its name.
    Missing(&'static str),
    /// More fields than it has.
    Surplus,
    /// A field is no number, or too large; its name.
    Number(&'static str),
    /// A field has characters that it may not have; its name.
    Characters(&'static str),
    /// Characters or bytes of a field that has so many at least and so many at most.
    Length {
        /// How many there are.
        found: usize,
        /// At least.
        min: usize,
        /// At most.
        max: usize,
    },
    /// Not one of the words that may stand there.
    Word,
    /// The network is not `IN`.
    Network,
    /// It was said before in this section, and otherwise.
    Contradiction,
    /// A hash that is not as long as its function gives.
    HashLength {
        /// The function.
        function: &'static str,
        /// Bytes that it gives.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// A hash that is not pairs of hexadecimal digits with colons between.
    Hash,
    /// A hash of more than [`FINGERPRINT_BYTES_MAX`] bytes.
    HashTooLong,
}

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if !self.attribute.is_empty() {
            write!(f, "{}: ", self.attribute)?;
        }
        self.fault.fmt(f)
    }
}

impl fmt::Display for SdpFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            SdpFault::TooLarge(bytes) => {
                write!(f, "description of {bytes} bytes; at most {SDP_BYTES_MAX} are taken")
            }
            SdpFault::TooManyMediaLines => {
                write!(f, "more than {MEDIA_LINES_MAX} m-lines")
            }
            SdpFault::SectionTooLong => {
                write!(f, "section of more than {SECTION_LINES_MAX} lines")
            }
            SdpFault::TooMany(what, max) => write!(f, "more than {max} {what}"),
            SdpFault::NoType => f.write_str("does not begin with a letter and \"=\""),
            SdpFault::ControlCharacter => f.write_str("a NUL or a carriage return in the line"),
            SdpFault::NoVersion => f.write_str("a description begins with v=0"),
            SdpFault::NoOrigin => f.write_str("a description has an o= before its m-lines"),
            SdpFault::Missing(field) => write!(f, "no {field}"),
            SdpFault::Surplus => f.write_str("more fields than it has"),
            SdpFault::Number(field) => write!(f, "{field} is no number that may stand there"),
            SdpFault::Characters(field) => {
                write!(f, "{field} has characters that may not stand there")
            }
            SdpFault::Length { found, min, max } => {
                write!(f, "{found} characters where {min} to {max} may stand")
            }
            SdpFault::Word => f.write_str("not one of the words it may be"),
            SdpFault::Network => f.write_str("a network that is not IN"),
            SdpFault::Contradiction => f.write_str("said before in this section, and otherwise"),
            SdpFault::HashLength { function, expected, found } => {
                write!(f, "{found} bytes, {function} has {expected}")
            }
            SdpFault::Hash => {
                f.write_str("not pairs of hexadecimal digits with a colon between two")
            }
            SdpFault::HashTooLong => write!(f, "more than {FINGERPRINT_BYTES_MAX} bytes"),
        }
    }
}

impl std::error::Error for SdpError {}
