//! Finding candidates: which addresses the peer may reach us at.

mod host;

pub(crate) use host::{GatherStep, HostGatherer};
