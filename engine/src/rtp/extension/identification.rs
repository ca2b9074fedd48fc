//! Names of a stream: m-line, encoding, repaired encoding (RFC 9143 section 15, RFC 8852), as SDES
//! items carry them (RFC 7941).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;
use crate::ids::{Mid, Rid};

macro_rules! name_extension {
    ($(#[$doc:meta])* $name:ident, $inner:ident, $kind:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub $inner);

        impl HeaderExtension for $name {
            const KIND: ExtensionKind = ExtensionKind::$kind;

            fn read(value: &[u8]) -> Option<Self> {
                // Some pad the name with zeros to a length that stays.
                let end = value.iter().rposition(|byte| *byte != 0)? + 1;
                $inner::new(std::str::from_utf8(&value[..end]).ok()?).map($name)
            }

            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.0.as_bytes());
            }
        }
    };
}

name_extension! {
    /// The m-line that a stream belongs to.
    MidExtension, Mid, Mid
}

name_extension! {
    /// The encoding that a stream is.
    RtpStreamId, Rid, RtpStreamId
}

name_extension! {
    /// The encoding whose packets a stream sends again.
    RepairedRtpStreamId, Rid, RepairedRtpStreamId
}
