//! What is random in a scenario and stays the same through a run: capacities that a generator
//! gives.

use crate::random::Seed;
use crate::scenario::{Scenario, Wire};

impl Scenario {
    /// The scenario of one run: the capacity of each link with a generator is drawn for the whole
    /// duration, and so is the delay that comes with it. Without generators, the scenario as it is.
    ///
    /// ```
    /// use lapwing_simnet::scenario::{Scenario, Wire};
    /// let text = "
    /// [meta]
    /// name = 'phone'
    /// duration_s = 60
    /// seeds = [1]
    /// schema = 1
    ///
    /// [[link]]
    /// name = 'up'
    /// from = 'A'
    /// to = 'B'
    /// capacity_generator = { model = 'lte', mean_bps = 3_000_000 }
    /// queue = { type = 'tail-drop', size_ms = 300 }
    /// ";
    /// let scenario = Scenario::parse("phone.toml", text).unwrap();
    /// let Wire::Directed { queue: Some(queue), .. } = &scenario.drawn(1).links[0].kind else {
    ///     unreachable!()
    /// };
    /// assert!(queue.capacity.as_steps().len() > 100);
    /// ```
    #[must_use]
    pub fn drawn(&self, seed: u64) -> Scenario {
        let mut drawn = self.clone();
        for link in &mut drawn.links {
            let Wire::Directed { queue: Some(queue), delays, .. } = &mut link.kind else {
                continue;
            };
            if let Some(generator) = queue.generator.take() {
                let stream = Seed(seed).stream(&format!("link/{}/capacity", link.name));
                let made = generator.draw(self.meta.duration, stream);
                queue.capacity = made.rate;
                delays.extend(made.delays);
            }
        }
        drawn
    }
}
