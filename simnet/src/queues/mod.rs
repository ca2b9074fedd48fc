//! Queues before a link's sender: who waits, who goes next, who is dropped or marked.

mod codel;
mod dualpi2;
mod fifo;
mod fq_codel;
mod head_drop;
mod pie;
mod queue;
mod tail_drop;

pub use codel::{Codel, CodelConfig};
pub use dualpi2::{DualPi2, DualPi2Config};
pub(crate) use fifo::Fifo;
pub use fq_codel::{FqCodel, FqCodelConfig};
pub use head_drop::HeadDrop;
pub use pie::{Pie, PieConfig};
pub use queue::{Basis, Limit, Queue, QueueCx};
pub use tail_drop::TailDrop;
