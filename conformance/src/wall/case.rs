//! What a case is.

use std::time::Duration;

use lapwing_simnet::LinkSpec;

use super::{Played, Role, Scene};

/// What two stacks do with each other, and what must come of it. Its name is that of its file in
/// `conformance/src/cases`.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it checks, in one line.
    pub about: &'static str,
    /// Where it is written that it must be so, as "RFC 9429 section 5.3.1".
    pub rfc: &'static str,
    /// Features that both ends need.
    pub needs: &'static [&'static str],
    /// Who offers: a cell for each.
    pub roles: &'static [Role],
    /// The links at the beginning: from the subject to the peer, and back.
    pub links: fn() -> [LinkSpec; 2],
    /// How long it may take.
    pub within: Duration,
    /// Only with these peers, where it takes long. All if empty.
    pub only: &'static [&'static str],
    /// Part of the quick run that every test run has.
    pub fast: bool,
    /// It gives figures, and is played only when it is named.
    pub measures: bool,
    /// What happens.
    pub play: fn(&mut Scene<'_>) -> Played,
}

impl Case {
    /// A case with both roles, over a perfect network, in 40 seconds.
    pub const fn new(
        about: &'static str,
        rfc: &'static str,
        play: fn(&mut Scene<'_>) -> Played,
    ) -> Case {
        Case {
            about,
            rfc,
            needs: &[],
            roles: Role::BOTH,
            links: perfect,
            within: Duration::from_secs(40),
            only: &[],
            fast: false,
            measures: false,
            play,
        }
    }

    /// Needs these features at both ends.
    pub const fn needs(mut self, features: &'static [&'static str]) -> Case {
        self.needs = features;
        self
    }

    /// With these roles.
    pub const fn roles(mut self, roles: &'static [Role]) -> Case {
        self.roles = roles;
        self
    }

    /// Over these links.
    pub const fn links(mut self, links: fn() -> [LinkSpec; 2]) -> Case {
        self.links = links;
        self
    }

    /// With more or less time.
    pub const fn within(mut self, seconds: u64) -> Case {
        self.within = Duration::from_secs(seconds);
        self
    }

    /// With these peers only.
    pub const fn only(mut self, peers: &'static [&'static str]) -> Case {
        self.only = peers;
        self
    }

    /// As part of the quick run.
    pub const fn fast(mut self) -> Case {
        self.fast = true;
        self
    }

    /// For figures: no part of the wall, played when it is named.
    pub const fn measures(mut self) -> Case {
        self.measures = true;
        self
    }
}

/// Nothing lost, nothing late.
pub fn perfect() -> [LinkSpec; 2] {
    [LinkSpec::new(), LinkSpec::new()]
}
