//! What a run is compared with.

/// Figures of other runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct References {
    /// What as many TCP connections carry together, in bit/s.
    pub(crate) tcp_bps: Option<f64>,
    /// The utilisation of the first link in the scenario that this one is a variant of.
    pub(crate) utilisation: Option<f64>,
}
