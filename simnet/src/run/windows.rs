//! Windows of the TCP and QUIC connections beside calls, looked at in equal intervals.

use crate::run::Bins;
use crate::scenario::CrossEnds;
use crate::sim::Sim;
use crate::time::Time;

/// Those of one connection of cross traffic; nothing where it has none.
#[derive(Debug)]
pub(crate) struct Windows {
    ends: CrossEnds,
    /// Congestion window, in segments.
    pub(crate) window: Bins,
    /// Slow-start threshold, likewise, while there is one.
    pub(crate) threshold: Bins,
}

impl Windows {
    /// `bins` is an empty row of bins.
    pub(crate) fn new(ends: &CrossEnds, bins: &Bins) -> Windows {
        Windows { ends: *ends, window: bins.clone(), threshold: bins.clone() }
    }

    /// Looks at the connection.
    pub(crate) fn look(&mut self, sim: &Sim, now: Time) {
        let (window, threshold) = match self.ends {
            CrossEnds::Tcp(source, _) => {
                let source = sim.endpoint(source);
                (source.window(), source.threshold())
            }
            CrossEnds::Quic(source, _) => {
                let source = sim.endpoint(source);
                (source.window(), source.threshold())
            }
            CrossEnds::Udp(..) | CrossEnds::Swarm(..) | CrossEnds::Application(_) => return,
        };
        self.window.add(now, window);
        if let Some(threshold) = threshold {
            self.threshold.add(now, threshold);
        }
    }
}
