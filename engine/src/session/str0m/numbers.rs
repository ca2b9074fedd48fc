//! Numbers with one meaning in a whole connection: payload types and header extensions.

use std::collections::BTreeMap;

use super::catalogue::{CodecIndex, EXTENSION_ID_MAX};
use crate::ids::{Mid, PayloadType};
use crate::session::agreed::AgreeError;

/// The largest payload type (RFC 3550 section 5.1).
const PAYLOAD_TYPE_MAX: u8 = 127;

/// A codec of the library's with its payload types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) codec: CodecIndex,
    pub(super) payload_type: PayloadType,
    pub(super) rtx: Option<PayloadType>,
}

/// What a payload type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Media(CodecIndex),
    Rtx(CodecIndex),
}

/// The numbers that were agreed on. The library keeps them for good.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    codecs: BTreeMap<CodecIndex, Numbered>,
    meanings: BTreeMap<u8, Meaning>,
    extensions: BTreeMap<u8, String>,
}

impl Numbers {
    /// Takes note of a codec of an m-line.
    pub(super) fn take_codec(&mut self, mid: Mid, taken: Numbered) -> Result<(), AgreeError> {
        match self.codecs.get(&taken.codec) {
            Some(known) if known.payload_type != taken.payload_type => {
                return Err(AgreeError::PayloadTypesDiffer(mid));
            }
            // A codec may go without retransmissions on another m-line, but not come to them.
            Some(known) if taken.rtx.is_some() && known.rtx != taken.rtx => {
                return Err(AgreeError::PayloadTypesDiffer(mid));
            }
            Some(_) => return Ok(()),
            None => {}
        }
        self.take_meaning(taken.payload_type, Meaning::Media(taken.codec))?;
        if let Some(rtx) = taken.rtx {
            self.take_meaning(rtx, Meaning::Rtx(taken.codec))?;
        }
        self.codecs.insert(taken.codec, taken);
        Ok(())
    }

    fn take_meaning(&mut self, number: PayloadType, meaning: Meaning) -> Result<(), AgreeError> {
        let PayloadType(value) = number;
        if value > PAYLOAD_TYPE_MAX || *self.meanings.entry(value).or_insert(meaning) != meaning {
            return Err(AgreeError::PayloadTypeReused(number));
        }
        Ok(())
    }

    /// Takes note of a header extension; false when its number, or another of its own, stands
    /// against it.
    pub(super) fn take_extension(&mut self, id: u8, uri: &str) -> bool {
        if !(1..=EXTENSION_ID_MAX).contains(&id) {
            return false;
        }
        let elsewhere = self.extensions.iter().any(|(known, of)| of == uri && *known != id);
        !elsewhere && *self.extensions.entry(id).or_insert_with(|| uri.to_owned()) == uri
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mid() -> Mid {
        Mid::new("0").expect("a token")
    }

    fn numbered(codec: usize, payload_type: u8, rtx: Option<u8>) -> Numbered {
        let (codec, payload_type) = (CodecIndex(codec), PayloadType(payload_type));
        Numbered { codec, payload_type, rtx: rtx.map(PayloadType) }
    }

    #[test]
    fn a_codec_keeps_its_number_and_a_number_its_meaning() {
        let mut numbers = Numbers::default();
        let mut take = |taken| numbers.take_codec(mid(), taken);
        assert_eq!(take(numbered(0, 96, Some(97))), Ok(()));
        assert_eq!(take(numbered(0, 96, Some(97))), Ok(()));
        assert_eq!(take(numbered(0, 96, None)), Ok(()));
        let differ = Err(AgreeError::PayloadTypesDiffer(mid()));
        assert_eq!(take(numbered(0, 98, Some(97))), differ);
        assert_eq!(take(numbered(0, 96, Some(99))), differ);
        let reused = |number| Err(AgreeError::PayloadTypeReused(PayloadType(number)));
        assert_eq!(take(numbered(1, 96, None)), reused(96));
        assert_eq!(take(numbered(1, 97, None)), reused(97));
        assert_eq!(take(numbered(1, 100, Some(96))), reused(96));
        assert_eq!(take(numbered(2, 101, Some(101))), reused(101));
        assert_eq!(take(numbered(3, 128, None)), reused(128));
    }

    #[test]
    fn an_extension_keeps_its_number_and_a_number_its_extension() {
        let mut numbers = Numbers::default();
        assert!(numbers.take_extension(4, "a") && numbers.take_extension(4, "a"));
        assert!(!numbers.take_extension(4, "b"));
        assert!(!numbers.take_extension(5, "a"));
        assert!(!numbers.take_extension(0, "c") && !numbers.take_extension(15, "c"));
    }
}
