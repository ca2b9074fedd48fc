//! The association of data channels by the descriptions (draft-hancke-tsvwg-snap): each says what
//! an INIT would, and it is there when the handshake is over.

use crate::config::{Config, MESSAGE_BYTES_MAX};
use crate::sctp;

/// What the association is that the descriptions tell of; the same whenever it is asked for.
pub(super) fn association(config: &Config, dtls_client: bool) -> sctp::Config {
    let whole = MESSAGE_BYTES_MAX;
    sctp::Config {
        message_bytes_max: config.message_bytes_max.map_or(whole, |bytes| bytes.min(whole))
            as usize,
        channels_max: config.channels_max,
        buffer_bytes_max: config.channel_buffer,
        ..sctp::Config::seeded(config.seed, dtls_client)
    }
}

/// Our INIT chunk, where it may be told.
pub(super) fn init(config: &Config) -> Option<Vec<u8>> {
    config.snap.then(|| association(config, false).init_chunk())
}
