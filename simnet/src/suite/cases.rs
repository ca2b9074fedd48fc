//! The cases of each suite.

use std::fmt;
use std::str::FromStr;

use crate::scenario::{BUILT_IN, BuiltIn, Scenario};
use crate::sessions::Sessions;

/// A suite of scenarios.
///
/// ```
/// use lapwing_simnet::suite::Suite;
/// let suite: Suite = "rfc8867".parse().unwrap();
/// assert!(suite.scenarios().all(|scenario| scenario.name.starts_with("rfc8867-")));
/// assert!("rfc1".parse::<Suite>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Test cases for congestion control of interactive media (RFC 8867).
    Rfc8867,
    /// The same over wireless networks (RFC 8869).
    Rfc8869,
    /// What libwebrtc's tests of its congestion control ask of a call.
    Webrtc,
    /// Data channels: transfers, messages and requests, alone, beside TCP and beside calls.
    Channels,
}

/// One run of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteCase {
    /// The scenario.
    pub scenario: BuiltIn,
    /// The seed.
    pub seed: u64,
    /// What carries the calls.
    pub sessions: Sessions,
}

impl SuiteCase {
    /// Its scenario, as it is run.
    pub fn scenario(&self) -> Scenario {
        let BuiltIn { name, text } = self.scenario;
        let mut scenario = Scenario::parse(name, text).expect("the crate's own are right");
        scenario.options.sessions = self.sessions;
        scenario
    }
}

impl Suite {
    /// All suites.
    pub const ALL: [Suite; 4] = [Suite::Rfc8867, Suite::Rfc8869, Suite::Webrtc, Suite::Channels];

    /// Its name, by which the names of its scenarios begin.
    pub fn name(self) -> &'static str {
        match self {
            Suite::Rfc8867 => "rfc8867",
            Suite::Rfc8869 => "rfc8869",
            Suite::Webrtc => "webrtc",
            Suite::Channels => "channels",
        }
    }

    /// Seeds of each scenario in the committed tables: 1 to this.
    pub fn seeds(self) -> u64 {
        match self {
            Suite::Rfc8867 | Suite::Rfc8869 | Suite::Webrtc => 5,
            // A transfer has a hundred times the packets of a call.
            Suite::Channels => 2,
        }
    }

    /// Its scenarios, by name.
    pub fn scenarios(self) -> impl Iterator<Item = BuiltIn> {
        let own = move |scenario: &&BuiltIn| {
            scenario.name.strip_prefix(self.name()).is_some_and(|rest| rest.starts_with('-'))
        };
        BUILT_IN.iter().filter(own).copied()
    }

    /// Every scenario with each of the seeds.
    pub fn cases(self, sessions: Sessions, seeds: &[u64]) -> Vec<SuiteCase> {
        let with_seeds =
            |scenario| seeds.iter().map(move |&seed| SuiteCase { scenario, seed, sessions });
        self.scenarios().flat_map(with_seeds).collect()
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Suite {
    type Err = String;

    fn from_str(text: &str) -> Result<Suite, String> {
        let found = Suite::ALL.into_iter().find(|suite| suite.name() == text);
        found.ok_or_else(|| format!("{text:?} is none of rfc8867, rfc8869, webrtc, channels"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_their_cases() {
        assert_eq!(Suite::Rfc8867.scenarios().count(), 32);
        assert_eq!(Suite::Rfc8869.scenarios().count(), 16);
        assert_eq!(Suite::Rfc8869.cases(Sessions::default(), &[1, 2, 3, 4, 5]).len(), 80);
        assert!(Suite::Webrtc.scenarios().count() >= 15);
    }
}
