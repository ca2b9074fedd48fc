//! A deterministic network laboratory: virtual time and a virtual internet.
//!
//! [`Sim`] runs a network of hosts, routers and middleboxes, joined by links, and the [`Endpoint`]s
//! on its hosts. A link is a row of [`nodes::Node`]s, one for each effect; [`LinkSpec`] describes
//! one. Nothing here reads a clock, starts a thread or draws global randomness: a run is a function
//! of its seed and its parts, and [`Sim::chain`] is its fingerprint.

mod bitrate;
pub mod capture;
pub mod cross;
mod digest;
mod encoder;
pub mod explore;
mod home;
mod host;
pub mod middlebox;
mod net;
pub mod nodes;
mod packet;
mod parts;
pub mod passage;
pub mod queues;
mod random;
pub mod rates;
pub mod reach;
pub mod run;
pub mod scenario;
pub mod servers;
mod sessions;
mod sim;
mod spec;
pub mod suite;
pub mod tcp;
pub mod testing;
mod time;
mod trace;
mod verify;
mod wire;

pub use bitrate::{BadSchedule, RateSchedule};
pub use digest::Digest;
pub use encoder::{EncoderConfig, FrameModel, ModelFrame, StatisticalEncoder};
pub use host::{Application, Carrier, Drained, Endpoint, HostCx, Inbox, RtcHost, connect_peers};
pub use lapwing_engine::Bitrate;
pub use net::{
    BindError, Connection, Crossing, EndpointId, Fate, InterfaceId, Line, LinkId, LinkStats,
    MachineId, MachineInterface, MediumConfig, MediumId, Middlebox, Side, Verdict,
};
pub use packet::{EcnField, IpProtocol, Packet, PacketSpec};
pub use parts::{ApplicationPlan, PartKind, PartUse, Parts, Settings};
pub use queues::{Basis, Limit};
pub use random::{Seed, Stream};
pub use sessions::Sessions;
pub use sim::{Handle, Sim};
pub use spec::{LinkSpec, Maker, QueueSpec};
pub use time::{Clock, Time};
pub use trace::{ChainLog, Kind, Place, Record, Transcript, Watch};
pub use verify::{ChainDivergence, first_divergence};
