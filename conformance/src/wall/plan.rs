//! What a run of the wall plays.

use std::path::Path;
use std::time::Duration;

use super::{Case, Expectations, Role};
use crate::peer::Manifest;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The stack that the wall is about.
    pub subject: &'a Manifest,
    /// The columns.
    pub peers: Vec<&'a Manifest>,
    /// The rows, by name.
    pub cases: Vec<(&'a str, &'a Case)>,
    /// What is known to fail: that is played once only.
    pub expected: &'a Expectations,
    /// Where evidence goes.
    pub folder: &'a Path,
    /// How many columns at once.
    pub workers: usize,
    /// What losses and simulations are drawn from.
    pub seed: u64,
}

/// Cases that take longer have a lane of their own: they wait more than they work.
const LONG: Duration = Duration::from_secs(300);

/// Which cases of a column are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Usual,
    Long,
}

impl Lane {
    fn of(case: &Case) -> Lane {
        if case.within > LONG { Lane::Long } else { Lane::Usual }
    }
}

impl Plan<'_> {
    /// The cells that it has.
    pub fn cells(&self) -> usize {
        let cells = |peer: &&Manifest, lane| self.rows(peer, lane).count();
        let lanes = |peer| cells(peer, Lane::Usual) + cells(peer, Lane::Long);
        self.peers.iter().map(lanes).sum()
    }

    pub(super) fn rows(
        &self,
        peer: &Manifest,
        lane: Lane,
    ) -> impl Iterator<Item = (&str, &Case, Role)> {
        let mine = |case: &Case| {
            Lane::of(case) == lane
                && (case.only.is_empty() || case.only.contains(&peer.name.as_str()))
        };
        let cases = self.cases.iter().filter(move |(_, case)| mine(case));
        let rows =
            cases.flat_map(|(name, case)| case.roles.iter().map(|role| (*name, *case, *role)));
        rows.collect::<Vec<_>>().into_iter()
    }
}
