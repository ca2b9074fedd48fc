//! Effects of the network, one a file.

mod air;
mod class_loss;
mod corrupt;
mod delay;
mod duplicate;
mod ecn;
mod gilbert_elliott;
mod jitter;
mod loss;
mod mtu;
mod node;
mod outage;
mod pattern;
mod policer;
mod rate;
mod reorder;

pub use air::Air;
pub use class_loss::{ClassLoss, PacketClass};
pub use corrupt::{Corrupt, Corruption};
pub use delay::{Delay, NormalDelay, TracedDelay};
pub use duplicate::Duplicate;
pub use ecn::{EcnBleach, EcnMark};
pub use gilbert_elliott::GilbertElliott;
pub use jitter::{Jitter, JitterConfig};
pub use loss::Loss;
pub use mtu::{Mtu, PacketTooBig};
pub(crate) use node::Effect;
pub use node::{DropReason, Node, NodeCx};
pub use outage::{Outage, OutageMode, Window};
pub use pattern::PatternLoss;
pub use policer::Policer;
pub use rate::Rate;
pub use reorder::Reorder;
