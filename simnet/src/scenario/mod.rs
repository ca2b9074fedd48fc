//! Scenarios: what a run consists of, as a TOML file.

mod barriers;
mod build;
mod built;
mod builtin;
mod capacity;
mod channel_traffic;
mod channels;
mod check;
mod draw;
mod expectation;
mod fault;
mod fields;
mod happenings;
mod helpers;
mod limits;
mod link;
mod loss;
mod named;
mod raise;
mod schema;
mod sweep;
mod traffic;
mod traversal;

pub use built::{BuildError, Built, CrossEnds, FlowEnds};
pub use builtin::{BUILT_IN, BuiltIn, built_in};
pub(crate) use channel_traffic::BULK;
pub use channel_traffic::{ChannelDirection, ChannelKind, ChannelTraffic};
pub(crate) use check::default_path;
pub use expectation::Expectation;
pub use fault::{BadScenario, Fault, Problem};
pub(crate) use fields::Fields;
pub use raise::{Raised, Server};
pub use schema::{
    AudioModel, Axis, CongestionControl, Cross, CrossKind, FileDownloads, Flow, FlowDirection,
    JitterModel, Link, LossModel, Meta, Options, OutageSpec, Parameter, Policing, Queue, QueueKind,
    Reorder, Scenario, SharedMedium, VideoModel, Wire,
};
pub use traversal::{
    Barrier, BarrierKind, IceHelper, IceHelperKind, IcePlan, ScenarioAction, ScenarioActionKind,
    TurnModel, TurnTransport,
};
