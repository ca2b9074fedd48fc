//! What is wrong with a description, in our own words: they go back to whoever sent it.

use std::fmt;

/// Shortest ICE user fragment (RFC 8839 section 5.4).
pub const ICE_UFRAG_CHARS_MIN: usize = 4;

/// Longest ICE user fragment (RFC 8839 section 5.4).
pub const ICE_UFRAG_CHARS_MAX: usize = 256;

/// Shortest ICE password (RFC 8839 section 5.4).
pub const ICE_PASSWORD_CHARS_MIN: usize = 22;

/// Longest ICE password (RFC 8839 section 5.4).
pub const ICE_PASSWORD_CHARS_MAX: usize = 256;

/// Different remote candidates taken between two ICE restarts. A browser with many interfaces and
/// relays sends some thirty.
pub const REMOTE_CANDIDATES_MAX: usize = 256;

/// Longest `mid` that can be answered: what a one-byte RTP header extension carries (RFC 8285).
pub const MID_BYTES_MAX: usize = 16;

/// Longest `rid` that can be told from others in RTP.
pub const RID_BYTES_MAX: usize = 8;

/// Lines of one m-line's section. The longest of a browser have some two hundred.
pub const SECTION_LINES_MAX: usize = 2048;

/// What is wrong with a remote description. Sections are counted from zero, lines from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DescriptionFault {
    /// This line cannot be read.
    Line(usize),
    /// Something that every description has is missing; how it begins in SDP.
    Missing(&'static str),
    /// A section lacks something.
    MissingIn {
        /// Which one.
        section: usize,
        /// How it begins in SDP.
        what: &'static str,
    },
    /// A section says twice what can be said once.
    Repeated {
        /// Which one.
        section: usize,
        /// How it begins in SDP.
        what: &'static str,
    },
    /// A section has more than [`SECTION_LINES_MAX`] lines.
    SectionTooLong(usize),
    /// A user fragment of this many characters, or with characters, that ICE does not allow: it has
    /// [`ICE_UFRAG_CHARS_MIN`] to [`ICE_UFRAG_CHARS_MAX`] letters, digits, `+` and `/`.
    IceUfrag(usize),
    /// A password of this many characters, or with characters, that ICE does not allow: it has
    /// [`ICE_PASSWORD_CHARS_MIN`] to [`ICE_PASSWORD_CHARS_MAX`] letters, digits, `+` and `/`.
    IcePassword(usize),
    /// Both sides are ICE lite, and none would begin.
    BothIceLite,
    /// An answer restarts ICE though the offer did not.
    UnaskedRestart,
    /// More than [`REMOTE_CANDIDATES_MAX`] different candidates; their number.
    TooManyCandidates(usize),
    /// The name of a section has more than [`MID_BYTES_MAX`] bytes, or other characters than letters,
    /// digits and underscores.
    Mid(usize),
    /// The name of a layer has more than [`RID_BYTES_MAX`] bytes, or other characters than letters,
    /// digits and underscores.
    Rid(usize),
    /// The BUNDLE group does not list the sections that are not rejected, in their order.
    Group,
    /// A section is not where it was before.
    Order(usize),
    /// There are fewer sections than before, or the answer has not as many as the offer.
    SectionCount {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A payload type means two different things in one connection (RFC 9143 section 9.1).
    PayloadType(u8),
    /// The answer leaves open who begins DTLS (RFC 8842 section 5.3).
    Setup,
    /// It contradicts itself, or what was agreed before.
    Refused,
}

impl fmt::Display for DescriptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DescriptionFault as Fault;
        match self {
            Fault::Line(line) => write!(f, "line {line} cannot be read"),
            Fault::Missing(what) => write!(f, "no {what}"),
            Fault::MissingIn { section, what } => write!(f, "m-line {section} has no {what}"),
            Fault::Repeated { section, what } => {
                write!(f, "m-line {section} has more than one {what}")
            }
            Fault::SectionTooLong(section) => {
                write!(f, "m-line {section} has more than {SECTION_LINES_MAX} lines")
            }
            Fault::IceUfrag(chars) => write!(
                f,
                "a=ice-ufrag of {chars} characters: {ICE_UFRAG_CHARS_MIN} to \
                 {ICE_UFRAG_CHARS_MAX} letters, digits, \"+\" and \"/\" are allowed"
            ),
            Fault::IcePassword(chars) => write!(
                f,
                "a=ice-pwd of {chars} characters: {ICE_PASSWORD_CHARS_MIN} to \
                 {ICE_PASSWORD_CHARS_MAX} letters, digits, \"+\" and \"/\" are allowed"
            ),
            Fault::BothIceLite => f.write_str("both sides are a=ice-lite"),
            Fault::UnaskedRestart => f.write_str("the answer restarts ICE, the offer did not"),
            Fault::TooManyCandidates(count) => write!(
                f,
                "{count} different a=candidate; at most {REMOTE_CANDIDATES_MAX} are taken"
            ),
            Fault::Mid(section) => write!(
                f,
                "the a=mid of m-line {section} is not up to {MID_BYTES_MAX} letters, digits and underscores"
            ),
            Fault::Rid(section) => write!(
                f,
                "an a=rid of m-line {section} is not up to {RID_BYTES_MAX} letters, digits and underscores"
            ),
            Fault::Group => f.write_str("a=group:BUNDLE does not list the m-lines in their order"),
            Fault::Order(section) => write!(f, "m-line {section} is not the one it was"),
            Fault::SectionCount { expected, found } => {
                write!(f, "{found} m-lines where {expected} are expected")
            }
            Fault::PayloadType(number) => write!(f, "payload type {number} has two meanings"),
            Fault::Setup => f.write_str("the answer's a=setup is neither active nor passive"),
            Fault::Refused => f.write_str("it contradicts itself or what was agreed before"),
        }
    }
}

impl std::error::Error for DescriptionFault {}
