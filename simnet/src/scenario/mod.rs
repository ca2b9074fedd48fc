//! Scenarios: what a run consists of, as a TOML file.
//!
//! | step | files |
//! |---|---|
//! | reading | `check.rs` over all, `fields.rs` for a table, `numbers.rs`, `value.rs`; `links.rs` for the network that links make; `link.rs`, `capacity.rs`, `loss.rs`, `traffic.rs`, `forwarding.rs`, `channels.rs`, `barriers.rs`, `helpers.rs`, `happenings.rs`, `expects.rs`, `aims.rs`, `sweep.rs` for those that it names |
//! | parts of one's own | `own.rs` |
//! | changed and varied | `source.rs` over all; `change.rs`, `rewrite.rs`, `grid.rs` |
//! | what keys there are | `keys/`, the reference for people |
//! | what is wrong | `fault.rs`, `limits.rs`, `extent.rs`, `named.rs` |
//! | what was read | `whole.rs`, `schema.rs`, `channel_traffic.rs`, `traversal.rs` (boxes and servers), `expectation.rs`, `assertion.rs` |
//! | building | `build.rs`, `draw.rs`, `raise.rs` (boxes and servers), `changes.rs` (what actions make of links and flows), `built.rs` |
//! | shipped | `builtin.rs` |

mod aims;
mod assertion;
mod barriers;
mod build;
mod built;
mod builtin;
mod capacity;
mod change;
mod changes;
mod channel_traffic;
mod channels;
mod check;
mod crossing;
mod draw;
mod expectation;
mod expects;
mod extent;
mod fault;
mod fields;
mod forwarding;
mod grid;
mod happenings;
mod helpers;
mod keys;
mod limits;
mod link;
mod links;
mod loss;
mod named;
mod numbers;
mod own;
mod raise;
mod rewrite;
mod schema;
mod source;
mod statement_fault;
mod sweep;
mod traffic;
mod traversal;
mod value;
mod whole;

pub use assertion::{Assertion, Bounds, Goal, Metric, Statistic, Subject};
pub(crate) use build::spec;
pub use built::{BuildError, Built, CrossEnds, FlowEnds};
pub use builtin::{BUILT_IN, BuiltIn, built_in};
pub use change::{BadChange, Change, WORDS_MAX};
pub(crate) use channel_traffic::BULK;
pub use channel_traffic::{ChannelDirection, ChannelKind, ChannelTraffic};
pub use expectation::Expectation;
pub use fault::{BadScenario, Fault, Problem, Warnings};
pub(crate) use fields::Fields;
pub(crate) use forwarding::LAYERS_MAX;
pub use keys::{Key, KeyTable, Need, Shape, reference, tables};
pub use limits::Extent;
pub use links::Links;
pub use raise::{Raised, Server};
pub use schema::{
    AudioModel, Axis, AxisValue, CongestionControl, Cross, CrossKind, FileArrivals, FileDownloads,
    Flow, FlowDirection, FlowEnd, JitterModel, Link, LinkChange, LossModel, Meta, Options,
    OutageSpec, Policing, Power, Queue, QueueKind, Reorder, ScenarioAction, ScenarioActionKind,
    SharedMedium, Streaming, VideoModel, VideoSource, Wire,
};
pub use source::{Reading, ScenarioSource};
pub use statement_fault::StatementFault;
pub use traversal::{
    Barrier, BarrierKind, IceHelper, IceHelperKind, IcePlan, TurnModel, TurnTransport,
};
pub use whole::Scenario;
