//! Who of the two does what.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Side;

/// Who makes the first offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The subject.
    WeOffer,
    /// The peer.
    TheyOffer,
}

impl Role {
    /// Both.
    pub const BOTH: &'static [Role] = &[Role::WeOffer, Role::TheyOffer];

    /// The end that offers.
    pub const fn offerer(self) -> Side {
        match self {
            Role::WeOffer => Side::Subject,
            Role::TheyOffer => Side::Peer,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::WeOffer => "we-offer",
            Role::TheyOffer => "they-offer",
        })
    }
}
