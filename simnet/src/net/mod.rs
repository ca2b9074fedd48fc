//! The network: machines, links between them, and the agenda of what is due.

mod agenda;
mod ids;
mod line;
mod link;
mod machine;
mod medium;
mod names;
mod network;

pub(crate) use agenda::Due;
pub use ids::{EndpointId, InterfaceId, LinkId, MachineId};
pub use line::{Crossing, Fate, Line};
pub use link::LinkStats;
pub use machine::{BindError, MachineInterface, Middlebox, Side, Verdict};
pub(crate) use machine::{FIRST_DYNAMIC_PORT, Role};
pub(crate) use medium::{Medium, Station};
pub use medium::{MediumConfig, MediumId};
pub use network::Connection;
pub(crate) use network::Network;
