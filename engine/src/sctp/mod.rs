//! The association under data channels: SCTP in DTLS (RFC 8261), the channels on it (RFC 8831) and
//! how they are announced (RFC 8832), as a pure machine.
//!
//! [`Association`] takes decrypted packets and time, and gives packets and events. Both ends may
//! start it (RFC 8841 section 9.3), so each does, whatever its role in DTLS:
//!
//! ```
//! use std::time::{Duration, Instant};
//! use lapwing_engine::ChannelConfig;
//! use lapwing_engine::sctp::{Association, Config, Event, Output};
//!
//! let mut now = Instant::now();
//! let mut a = Association::new(Config::seeded([1; 32], true), now);
//! let mut b = Association::new(Config::seeded([2; 32], false), now);
//! a.open(&ChannelConfig::new("chat")).unwrap();
//! let mut heard = None;
//! while heard.is_none() {
//!     a.handle_timeout(now);
//!     b.handle_timeout(now);
//!     while let Some(output) = a.poll() {
//!         match output {
//!             Output::Packet(packet) => b.handle_packet(&packet, now),
//!             Output::Event(Event::Opened(opened)) => {
//!                 a.write(opened.channel, false, b"hello").unwrap();
//!             }
//!             Output::Event(_) => {}
//!         }
//!     }
//!     while let Some(output) = b.poll() {
//!         match output {
//!             Output::Packet(packet) => a.handle_packet(&packet, now),
//!             Output::Event(Event::Message { data, .. }) => heard = Some(data),
//!             Output::Event(_) => {}
//!         }
//!     }
//!     now += Duration::from_millis(10);
//! }
//! assert_eq!(heard.as_deref(), Some(&b"hello"[..]));
//! ```
//!
//! Its parts, by the procedures of RFC 9260: set-up (`setup.rs`, `init.rs`), the end
//! (`teardown.rs`), what goes out (`send/`), what comes (`receive/`), how fast
//! ([`congestion`]), resets of streams (`resets.rs`), and the channels over all of it
//! (`association/`, `streams.rs`, `dcep.rs`). What is kept for each stream lies in tables by
//! their numbers (`by_stream.rs`).

mod association;
mod by_stream;
mod config;
pub mod congestion;
pub(crate) mod crc32c;
mod data;
mod dcep;
mod error;
mod event;
mod forward;
mod heartbeat;
mod init;
mod message;
mod path_mtu;
mod ranges;
mod receive;
mod resets;
mod sack;
mod send;
mod setup;
mod streams;
mod teardown;
#[cfg(test)]
mod tests;
mod transfer;
mod tsn;
mod wire;

pub use association::Association;
pub use config::{
    Config, EARLY_BYTES_MAX, MESSAGE_BYTES_MAX_DEFAULT, PACKET_BYTES_BASE, PACKET_BYTES_MAX,
    RECEIVE_WINDOW_MIN, STREAMS_MAX,
};
pub use error::{OpenError, ReadError, WriteError};
pub use event::{ChannelNumber, EndReason, Event, OpenedChannel, Output};
