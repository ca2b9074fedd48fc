//! How a context behaves, besides its keys.

/// Packets that a replay window spans unless [`Options::replay_window`] says else. A second of
/// video at 10 Mbit/s: what is later than that is of no use.
pub const REPLAY_WINDOW: usize = 1024;

/// The smallest replay window (RFC 3711 section 3.3.2).
pub const REPLAY_WINDOW_MIN: usize = 64;

/// The largest replay window. Half of it already is more than reordering can shift a sequence
/// number without its roll-over counter being guessed wrong.
pub const REPLAY_WINDOW_MAX: usize = 65_536;

/// Sources that one direction of a connection may have in its life unless
/// [`Options::sources_max`] says else. A window outlives its stream, as replays do: a conference
/// of hundreds whose members come and go stays below this, and a megabyte is the most it costs.
pub const SRTP_SOURCES_MAX: usize = 4096;

/// Settings of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Encrypt header extensions and contributing sources too (RFC 9335), which both sides have
    /// to have agreed on. Inbound, packets with and without are taken then. `false` at first.
    pub cryptex: bool,
    /// How many packets below the newest are remembered, for RTP and for RTCP alike. What is
    /// older is refused. Rounded up to a multiple of 64 and kept between [`REPLAY_WINDOW_MIN`]
    /// and [`REPLAY_WINDOW_MAX`]; [`REPLAY_WINDOW`] at first.
    pub replay_window: usize,
    /// Sources (SSRCs) that may be known. Those beyond are refused. [`SRTP_SOURCES_MAX`] at
    /// first.
    pub sources_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { cryptex: false, replay_window: REPLAY_WINDOW, sources_max: SRTP_SOURCES_MAX }
    }
}
