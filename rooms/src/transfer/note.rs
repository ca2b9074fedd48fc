//! What a transfer tells while it runs, and at its end.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::progress::{Bytes, Progress, clock};
use crate::text::count;

/// Something worth telling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum TransferNote {
    /// The file was read and has a digest.
    Ready {
        /// Its name.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// Its digest.
        sha256: String,
    },
    /// In the room.
    Joined {
        /// Its name.
        room: String,
        /// `direct` or `forward`.
        mode: String,
        /// Names of the others.
        participants: Vec<String>,
    },
    /// Something has to happen first.
    Waiting {
        /// What for.
        what: String,
    },
    /// Something is not as it should be; the program goes on.
    Warning {
        /// What.
        what: String,
    },
    /// A path to the other side.
    Connected {
        /// The address here.
        local: String,
        /// The address there.
        remote: String,
    },
    /// A file was offered to somebody.
    Offered {
        /// To whom.
        to: String,
    },
    /// Bytes flow.
    Started {
        /// The file's name.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// Bytes that were there already.
        resumed_from: u64,
    },
    /// How far it is.
    Progress(ProgressNote),
    /// It broke off, and goes on when it can.
    Interrupted {
        /// Why.
        why: String,
    },
    /// An offer was not taken here.
    Refused {
        /// The file's name.
        name: String,
        /// Why not.
        why: String,
    },
    /// A file went over.
    Done(TransferReport),
    /// The end, in JSON only.
    Report {
        /// All files that went over.
        files: Vec<TransferReport>,
    },
}

/// How far a transfer is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgressNote {
    /// Bytes that are there.
    pub bytes: u64,
    /// Bytes in all.
    pub size: u64,
    /// Those of them that were there already.
    pub already: u64,
    /// Bytes per second.
    pub rate: f64,
    /// Seconds that are left at this rate.
    pub eta_seconds: Option<f64>,
}

/// A file that went over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferReport {
    /// `sent` or `received`.
    pub direction: TransferDirection,
    /// The file's name as sent, or its path as received.
    pub path: PathBuf,
    /// Who was at the other side.
    pub peer: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest, which was found right.
    pub sha256: String,
    /// What was there already when the last connection began, in bytes.
    pub resumed_from: u64,
    /// Bytes of the file that the last connection carried, those included that went over again.
    pub carried: u64,
    /// Seconds from the first byte of the last connection to the last.
    pub seconds: f64,
    /// Bytes per second in that time.
    pub bytes_per_second: f64,
    /// Times that it broke off before.
    pub interruptions: u32,
}

/// Which way a file went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferDirection {
    /// From here.
    Sent,
    /// To here.
    Received,
}

impl ProgressNote {
    /// Of a progress.
    pub fn new(bytes: u64, size: u64, progress: &Progress) -> Self {
        let eta_seconds = progress.remaining().map(|span| span.as_secs_f64());
        let (already, rate) = (progress.already(), progress.rate());
        ProgressNote { bytes, size, already, rate, eta_seconds }
    }
}

impl fmt::Display for ProgressNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.bytes.saturating_mul(100).checked_div(self.size).unwrap_or(100);
        let (bytes, size) = (Bytes(self.bytes), Bytes(self.size));
        write!(f, "{percent:3} %  {bytes} of {size}")?;
        if self.already > 0 {
            write!(f, ", {} were there", Bytes(self.already))?;
        }
        write!(f, "  {}/s", Bytes(self.rate as u64))?;
        match self.eta_seconds {
            Some(seconds) if seconds.is_finite() && seconds < 1e6 => {
                write!(f, "  {} left", clock(std::time::Duration::from_secs_f64(seconds)))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for TransferReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (how, whom) = match self.direction {
            TransferDirection::Sent => ("sent", "to"),
            TransferDirection::Received => ("received", "from"),
        };
        let (path, size) = (self.path.display(), Bytes(self.size));
        write!(f, "{how} {path} ({size}) {whom} {}", self.peer)?;
        write!(f, " in {:.1} s, {}/s", self.seconds, Bytes(self.bytes_per_second as u64))?;
        if self.resumed_from > 0 {
            write!(f, ", {} were there already", Bytes(self.resumed_from))?;
        }
        write!(f, "; SHA-256 {} is right", self.sha256)
    }
}

impl fmt::Display for TransferNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransferNote::Ready { name, size, sha256 } => {
                write!(f, "{name}: {}, SHA-256 {sha256}", Bytes(*size))
            }
            TransferNote::Joined { room, mode, participants } if participants.is_empty() => {
                write!(f, "in room {room} ({mode}), nobody else is there")
            }
            TransferNote::Joined { room, mode, participants } => {
                write!(f, "in room {room} ({mode}) with {}", participants.join(", "))
            }
            TransferNote::Waiting { what } => write!(f, "waiting for {what}"),
            TransferNote::Warning { what } => f.write_str(what),
            TransferNote::Connected { local, remote } => {
                write!(f, "connected, {local} to {remote}")
            }
            TransferNote::Offered { to } => write!(f, "offered to {to}"),
            TransferNote::Started { name, size, resumed_from: 0 } => {
                write!(f, "{name}: {} on the way", Bytes(*size))
            }
            TransferNote::Started { name, size, resumed_from } => {
                let (size, from) = (Bytes(*size), Bytes(*resumed_from));
                write!(f, "{name}: {size} on the way, {from} are there already")
            }
            TransferNote::Progress(progress) => progress.fmt(f),
            TransferNote::Interrupted { why } => write!(f, "broke off: {why}"),
            TransferNote::Refused { name, why } => write!(f, "refused {name}: {why}"),
            TransferNote::Done(report) => report.fmt(f),
            TransferNote::Report { files } => write!(f, "{} went over", count(files.len(), "file")),
        }
    }
}
