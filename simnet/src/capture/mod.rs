//! What can be taken home from a run: packet captures for Wireshark, a log of events, a log of RTP
//! packets.
//!
//! All of it is bytes and text in memory; whoever runs the simulation writes the files.

mod events;
mod headers;
mod pcapng;
mod reader;
mod rtp_log;
mod watch;

pub use events::{EventLine, EventLog};
pub(crate) use headers::{checksum, wire};
pub use pcapng::{LINKTYPE_RAW, PcapngWriter};
pub use reader::{Block, PCAPNG_BLOCK_BYTES_MAX, PcapngError, PcapngReader};
pub use rtp_log::RtpLog;
pub use watch::Capture;
