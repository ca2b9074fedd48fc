//! Payload types and identifiers of header extensions, which keep their meaning as long as the
//! connection lives (RFC 3264 section 8.3.2, RFC 9143 section 9.1, RFC 8285 section 5).

use std::collections::{BTreeMap, BTreeSet};

use super::format::{Spec, number};
use super::key::CodecKey;
use super::line;
use super::signaling::Side;
use crate::ids::PayloadType;
use crate::sdp::{Description, MediaDescription};

/// Payload types that may be given a meaning (RFC 3551 section 6, RFC 5761 section 4), those first
/// that every stack takes.
const DYNAMIC: [(u8, u8); 2] = [(96, 127), (35, 63)];

/// Identifiers of extensions: those of the short form first; 15 is nobody's.
const EXTENSION_IDS: [(u16, u16); 2] = [(1, 14), (16, 255)];

/// Meanings of one number of the peer's that are kept. One that is in use has one; a peer may
/// change those that nobody took.
const MEANINGS_MAX: usize = 16;

/// Longest name of an extension that is kept, in bytes. Those that there are have up to a hundred.
const URI_BYTES_MAX: usize = 256;

/// What numbers have meant so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    ours: BTreeMap<u8, CodecKey>,
    theirs: BTreeMap<u8, BTreeSet<CodecKey>>,
    extensions: BTreeMap<u16, String>,
}

impl Numbers {
    /// A description is set: its numbers have their meaning from here on.
    pub(super) fn learn(&mut self, side: Side, description: &Description) {
        // What a rejected one says is said of nothing.
        let counts = |media: &&MediaDescription| {
            line::media_kind(media).is_some() && !line::is_rejected(media, true)
        };
        for media in description.media.iter().filter(counts) {
            for format in &media.formats {
                let (Some(number), Some(spec)) = (number(format), Spec::of(format)) else {
                    continue;
                };
                match side {
                    Side::Local => {
                        self.ours.insert(number.0, spec.key());
                    }
                    Side::Remote => {
                        let meanings = self.theirs.entry(number.0).or_default();
                        if meanings.len() < MEANINGS_MAX {
                            meanings.insert(spec.key());
                        }
                    }
                }
            }
            for extension in description.extensions.iter().chain(&media.extensions) {
                if is_extension_id(extension.id) && extension.uri.len() <= URI_BYTES_MAX {
                    self.extensions.entry(extension.id).or_insert_with(|| extension.uri.clone());
                }
            }
        }
    }

    /// Other meanings that the peer gave this number.
    pub(super) fn others<'a>(
        &'a self,
        number: PayloadType,
        key: &'a CodecKey,
    ) -> impl Iterator<Item = &'a CodecKey> {
        self.theirs.get(&number.0).into_iter().flatten().filter(move |known| *known != key)
    }

    /// Numbers that both sides gave this codec, and the peer nothing else.
    pub(super) fn shared<'a>(&'a self, key: &'a CodecKey) -> impl Iterator<Item = PayloadType> {
        let ours = self.ours.iter().filter(move |(_, known)| *known == key);
        let ours = ours.map(|(number, _)| PayloadType(*number));
        let is_theirs = |number: &PayloadType| {
            self.theirs.get(&number.0).is_some_and(|known| known.contains(key))
                && self.others(*number, key).next().is_none()
        };
        ours.filter(is_theirs)
    }

    /// The number for a codec of ours: the one that it has on this m-line, or elsewhere, or the one
    /// that is wished, or the first that is free. `None` when there is none.
    pub(super) fn payload_type(
        &mut self,
        key: &CodecKey,
        before: Option<&MediaDescription>,
        wished: Option<PayloadType>,
    ) -> Option<PayloadType> {
        let here = before.into_iter().flat_map(|media| &media.formats).find_map(|format| {
            Spec::of(format).filter(|spec| spec.key() == *key).and_then(|_| number(format))
        });
        let elsewhere = || {
            self.ours
                .iter()
                .find(|(_, known)| *known == key)
                .map(|(number, _)| PayloadType(*number))
        };
        let free = |number: &PayloadType| {
            !self.ours.contains_key(&number.0) && self.others(*number, key).next().is_none()
        };
        let wished = || wished.filter(free);
        let first = || {
            let all = DYNAMIC.into_iter().flat_map(|(first, last)| first..=last);
            all.map(PayloadType).find(free)
        };
        let number = here.or_else(elsewhere).or_else(wished).or_else(first)?;
        self.ours.insert(number.0, key.clone());
        Some(number)
    }

    /// The identifier of an extension of ours, chosen likewise.
    pub(super) fn extension(&mut self, uri: &str, wished: u16) -> Option<u16> {
        let known = self.extensions.iter().find(|(_, known)| *known == uri).map(|(id, _)| *id);
        let free = |id: &u16| !self.extensions.contains_key(id);
        let first = || EXTENSION_IDS.into_iter().flat_map(|(first, last)| first..=last).find(free);
        let wished = || Some(wished).filter(|id| is_extension_id(*id) && free(id));
        let id = known.or_else(wished).or_else(first)?;
        self.extensions.insert(id, uri.to_owned());
        Some(id)
    }
}

/// One that can stand in RTP (RFC 8285 sections 4.2 and 4.3).
pub(super) fn is_extension_id(id: u16) -> bool {
    EXTENSION_IDS.iter().any(|(first, last)| (*first..=*last).contains(&id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> CodecKey {
        Spec { name, clock_rate: 90_000, channels: None, parameters: "" }.key()
    }

    #[test]
    fn a_number_stays_with_its_codec_and_new_ones_take_what_is_free() {
        let mut numbers = Numbers::default();
        let mut give = |name: &str, wished| {
            numbers.payload_type(&key(name), None, wished).map(|number| number.0)
        };
        assert_eq!(give("a", Some(PayloadType(98))), Some(98));
        assert_eq!(give("b", Some(PayloadType(98))), Some(96), "the first that is free");
        assert_eq!(give("a", Some(PayloadType(120))), Some(98), "it has one");
        for index in 0..59 {
            assert!(give(&format!("x{index}"), None).is_some());
        }
        assert_eq!(give("one too many", None), None);
    }

    #[test]
    fn extensions_keep_their_identifiers() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.extension("a", 4), Some(4));
        assert_eq!(numbers.extension("b", 4), Some(1));
        assert_eq!(numbers.extension("a", 9), Some(4));
        for index in 0..12 {
            numbers.extension(&format!("x{index}"), 0);
        }
        assert_eq!(numbers.extension("last", 0), Some(16), "the long form, without 15");
    }
}
