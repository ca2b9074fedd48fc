//! Payload types and identifiers of header extensions, which keep their meaning as long as the
//! connection lives (RFC 3264 section 8.3.2, RFC 9143 section 9.1, RFC 8285 section 5).

use std::sync::Arc;

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
    /// In the order of the numbers.
    meanings: Vec<Meaning>,
    /// Identifiers of extensions with their names, in the order of the identifiers.
    extensions: Vec<(u16, Arc<str>)>,
}

/// What a payload type has meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meaning {
    number: u8,
    said: Said,
    key: CodecKey,
}

/// Whose descriptions give a payload type its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Here,
    There,
    ByBoth,
}

impl Meaning {
    fn is_ours(&self) -> bool {
        self.said != Said::There
    }

    fn is_theirs(&self) -> bool {
        self.said != Said::Here
    }
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
                    Side::Local => self.mean(number.0, spec.key()),
                    Side::Remote => self.hear(number.0, spec.key()),
                }
            }
            for extension in description.extensions.iter().chain(&media.extensions) {
                if is_extension_id(extension.id) && extension.uri.len() <= URI_BYTES_MAX {
                    let place = self.place_of_extension(extension.id);
                    if let Err(place) = place {
                        self.extensions.insert(place, (extension.id, Arc::clone(&extension.uri)));
                    }
                }
            }
        }
        self.meanings.shrink_to_fit();
        self.extensions.shrink_to_fit();
    }

    /// Our number means this, and nothing else that we said before.
    fn mean(&mut self, number: u8, key: CodecKey) {
        let mut known = false;
        self.meanings.retain_mut(|meaning| {
            if meaning.number != number {
                return true;
            }
            let is_it = meaning.key == key;
            known |= is_it;
            match (meaning.said, is_it) {
                (Said::Here, false) => return false,
                (Said::ByBoth, false) => meaning.said = Said::There,
                (Said::There, true) => meaning.said = Said::ByBoth,
                _ => {}
            }
            true
        });
        if !known {
            self.add(Meaning { number, said: Said::Here, key });
        }
    }

    /// The peer's number means this too.
    fn hear(&mut self, number: u8, key: CodecKey) {
        let theirs = |meaning: &&Meaning| meaning.number == number && meaning.is_theirs();
        let is_full = self.meanings.iter().filter(theirs).count() >= MEANINGS_MAX;
        let mut known = self.meanings.iter_mut();
        match known.find(|meaning| meaning.number == number && meaning.key == key) {
            Some(meaning) if meaning.said == Said::Here && !is_full => meaning.said = Said::ByBoth,
            Some(_) => {}
            None if is_full => {}
            None => self.add(Meaning { number, said: Said::There, key }),
        }
    }

    fn add(&mut self, meaning: Meaning) {
        let place = self.meanings.partition_point(|known| known.number <= meaning.number);
        self.meanings.insert(place, meaning);
    }

    fn place_of_extension(&self, id: u16) -> Result<usize, usize> {
        self.extensions.binary_search_by_key(&id, |(known, _)| *known)
    }

    /// Other meanings that the peer gave this number.
    pub(super) fn others<'a>(
        &'a self,
        number: PayloadType,
        key: &'a CodecKey,
    ) -> impl Iterator<Item = &'a CodecKey> {
        let of_number = self.meanings.iter().filter(move |known| known.number == number.0);
        let theirs = of_number.filter(|known| known.is_theirs()).map(|known| &known.key);
        theirs.filter(move |known| *known != key)
    }

    /// Numbers that both sides gave this codec, and the peer nothing else.
    pub(super) fn shared<'a>(&'a self, key: &'a CodecKey) -> impl Iterator<Item = PayloadType> {
        let is_it = |known: &&Meaning| known.said == Said::ByBoth && known.key == *key;
        let numbers = self.meanings.iter().filter(is_it).map(|known| PayloadType(known.number));
        numbers.filter(|number| self.others(*number, key).next().is_none())
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
            let mut ours = self.meanings.iter().filter(|known| known.is_ours());
            ours.find(|known| known.key == *key).map(|known| PayloadType(known.number))
        };
        let free = |number: &PayloadType| {
            let mut of_number = self.meanings.iter().filter(|known| known.number == number.0);
            of_number.all(|known| known.said == Said::There && known.key == *key)
        };
        let wished = || wished.filter(free);
        let first = || {
            let all = DYNAMIC.into_iter().flat_map(|(first, last)| first..=last);
            all.map(PayloadType).find(free)
        };
        let number = here.or_else(elsewhere).or_else(wished).or_else(first)?;
        self.mean(number.0, key.clone());
        Some(number)
    }

    /// The identifier of an extension of ours, chosen likewise.
    pub(super) fn extension(&mut self, uri: &str, wished: u16) -> Option<u16> {
        let known = self.extensions.iter().find(|(_, known)| **known == *uri).map(|(id, _)| *id);
        let free = |id: &u16| self.place_of_extension(*id).is_err();
        let first = || EXTENSION_IDS.into_iter().flat_map(|(first, last)| first..=last).find(free);
        let wished = || Some(wished).filter(|id| is_extension_id(*id) && free(id));
        let id = known.or_else(wished).or_else(first)?;
        if let Err(place) = self.place_of_extension(id) {
            self.extensions.insert(place, (id, uri.into()));
        }
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
