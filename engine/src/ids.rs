//! Names of things in one peer connection.

use std::fmt;

use serde::{Serialize, Serializer};

/// Longest `mid` kept, in bytes. RFC 8866 has no limit for tokens; the longest seen are of forty.
const MID_BYTES_MAX: usize = 64;

/// Longest `rid` kept, in bytes: what a one-byte RTP header extension carries (RFC 8285).
const RID_BYTES_MAX: usize = 16;

/// A short token held in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Token<const MAX: usize> {
    bytes: [u8; MAX],
    len: u8,
}

impl<const MAX: usize> Token<MAX> {
    fn new(text: &str) -> Option<Self> {
        let ok =
            !text.is_empty() && text.len() <= MAX && text.bytes().all(|b| b.is_ascii_graphic());
        let mut bytes = [0; MAX];
        ok.then(|| bytes[..text.len()].copy_from_slice(text.as_bytes()))?;
        Some(Token { bytes, len: text.len() as u8 })
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("a token is ASCII")
    }
}

macro_rules! token_type {
    ($(#[$doc:meta])* $name:ident, $max:ident, $limit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Token<$max>);

        impl $name {
            #[doc = concat!("`None` when `text` is empty, longer than ", $limit, " bytes or not printable ASCII.")]
            pub fn new(text: &str) -> Option<Self> {
                Token::new(text).map($name)
            }

            /// The text of it.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The same in bytes, as packets carry it.
            pub(crate) fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }
    };
}

token_type! {
    /// The identification tag of an m-line (RFC 5888 section 4, `a=mid`).
    Mid, MID_BYTES_MAX, "64"
}

token_type! {
    /// The name of an encoding within an m-line (RFC 8851, `a=rid`): a simulcast layer.
    Rid, RID_BYTES_MAX, "16"
}

/// RTP payload type, 7 bits (RFC 3550 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct PayloadType(pub u8);

/// RTP synchronisation source (RFC 3550 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Ssrc(pub u32);

/// A data channel of one peer connection, by the order of its creation there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ChannelId(pub(crate) u32);

/// A transceiver of one peer connection, by the order of its creation there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct TransceiverId(pub(crate) u32);
