//! The two ends of a case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One end of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The stack that the wall is about: Lapwing, unless another is asked for.
    Subject,
    /// The stack of the column.
    Peer,
}

impl Side {
    /// Both.
    pub const BOTH: [Side; 2] = [Side::Subject, Side::Peer];

    /// The far end.
    pub const fn other(self) -> Side {
        match self {
            Side::Subject => Side::Peer,
            Side::Peer => Side::Subject,
        }
    }

    /// Its place in an array of two.
    pub const fn index(self) -> usize {
        match self {
            Side::Subject => 0,
            Side::Peer => 1,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Subject => "subject",
            Side::Peer => "peer",
        })
    }
}
