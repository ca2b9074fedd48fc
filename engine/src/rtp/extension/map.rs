//! Which identifier means which extension, in one direction of one m-line.

use std::fmt;
use std::ops::Range;

use super::elements::{ElementForm, Elements};
use super::kind::ExtensionKind;
use super::value::HeaderExtension;
use crate::rtp::RtpPacket;

/// Extensions that an m-line may have: a one-byte header has 14, and descriptions of all that is
/// known have about 20.
pub const EXTENSIONS_MAX: usize = 64;

/// Longest URI that is kept, in bytes.
pub const URI_BYTES_MAX: usize = 256;

/// Why a pair is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtensionMapError {
    /// Zero is no identifier (RFC 8285 section 4.2), and 15 is none where only the one-byte form
    /// may be sent.
    Id(u8),
    /// The identifier, or the extension, is there already with another partner.
    Taken(u8),
    /// More than [`EXTENSIONS_MAX`], or a URI longer than [`URI_BYTES_MAX`].
    TooMuch,
}

impl fmt::Display for ExtensionMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExtensionMapError::Id(id) => write!(f, "{id} is no identifier of a header extension"),
            ExtensionMapError::Taken(id) => write!(f, "header extension {id} is mapped twice"),
            ExtensionMapError::TooMuch => f.write_str("too many header extensions, or too long"),
        }
    }
}

impl std::error::Error for ExtensionMapError {}

/// Identifiers and what they mean. Extensions that are not known are kept by their URIs.
///
/// ```
/// use lapwing_engine::rtp::extension::{ExtensionKind, ExtensionMap};
/// let uri = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// let map = ExtensionMap::new([(4, uri), (5, "urn:example:own")]).unwrap();
/// assert_eq!(map.kind(4), Some(ExtensionKind::Mid));
/// assert_eq!(map.id(ExtensionKind::Mid), Some(4));
/// assert_eq!(map.custom(5), Some("urn:example:own"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionMap {
    /// By kind; zero for none.
    ids: [u8; ExtensionKind::ALL.len()],
    custom: Vec<(u8, Box<str>)>,
    /// The highest identifier.
    highest: u8,
}

impl Default for ExtensionMap {
    fn default() -> Self {
        ExtensionMap { ids: [0; ExtensionKind::ALL.len()], custom: Vec::new(), highest: 0 }
    }
}

impl ExtensionMap {
    /// The map of what was agreed on, as pairs of identifier and URI. A pair that stands there
    /// twice counts once.
    pub fn new<'u>(
        pairs: impl IntoIterator<Item = (u8, &'u str)>,
    ) -> Result<Self, ExtensionMapError> {
        let mut map = ExtensionMap::default();
        for (id, uri) in pairs {
            map.insert(id, uri)?;
        }
        Ok(map)
    }

    fn insert(&mut self, id: u8, uri: &str) -> Result<(), ExtensionMapError> {
        if id == 0 {
            return Err(ExtensionMapError::Id(id));
        }
        if uri.len() > URI_BYTES_MAX || self.len() >= EXTENSIONS_MAX {
            return Err(ExtensionMapError::TooMuch);
        }
        if let Some(known) = self.uri(id) {
            return if known == uri { Ok(()) } else { Err(ExtensionMapError::Taken(id)) };
        }
        match ExtensionKind::of(uri) {
            Some(kind) if self.ids[kind as usize] != 0 => return Err(ExtensionMapError::Taken(id)),
            Some(kind) => self.ids[kind as usize] = id,
            None => self.custom.push((id, uri.into())),
        }
        self.highest = self.highest.max(id);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.iter().filter(|id| **id != 0).count() + self.custom.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The identifier of a known extension.
    pub fn id(&self, kind: ExtensionKind) -> Option<u8> {
        Some(self.ids[kind as usize]).filter(|id| *id != 0)
    }

    /// The known extension of an identifier.
    pub fn kind(&self, id: u8) -> Option<ExtensionKind> {
        let index = self.ids.iter().position(|known| *known == id && id != 0)?;
        Some(ExtensionKind::ALL[index])
    }

    /// The URI of an extension that is not known.
    pub fn custom(&self, id: u8) -> Option<&str> {
        self.custom.iter().find(|(known, _)| *known == id).map(|(_, uri)| &**uri)
    }

    /// The identifier of an extension that is not known.
    pub fn custom_id(&self, uri: &str) -> Option<u8> {
        self.custom.iter().find(|(_, known)| **known == *uri).map(|(id, _)| *id)
    }

    /// The URI of an identifier.
    pub fn uri(&self, id: u8) -> Option<&str> {
        self.kind(id).map(ExtensionKind::uri).or_else(|| self.custom(id))
    }

    /// The form that all of these can be sent in: mixed where the peer allows it.
    pub fn form(&self, allow_mixed: bool) -> ElementForm {
        match allow_mixed {
            true => ElementForm::Mixed,
            false if self.highest > 14 => ElementForm::TwoByte,
            false => ElementForm::OneByte,
        }
    }

    /// Reads one extension of a packet, the first where there are several of it.
    pub fn read<T: HeaderExtension>(&self, elements: Elements<'_>) -> Option<T> {
        self.find(T::KIND, elements).and_then(T::read)
    }

    /// Where in a packet the value of one of its extensions lies.
    pub fn place(&self, kind: ExtensionKind, packet: &RtpPacket<'_>) -> Option<Range<usize>> {
        let id = self.id(kind)?;
        let start = packet.extension_range().start;
        let mut elements = packet.elements();
        let mut places = std::iter::from_fn(|| elements.next_range());
        let (_, place) = places.find(|(found, _)| *found == id)?;
        Some(start + place.start..start + place.end)
    }

    /// The bytes of one extension of a packet.
    pub fn find<'a>(&self, kind: ExtensionKind, elements: Elements<'a>) -> Option<&'a [u8]> {
        let id = self.id(kind)?;
        let mut elements = elements;
        elements.find(|(found, _)| *found == id).map(|(_, value)| value)
    }
}
