//! Scenarios: what a run consists of, as a TOML file.

mod build;
mod built;
mod builtin;
mod capacity;
mod check;
mod draw;
mod fault;
mod fields;
mod limits;
mod link;
mod loss;
mod schema;
mod sweep;
mod traffic;

pub use built::{BuildError, Built, CrossEnds, FlowEnds};
pub use builtin::{BUILT_IN, BuiltIn, built_in};
pub(crate) use check::default_path;
pub use fault::{BadScenario, Fault, Problem};
pub(crate) use fields::Fields;
pub use schema::{
    AudioModel, Axis, CongestionControl, Cross, CrossKind, Expectation, FileDownloads, Flow,
    FlowDirection, JitterModel, Link, LossModel, Meta, Options, OutageSpec, Parameter, Queue,
    QueueKind, Reorder, Scenario, SharedMedium, VideoModel, Wire,
};
