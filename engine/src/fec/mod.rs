//! Forward error correction: packets that make up for others that are lost.
//!
//! | file | what it does | source |
//! |---|---|---|
//! | `parity.rs` | packets joined by exclusive or, and one taken out again | RFC 5109 section 8 |
//! | `flexfec.rs` | the payload of FlexFEC packets | draft-ietf-payload-flexible-fec-scheme-03 section 4.2 |
//! | `ulpfec.rs`, `red.rs` | the payload of ULPFEC packets, and its envelope | RFC 5109 section 7, RFC 2198 |
//! | `groups.rs` | which packets are protected together, and by how many | |
//! | `encoder.rs` | the parity of such a group | |
//! | `policy.rs` | how many packets of parity there are to those of media | |
//! | `decoder.rs` | what arrived, and what can be made of it | |
//!
//! Packets are whole RTP packets before their encryption, with the sequence number that they are
//! sent with. Extensions that change on the way to the network are to be set, or cleared, before a
//! packet is protected: a recovered one has what it had then.
//!
//! ```
//! use lapwing_engine::Ssrc;
//! use lapwing_engine::fec::{FecDecoder, FecEncoder, FecScheme};
//!
//! let packet = |sequence: u8| vec![0x80, 96, 0, sequence, 0, 0, 0, 1, 0, 0, 0, 7, sequence, 5];
//! let scheme = FecScheme::FlexFec { media_ssrc: Ssrc(7) };
//! let mut encoder = FecEncoder::new(scheme);
//! encoder.set_protection(128);
//! let mut parities = Vec::new();
//! encoder.push(&packet(1), false, |payload| parities.push(payload.to_vec()));
//! encoder.push(&packet(2), true, |payload| parities.push(payload.to_vec()));
//! assert_eq!(parities.len(), 1);
//!
//! let mut decoder = FecDecoder::new(scheme);
//! decoder.on_media(&packet(2));
//! decoder.on_fec(&parities[0]).unwrap();
//! assert_eq!(decoder.next_recovered(), Some(packet(1)));
//! ```

mod decoder;
mod encoder;
mod flexfec;
mod groups;
mod parity;
mod policy;
mod red;
mod scheme;
#[cfg(test)]
mod tests;
mod ulpfec;

pub use decoder::{FecCounters, FecDecoder, FecFault};
pub use encoder::FecEncoder;
pub use groups::{FEC_GROUP_MAX, FecGroup, FecGroups};
pub use policy::{FecPolicy, protection};
pub use red::{Red, write_red};
pub use scheme::FecScheme;
