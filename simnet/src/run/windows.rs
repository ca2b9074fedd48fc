//! Windows of the TCP connections beside calls, looked at in equal intervals.

use crate::cross::TcpSource;
use crate::run::Bins;
use crate::scenario::CrossEnds;
use crate::sim::{Handle, Sim};
use crate::time::Time;

/// Those of one connection of cross traffic; nothing where it has none.
#[derive(Debug)]
pub(crate) struct Windows {
    source: Option<Handle<TcpSource>>,
    /// Congestion window, in segments.
    pub(crate) window: Bins,
    /// Slow-start threshold, likewise, while there is one.
    pub(crate) threshold: Bins,
}

impl Windows {
    /// `bins` is an empty row of bins.
    pub(crate) fn new(ends: &CrossEnds, bins: &Bins) -> Windows {
        let source = match ends {
            CrossEnds::Tcp(source, _) => Some(*source),
            CrossEnds::Udp(..) | CrossEnds::Swarm(..) | CrossEnds::Application(_) => None,
        };
        Windows { source, window: bins.clone(), threshold: bins.clone() }
    }

    /// Looks at the connection.
    pub(crate) fn look(&mut self, sim: &Sim, now: Time) {
        let Some(source) = self.source else { return };
        let source = sim.endpoint(source);
        self.window.add(now, source.window());
        if let Some(threshold) = source.threshold() {
            self.threshold.add(now, threshold);
        }
    }
}
