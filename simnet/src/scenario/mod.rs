//! Scenarios: what a run consists of, as a TOML file.
//!
//! | step | files |
//! |---|---|
//! | reading | `check.rs` over all, `fields.rs` for a table; `link.rs`, `capacity.rs`, `loss.rs`, `traffic.rs`, `channels.rs`, `barriers.rs`, `helpers.rs`, `happenings.rs`, `sweep.rs` for those that it names |
//! | what is wrong | `fault.rs`, `limits.rs`, `named.rs` |
//! | what was read | `schema.rs`, `channel_traffic.rs`, `traversal.rs` (boxes and servers), `expectation.rs` |
//! | building | `build.rs`, `draw.rs`, `raise.rs` (boxes and servers), `built.rs` |
//! | shipped | `builtin.rs` |

mod barriers;
mod build;
mod built;
mod builtin;
mod capacity;
mod channel_traffic;
mod channels;
mod check;
mod crossing;
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
    AudioModel, Axis, CongestionControl, Cross, CrossKind, FileArrivals, FileDownloads, Flow,
    FlowDirection, JitterModel, Link, LossModel, Meta, Options, OutageSpec, Parameter, Policing,
    Queue, QueueKind, Reorder, Scenario, SharedMedium, Streaming, VideoModel, Wire,
};
pub use traversal::{
    Barrier, BarrierKind, IceHelper, IceHelperKind, IcePlan, ScenarioAction, ScenarioActionKind,
    TurnModel, TurnTransport,
};
