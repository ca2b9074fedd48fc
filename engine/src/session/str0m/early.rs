//! Checks that come between our offer and the answer (RFC 8445 section 7.3).

use std::net::SocketAddr;

use crate::datagram::{Datagram, Protocol};

/// Bytes of one. A check with a user fragment of 256 characters has about 400.
const EARLY_BYTES_MAX: usize = 1024;

/// A check that waits for the answer to our offer.
#[derive(Debug)]
pub(super) struct EarlyCheck {
    protocol: Protocol,
    source: SocketAddr,
    destination: SocketAddr,
    contents: Vec<u8>,
}

impl EarlyCheck {
    /// `None` for one that is too long.
    pub(super) fn of(datagram: &Datagram<'_>) -> Option<Self> {
        (datagram.contents.len() <= EARLY_BYTES_MAX).then(|| EarlyCheck {
            protocol: datagram.protocol,
            source: datagram.source,
            destination: datagram.destination,
            contents: datagram.contents.to_vec(),
        })
    }

    /// As it came.
    pub(super) fn datagram(&self) -> Datagram<'_> {
        Datagram {
            protocol: self.protocol,
            source: self.source,
            destination: self.destination,
            ecn: None,
            contents: &self.contents,
        }
    }
}
