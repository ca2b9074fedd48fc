//! Scenarios: what a run consists of, as a TOML file.

mod build;
mod builtin;
mod capacity;
mod check;
mod draw;
mod fault;
mod fields;
mod link;
mod loss;
mod schema;
mod sweep;
mod traffic;

pub use build::{BuildError, Built, CrossEnds, FlowEnds};
pub use builtin::{BUILT_IN, BuiltIn, built_in};
pub(crate) use check::default_path;
pub use fault::{BadScenario, Fault, Problem};
pub(crate) use fields::Fields;
pub use schema::{
    AudioModel, CongestionControl, Cross, CrossKind, Direction, Expectation, FileDownloads, Flow,
    JitterModel, Link, LossModel, MediaKind, Meta, Options, OutageSpec, Queue, QueueKind, Reorder,
    Scenario, SharedMedium, VideoModel, Wire,
};
pub use sweep::{Axis, Parameter};
