//! Sans-IO WebRTC: packets and timestamps in, packets and events out.

mod codec;
mod frame;
mod ids;
mod time;

pub use codec::{Codec, MediaKind, UnknownCodec};
pub use frame::{EncodedFrame, OutgoingPacket, ReceivedFrame, ReceivedPacket};
pub use ids::{ChannelId, Mid, PayloadType, Rid, Ssrc, TransceiverId};
pub use time::MediaTime;
