//! Messages, and what they are (RFC 8831 section 8).

/// Payload protocol identifiers of data channels.
mod identifier {
    pub(super) const DCEP: u32 = 50;
    pub(super) const STRING: u32 = 51;
    pub(super) const BINARY: u32 = 53;
    pub(super) const STRING_EMPTY: u32 = 56;
    pub(super) const BINARY_EMPTY: u32 = 57;
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dcep,
    Text,
    Binary,
    EmptyText,
    EmptyBinary,
    /// Not of data channels, or not any more: to be left out.
    Unknown,
}

impl Kind {
    pub(super) fn from_identifier(identifier: u32) -> Kind {
        match identifier {
            identifier::DCEP => Kind::Dcep,
            identifier::STRING => Kind::Text,
            identifier::BINARY => Kind::Binary,
            identifier::STRING_EMPTY => Kind::EmptyText,
            identifier::BINARY_EMPTY => Kind::EmptyBinary,
            _ => Kind::Unknown,
        }
    }

    /// What an empty message of this kind is.
    pub(super) fn empty(self) -> Kind {
        match self {
            Kind::Text => Kind::EmptyText,
            Kind::Binary => Kind::EmptyBinary,
            other => other,
        }
    }

    /// It is for the application.
    pub(super) fn is_content(self) -> bool {
        !matches!(self, Kind::Dcep | Kind::Unknown)
    }

    /// The message is empty, whatever bytes it has.
    pub(super) fn is_empty(self) -> bool {
        matches!(self, Kind::EmptyText | Kind::EmptyBinary)
    }

    /// Text or bytes.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Kind::Binary | Kind::EmptyBinary)
    }

    /// What the application gets of a message's bytes.
    pub(super) fn content(self, data: Vec<u8>) -> Vec<u8> {
        if self.is_empty() { Vec::new() } else { data }
    }

    /// Zero, "unspecified", for what is not of data channels.
    pub(super) fn identifier(self) -> u32 {
        match self {
            Kind::Dcep => identifier::DCEP,
            Kind::Text => identifier::STRING,
            Kind::Binary => identifier::BINARY,
            Kind::EmptyText => identifier::STRING_EMPTY,
            Kind::EmptyBinary => identifier::BINARY_EMPTY,
            Kind::Unknown => 0,
        }
    }
}

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) stream: u16,
    pub(super) kind: Kind,
    pub(super) data: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_the_numbers_of_the_registry() {
        let numbers = [50, 51, 53, 56, 57];
        for number in numbers {
            assert_eq!(Kind::from_identifier(number).identifier(), number);
        }
        // Partial messages of a deprecated kind (RFC 8831 section 8).
        for number in [0, 52, 54, 55, u32::MAX] {
            assert_eq!(Kind::from_identifier(number), Kind::Unknown);
        }
    }
}
