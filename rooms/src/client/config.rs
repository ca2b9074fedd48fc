//! How a participant behaves.

use std::time::Duration;

use lapwing_engine::{Bitrate, Codec, IceServer, IceTransportPolicy, RecordOptions, Rid};

use crate::protocol::signalling::Source;

/// How a participant behaves.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// Everything random comes from here; draw it from the operating system.
    pub seed: [u8; 32],
    /// The wall clock at the start, as time since the Unix epoch.
    pub unix_time: Duration,
    /// Codecs to negotiate.
    pub codecs: Vec<Codec>,
    /// Offer addresses of the loopback interface too.
    pub loopback: bool,
    /// What is sent.
    pub sources: Vec<Source>,
    /// Layers in which pictures are sent to a server, best first; none for a single stream.
    pub layers: Vec<Rid>,
    /// Whether the media of others are wanted.
    pub receives: bool,
    /// Where the bandwidth estimate begins; `None` sends unpaced.
    pub initial_bitrate: Option<Bitrate>,
    /// Servers that are asked beside those that the room hands out.
    pub ice_servers: Vec<IceServer>,
    /// Which candidates may be used.
    pub ice_transport_policy: IceTransportPolicy,
    /// Record each connection.
    pub record: Option<RecordOptions>,
}
