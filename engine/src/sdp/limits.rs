//! How much of a description is taken. All that a description makes us keep is bounded by its text
//! and these.

/// Most m-lines taken: enough for fifty participants with audio and video each, twice over.
pub const MEDIA_LINES_MAX: usize = 256;

/// Most formats of an m-line: there are 128 payload types (RFC 3550 section 5.1).
pub const FORMATS_MAX: usize = 128;

/// Most kinds of feedback of one format. Browsers list five.
pub const FEEDBACK_MAX: usize = 32;

/// Most kinds of feedback in a description, all formats together: one short line for `*` stands for
/// 128 of them. A hundred m-lines of a browser have ten thousand.
pub const FEEDBACK_TOTAL_MAX: usize = 65_536;

/// Most m-lines named by a group: as many as there may be.
pub const GROUP_MIDS_MAX: usize = MEDIA_LINES_MAX;

/// Most options of ICE in a section. Browsers list two or three.
pub const ICE_OPTIONS_MAX: usize = 32;

/// Most alternatives in `a=simulcast`, both directions together. Browsers list three.
pub const SIMULCAST_RIDS_MAX: usize = 64;

/// Most restrictions of an `a=rid` line; RFC 8851 section 5 defines nine.
pub const RID_RESTRICTIONS_MAX: usize = 32;

/// Longest hash of a function that is not known here, in bytes: twice the longest that is.
pub const FINGERPRINT_BYTES_MAX: usize = 128;

/// Shortest `a=tls-id` (RFC 8842 section 4).
pub const TLS_ID_CHARS_MIN: usize = 20;

/// Longest `a=tls-id` (RFC 8842 section 4).
pub const TLS_ID_CHARS_MAX: usize = 255;

/// Largest description taken, in bytes. A call with a hundred m-lines of a browser is half of it.
pub const SDP_BYTES_MAX: usize = 512 << 10;

/// Lines of one m-line's section. The longest of a browser have some two hundred.
pub const SECTION_LINES_MAX: usize = 2048;

/// Shortest ICE user fragment (RFC 8839 section 5.4).
pub const ICE_UFRAG_CHARS_MIN: usize = 4;

/// Longest ICE user fragment (RFC 8839 section 5.4).
pub const ICE_UFRAG_CHARS_MAX: usize = 256;

/// Shortest ICE password (RFC 8839 section 5.4).
pub const ICE_PASSWORD_CHARS_MIN: usize = 22;

/// Longest ICE password (RFC 8839 section 5.4).
pub const ICE_PASSWORD_CHARS_MAX: usize = 256;
