//! Runs of scenarios: calls between engines, what is measured of them, and what that is held
//! against.

mod arrivals;
mod asked;
mod asserted;
mod bins;
mod channels;
mod distribution;
mod figures;
mod forwarding;
mod gaps;
mod gather;
mod histogram;
mod judged;
mod listener;
mod observer;
mod outcome;
mod placing;
mod queue_meter;
mod rates;
mod reference;
mod references;
mod row;
mod runner;
mod stamp;
mod tail;
mod talker;
mod traversal;
mod verdict;
mod video;
mod windows;

pub use arrivals::{Arrivals, WrongArrival};
pub(crate) use asked::Asked;
pub(crate) use bins::Bins;
pub(crate) use channels::{ChannelEnd, Line};
pub use distribution::Distribution;
pub(crate) use figures::figures;
pub(crate) use forwarding::{Forwarded, ForwardedRates, Intake};
pub(crate) use gaps::Gaps;
pub(crate) use gather::outages;
pub use histogram::Histogram;
pub use judged::run;
pub use listener::Listener;
pub(crate) use observer::Observer;
pub use outcome::{
    ChannelFigures, CrossFigures, CrossSeries, Figures, FlowFigures, FlowSeries, LinkFigures,
    LinkSeries, Mark, MarkKind, Outcome, PhaseFigures, Series, Span, Verdict,
};
pub use placing::FlowPeers;
pub(crate) use queue_meter::QueueMeter;
pub(crate) use references::References;
pub(crate) use runner::queues;
pub use runner::{Run, RunOptions};
pub(crate) use stamp::Stamp;
pub(crate) use tail::Tail;
pub(crate) use talker::Hold;
pub use talker::{Plan, Talker};
pub(crate) use verdict::judge;
pub use video::{ClipEncoder, ClipFrame, ClipViewer, Clips};
pub(crate) use video::{LAYER_NAMES, Video};
pub(crate) use windows::Windows;
