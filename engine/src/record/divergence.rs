//! How a replay is compared with what was recorded.

use std::fmt;
use std::time::Duration;

use super::outcome::OutcomeSummary;
use super::summary::{OutputClass, OutputSummary};

/// How alike the outputs of a replay have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// In every byte. Holds where randomness and clock of the process are those of the recording.
    Bytes,
    /// In order, time, kind, path and size, and in the bytes of all but DTLS, RTP and RTCP: those
    /// hold what libraries draw from the system's clock and randomness. Which of several tracks
    /// falls silent first may differ, and the times that are asked for; what is done at them may
    /// not.
    Shapes,
}

impl Exactness {
    pub(super) fn accepts(self, recorded: OutputSummary, replayed: OutputSummary) -> bool {
        if self == Exactness::Bytes {
            return recorded == replayed;
        }
        use OutputClass::{Dtls, Rtcp, Rtp, Timeout, TrackPaused};
        let free = [Dtls, Rtp, Rtcp, Timeout, TrackPaused];
        let same = (recorded.class, recorded.size, recorded.path)
            == (replayed.class, replayed.size, replayed.path);
        same && (recorded.content == replayed.content || free.contains(&recorded.class))
    }
}

/// What is compared: what a command came to, or what came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// What a command came to.
    Outcome(OutcomeSummary),
    /// What came out.
    Output(OutputSummary),
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Summary::Outcome(outcome) => write!(f, "outcome: {outcome}"),
            Summary::Output(OutputSummary { class, size, path, content }) => {
                write!(f, "{class} ({size}, path {path:08x}, content {content:08x})")
            }
        }
    }
}

/// An outcome or output that is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Where the recording tells of it, in bytes from the beginning.
    pub offset: usize,
    /// Time since the connection was made.
    pub at: Duration,
    /// Its number, counted from zero over all outcomes and outputs since the start.
    pub output: u64,
    /// What came then; `None` when nothing more did.
    pub recorded: Option<Summary>,
    /// What comes now; `None` when nothing more does.
    pub replayed: Option<Summary>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |f: &mut fmt::Formatter<'_>, summary: Option<Summary>| match summary {
            Some(summary) => summary.fmt(f),
            None => f.write_str("nothing"),
        };
        write!(f, "output {} at {:.6} s: then ", self.output, self.at.as_secs_f64())?;
        show(f, self.recorded)?;
        f.write_str(", now ")?;
        show(f, self.replayed)
    }
}
