//! Names for addresses of the local link by multicast DNS (RFC 6762), as far as ICE uses them
//! (draft-ietf-mmusic-mdns-ice-candidates): a responder and a querier, as one pure machine. It
//! opens no socket: [`Mdns`] takes datagrams and the time, and gives datagrams and addresses.
//!
//! | file | what is there |
//! |---|---|
//! | `node.rs` | both together, on the links that are there |
//! | `responder.rs` | our names: announced, answered for, taken back |
//! | `querier.rs` | names of others: asked for, remembered |
//! | `message.rs` | messages, read and written |
//! | `name.rs` | names of one label below `.local` |
//!
//! ```
//! use std::time::{Duration, Instant};
//! use lapwing_engine::mdns::{LocalName, Mdns};
//! use lapwing_engine::{Datagram, Protocol};
//!
//! let now = Instant::now();
//! let (ours, theirs) = ("192.0.2.1:5353".parse().unwrap(), "192.0.2.2:5353".parse().unwrap());
//! let name = LocalName::from_random([7; 16]);
//! let mut asked = Mdns::default();
//! asked.open(ours, "eth0", now);
//! asked.publish(&name, "192.0.2.1".parse().unwrap(), "eth0", now);
//! let now = now + Duration::from_secs(1);
//! asked.timeout(now);
//! let announcement = asked.poll_transmit().unwrap();
//!
//! let mut asker = Mdns::default();
//! asker.open(theirs, "eth0", now);
//! asker.ask(&name, now);
//! let datagram = Datagram {
//!     protocol: Protocol::Udp,
//!     source: announcement.source,
//!     destination: theirs,
//!     ecn: None,
//!     contents: &announcement.contents,
//! };
//! assert!(asker.receive(&datagram, now));
//! assert_eq!(asker.poll_found(), Some((name, vec!["192.0.2.1".parse().unwrap()])));
//! ```

mod message;
mod name;
mod node;
mod querier;
mod responder;
#[cfg(test)]
mod tests;

pub use message::MESSAGE_BYTES_MAX;
pub use name::LocalName;
pub use node::{LINKS_MAX, MDNS_PORT, Mdns};
pub use querier::ASKED_MAX;
pub use responder::PUBLISHED_MAX;
