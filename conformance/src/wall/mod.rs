//! The interop wall: cases that Lapwing plays with every other stack, checked by content.
//!
//! A [`Case`] is a function over a [`Scene`], in which two [`Ends`] speak the protocol of
//! `conformance/peers/README.md`. The runner starts the stacks of a column in a network of their
//! own ([`crate::network`]), plays each case in both roles, keeps a folder of evidence for each
//! cell, and compares the outcomes with [`Expectations`].

mod case;
mod cell;
mod column;
mod data;
mod ends;
mod evidence;
mod expectations;
mod live;
mod media;
mod negotiation;
mod plan;
mod record;
mod report;
mod results;
mod role;
mod runner;
mod scene;
mod seat;
mod side;
mod simulated;
mod stop;

pub use case::{Case, perfect};
pub use cell::{Cell, Outcome};
pub use data::Messages;
pub use ends::Ends;
pub use evidence::Evidence;
pub use expectations::{BadExpectations, Expectations, Judged, Verdict};
pub use live::LiveEnds;
pub use media::{Content, Track};
pub use plan::Plan;
pub use record::Record;
pub use report::{markdown, page};
pub use results::{Column, Results, ResultsError};
pub use role::Role;
pub use runner::{Progress, RunError, run};
pub use scene::Scene;
pub use side::Side;
pub use simulated::SimulatedEnds;
pub use stop::{Played, Stop, must};
