//! Ranges of IP addresses, as people write them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Addresses of one family from the first to the last.
///
/// ```
/// use lapwing_engine::turn::server::AddressRange;
/// let range: AddressRange = "192.168.0.0/16".parse().unwrap();
/// assert!(range.contains("192.168.7.1".parse().unwrap()));
/// let from_to: AddressRange = "2001:db8::1-2001:db8::9".parse().unwrap();
/// assert!(!from_to.contains("2001:db8::a".parse().unwrap()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

/// The text is no range of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRangeError(String);

impl fmt::Display for AddressRangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is neither ADDRESS nor ADDRESS/BITS nor FIRST-LAST", self.0)
    }
}

impl std::error::Error for AddressRangeError {}

impl AddressRange {
    /// The addresses that begin with the first `bits` bits of `address`; as many as it has at most.
    pub(super) const fn prefix_v4(address: Ipv4Addr, bits: u32) -> Self {
        let mask = if bits == 0 { 0 } else { u32::MAX << (32 - bits) };
        let first = address.to_bits() & mask;
        AddressRange {
            first: IpAddr::V4(Ipv4Addr::from_bits(first)),
            last: IpAddr::V4(Ipv4Addr::from_bits(first | !mask)),
        }
    }

    pub(super) const fn prefix_v6(address: Ipv6Addr, bits: u32) -> Self {
        let mask = if bits == 0 { 0 } else { u128::MAX << (128 - bits) };
        let first = address.to_bits() & mask;
        AddressRange {
            first: IpAddr::V6(Ipv6Addr::from_bits(first)),
            last: IpAddr::V6(Ipv6Addr::from_bits(first | !mask)),
        }
    }

    /// Whether the address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && (self.first..=self.last).contains(&address)
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, AddressRangeError> {
        let wrong = || AddressRangeError(text.to_owned());
        let address = |text: &str| text.trim().parse::<IpAddr>().map_err(|_| wrong());
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (address(first)?, address(last)?);
            let in_order = first.is_ipv4() == last.is_ipv4() && first <= last;
            return if in_order { Ok(AddressRange { first, last }) } else { Err(wrong()) };
        }
        let Some((first, bits)) = text.split_once('/') else {
            let only = address(text)?;
            return Ok(AddressRange { first: only, last: only });
        };
        let bits: u32 = bits.trim().parse().map_err(|_| wrong())?;
        match address(first)? {
            IpAddr::V4(first) if bits <= 32 => Ok(AddressRange::prefix_v4(first, bits)),
            IpAddr::V6(first) if bits <= 128 => Ok(AddressRange::prefix_v6(first, bits)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return self.first.fmt(f);
        }
        write!(f, "{}-{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn ranges_hold_what_they_say() {
        let holds = |text: &str, address: &str| range(text).contains(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.255.255") && !holds("10.0.0.0/8", "11.0.0.0"));
        assert!(holds("10.1.2.3/8", "10.0.0.0"), "what is behind the prefix does not matter");
        assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("::/0", "2001:db8::1") && holds("fe80::/10", "febf::1"));
        assert!(holds("192.0.2.7", "192.0.2.7") && !holds("192.0.2.7", "192.0.2.8"));
        assert!(holds("192.0.2.7 - 192.0.2.9", "192.0.2.8"));
        assert_eq!(range("192.0.2.0/31").to_string(), "192.0.2.0-192.0.2.1");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "a", "10.0.0.0/33", "::/129", "10.0.0.0/", "2-1", "::1-10.0.0.1"] {
            assert!(text.parse::<AddressRange>().is_err(), "{text}");
        }
        assert!("192.0.2.9-192.0.2.7".parse::<AddressRange>().is_err());
    }
}
