//! What carries the two ends of a call.

use std::fmt;
use std::str::FromStr;

use lapwing_engine::SessionKind;
use serde::{Deserialize, Serialize};

/// What carries each end of a call: the first is the one that sends, or `a`.
///
/// ```
/// use lapwing_engine::SessionKind;
/// use lapwing_simnet::Sessions;
/// let sessions: Sessions = "own-str0m".parse().unwrap();
/// assert_eq!(sessions.0, [SessionKind::Own, SessionKind::Str0m]);
/// assert_eq!(sessions.to_string(), "own-str0m");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&str", try_from = "String")]
pub struct Sessions(pub [SessionKind; 2]);

impl Sessions {
    /// Every combination with its name.
    pub const ALL: [(&str, Sessions); 4] = [
        ("own", Sessions([SessionKind::Own, SessionKind::Own])),
        ("own-str0m", Sessions([SessionKind::Own, SessionKind::Str0m])),
        ("str0m-own", Sessions([SessionKind::Str0m, SessionKind::Own])),
        ("str0m", Sessions([SessionKind::Str0m, SessionKind::Str0m])),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let named = Sessions::ALL.iter().find(|(_, sessions)| *sessions == self);
        named.expect("every combination has a name").0
    }

    /// A run repeats to the byte in any process: it asks the system for nothing.
    pub(crate) fn ask_nothing(self) -> bool {
        self.0 == [SessionKind::Own; 2]
    }
}

impl fmt::Display for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Sessions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Sessions::ALL.iter().find(|(name, _)| *name == text);
        let names = Sessions::ALL.map(|(name, _)| name).join(", ");
        named.map(|(_, sessions)| *sessions).ok_or_else(|| format!("{text:?} is none of {names}"))
    }
}

impl From<Sessions> for &'static str {
    fn from(sessions: Sessions) -> Self {
        sessions.name()
    }
}

impl TryFrom<String> for Sessions {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
