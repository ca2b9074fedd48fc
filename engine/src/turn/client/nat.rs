//! What a NAT does, in the words of RFC 4787.

use std::fmt;

/// What a NAT, or a firewall, does with the packets of one of our sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NatBehaviour {
    /// As what others see us.
    pub mapping: NatMapping,
    /// Who may send to us.
    pub filtering: NatFiltering,
}

/// When two packets of a socket are seen as coming from the same address (RFC 4787 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NatMapping {
    /// Always, and that address is our own: nothing translates.
    NoTranslation,
    /// Always.
    EndpointIndependent,
    /// Where they go to the same address.
    AddressDependent,
    /// Where they go to the same address and port.
    AddressAndPortDependent,
    /// It could not be told: an address of the server did not answer.
    Unknown,
}

impl NatMapping {
    /// Others see us at another address than a server does.
    pub fn is_by_destination(self) -> bool {
        matches!(self, NatMapping::AddressDependent | NatMapping::AddressAndPortDependent)
    }
}

/// Who may send to a socket that has sent something (RFC 4787 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NatFiltering {
    /// Everybody.
    EndpointIndependent,
    /// Who has an address that was sent to.
    AddressDependent,
    /// Who was sent to.
    AddressAndPortDependent,
    /// It could not be told: the server does not answer from elsewhere, or only seems to.
    Unknown,
}

impl fmt::Display for NatMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NatMapping::NoTranslation => "no translation",
            NatMapping::EndpointIndependent => "endpoint-independent mapping",
            NatMapping::AddressDependent => "address-dependent mapping",
            NatMapping::AddressAndPortDependent => "address-and-port-dependent mapping",
            NatMapping::Unknown => "unknown mapping",
        })
    }
}

impl fmt::Display for NatFiltering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NatFiltering::EndpointIndependent => "endpoint-independent filtering",
            NatFiltering::AddressDependent => "address-dependent filtering",
            NatFiltering::AddressAndPortDependent => "address-and-port-dependent filtering",
            NatFiltering::Unknown => "unknown filtering",
        })
    }
}

impl fmt::Display for NatBehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.mapping, self.filtering)
    }
}
