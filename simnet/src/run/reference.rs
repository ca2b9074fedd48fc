//! What other runs give that a run is compared with.

use std::time::Duration;

use crate::net::EndpointId;
use crate::run::figures::path;
use crate::run::{Bins, Observer, References, Run};
use crate::scenario::{
    BuildError, CongestionControl, Cross, CrossEnds, CrossKind, Expectation, Flow, Scenario, Wire,
    built_in,
};
use crate::time::{Clock, Time};

impl References {
    /// Makes the runs that the scenario's expectations ask for.
    pub(crate) fn gather(scenario: &Scenario, seed: u64) -> Result<References, BuildError> {
        let wants = |expectation| scenario.expect.contains_key(&expectation);
        let mut references = References::default();
        if wants(Expectation::UtilVsNTcpMin) {
            references.tcp_bps = Some(tcp_rate(scenario, seed));
        }
        if wants(Expectation::UtilVsReferenceMin)
            && let Some(other) = reference_of(&scenario.meta.name)
        {
            let mut run = Run::new(&other, seed, Clock::arbitrary())?;
            while run.step() {}
            let (figures, _) = run.measured();
            references.utilisation = figures.links.first().and_then(|link| link.utilisation);
        }
        Ok(references)
    }
}

/// The scenario `PREFIX-reference` of the longest prefix of a name, cut at a dash.
fn reference_of(name: &str) -> Option<Scenario> {
    let cuts = name.match_indices('-').map(|(at, _)| &name[..at]);
    let prefixes = cuts.chain([name]).collect::<Vec<_>>().into_iter().rev();
    let found = prefixes.filter_map(|prefix| built_in(&format!("{prefix}-reference"))).next()?;
    Scenario::parse(found.name, found.text).ok()
}

/// The rate of endless TCP in place of the flows, together, over the whole run.
fn tcp_rate(scenario: &Scenario, seed: u64) -> f64 {
    let mut variant = Scenario { flows: Vec::new(), cross: Vec::new(), ..scenario.clone() };
    variant.cross = scenario.flows.iter().map(|flow| connection(flow, scenario)).collect();
    let mut built = variant.build(seed);
    let sinks: Vec<EndpointId> = built.cross.iter().map(CrossEnds::sink).collect();
    let end = Time::ZERO + scenario.meta.duration;
    let whole = Bins::new(scenario.meta.duration.max(Duration::from_secs(1)), 1);
    built.sim.watch(Observer::new(&[], &[], &sinks, &whole));
    built.sim.run_until(end);
    let observer = built.sim.watcher::<Observer>().expect("it watches");
    observer.cross.iter().map(|bins| bins.rates()[0]).sum()
}

/// An endless TCP connection in place of a flow: over the shared medium if there is one, or else
/// over the first link of its path.
fn connection(flow: &Flow, scenario: &Scenario) -> Cross {
    let shared = scenario.links.iter().find(|link| matches!(link.kind, Wire::Shared(_)));
    let first = || path(flow, scenario).into_iter().next().unwrap_or_default();
    Cross {
        link: shared.map_or_else(first, |link| link.name.clone()),
        direction: flow.direction,
        count: 1,
        start: flow.start.0,
        end: flow.end.1,
        kind: CrossKind::TcpLong(CongestionControl::Reno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_finds_its_reference() {
        let name = |of| reference_of(of).map(|scenario| scenario.meta.name);
        assert_eq!(name("rfc8867-5.3-udpbg").as_deref(), Some("rfc8867-5.3-reference"));
        assert_eq!(name("rfc8867-5.3").as_deref(), Some("rfc8867-5.3-reference"));
        assert_eq!(name("rfc8867-5.4"), None);
    }
}
