//! What stands between a side and the street.

use std::fmt;

/// What stands between a side and the street, in the words of RFC 4787. All drop what nobody inside
/// asked for (address-and-port-dependent filtering).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Translator {
    /// Nothing: a public address.
    None,
    /// One mapping for all destinations.
    EndpointIndependent,
    /// A mapping for each destination.
    AddressAndPortDependent,
    /// No UDP at all; TCP is translated.
    UdpBlocked,
}

impl Translator {
    /// Whether two sides behind these reach each other without a relay: RFC 5128 section 3.3, for
    /// boxes that filter by address and port.
    pub fn meet_directly([one, other]: [Translator; 2]) -> bool {
        use Translator::{AddressAndPortDependent, EndpointIndependent, None, UdpBlocked};
        match (one, other) {
            (UdpBlocked, _) | (_, UdpBlocked) => false,
            (None, _) | (_, None) => true,
            (EndpointIndependent, EndpointIndependent) => true,
            (AddressAndPortDependent, _) | (_, AddressAndPortDependent) => false,
        }
    }

    /// Its rules for `nft`; `lan` and `wan` are its interfaces. What comes from outside unasked is
    /// dropped before it is remembered: else it would take the port of a mapping that is made next.
    pub(super) fn rules(self) -> String {
        let masquerade = match self {
            Translator::AddressAndPortDependent => "masquerade random",
            _ => "masquerade",
        };
        let blocked = if self == Translator::UdpBlocked { "meta l4proto udp drop" } else { "" };
        format!(
            "table ip lapwing {{
                chain out {{
                    type nat hook postrouting priority srcnat;
                    oifname \"wan\" {masquerade}
                }}
                chain through {{
                    type filter hook forward priority filter; policy drop;
                    {blocked}
                    iifname \"lan\" accept
                    ct state established,related accept
                }}
                chain at {{
                    type filter hook input priority filter; policy drop;
                    iifname \"lan\" accept
                    ct state established,related accept
                }}
            }}
            "
        )
    }
}

impl fmt::Display for Translator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Translator::None => "public",
            Translator::EndpointIndependent => "EI",
            Translator::AddressAndPortDependent => "APD",
            Translator::UdpBlocked => "UDP blocked",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Translator::{self, *};

    #[test]
    fn who_meets_directly() {
        let all = [None, EndpointIndependent, AddressAndPortDependent, UdpBlocked];
        let direct = |one| all.map(|other| Translator::meet_directly([one, other]));
        assert_eq!(direct(None), [true, true, true, false]);
        assert_eq!(direct(EndpointIndependent), [true, true, false, false]);
        assert_eq!(direct(AddressAndPortDependent), [true, false, false, false]);
        assert_eq!(direct(UdpBlocked), [false; 4]);
    }
}
