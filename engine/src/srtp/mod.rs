//! SRTP and SRTCP (RFC 3711), with the ciphers of OpenSSL.
//!
//! 1. DTLS exports keying material (RFC 5764 section 4.2); [`Keys`] splits it into the
//!    [`MasterKey`] of either side.
//! 2. [`Outbound`] derives its session keys from one of them (RFC 3711 section 4.3, RFC 7714
//!    section 11), [`Inbound`] from the other.
//! 3. What leaves goes through [`Outbound::protect_rtp`] or [`Outbound::protect_rtcp`], in place;
//!    a forwarder that sends one payload to many takes [`Outbound::protect_rtp_into`].
//! 4. What arrives goes through [`Inbound::unprotect_rtp`] or [`Inbound::unprotect_rtcp`], in
//!    place.
//!
//! A packet that is refused changes nothing: no source is known, no counter moved and no window
//! shifted before the tag was verified. The master key identifier, key derivation rates and
//! SRTCP without encryption are not spoken: DTLS-SRTP has no use for them.
//!
//! Header extensions and contributing sources are encrypted as well where [`Options::cryptex`]
//! says so (RFC 9335).
//!
//! ```
//! use lapwing_engine::srtp::{Discard, Inbound, Keys, Options, Outbound, ProtectionProfile};
//!
//! let profile = ProtectionProfile::AeadAes128Gcm;
//! let exported = vec![7; profile.keying_material_bytes()];
//! let keys = Keys::from_keying_material(profile, &exported).unwrap();
//! let mut outbound = Outbound::new(&keys.client, Options::default()).unwrap();
//! let mut inbound = Inbound::new(&keys.client, Options::default()).unwrap();
//!
//! let plain = *b"\x80\x60\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05payload";
//! let mut packet = plain.to_vec();
//! outbound.protect_rtp(&mut packet).unwrap();
//! assert_eq!(packet.len(), plain.len() + profile.rtp_overhead());
//!
//! let mut replayed = packet.clone();
//! let bytes = inbound.unprotect_rtp(&mut packet).unwrap();
//! assert_eq!(packet[..bytes], plain);
//! assert_eq!(inbound.unprotect_rtp(&mut replayed), Err(Discard::Replayed));
//! ```

mod cipher;
mod counter;
mod cryptex;
mod error;
mod evp;
mod galois;
mod header;
mod hmac;
mod inbound;
mod index;
mod keys;
mod nonce;
mod options;
mod outbound;
mod profile;
mod replay;
mod rtcp;
#[cfg(test)]
mod tests;

pub use error::{Discard, KeyError, ProtectError};
pub use inbound::Inbound;
pub use keys::{Keys, MasterKey};
pub use options::{Options, REPLAY_WINDOW, REPLAY_WINDOW_MAX, REPLAY_WINDOW_MIN, SRTP_SOURCES_MAX};
pub use outbound::Outbound;
pub use profile::ProtectionProfile;
