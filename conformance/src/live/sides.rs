//! The two sides.

use std::net::{Ipv4Addr, Ipv6Addr};

use lapwing_simnet::passage::Addresses;

/// The names of the two sides: where the command runs, and where its peer does.
pub const SIDES: [&str; 2] = ["near", "far"];

/// The addresses of a side, 0 or 1.
pub fn addresses(side: usize) -> Addresses {
    let number = side as u8 + 1;
    Addresses {
        v4: Ipv4Addr::new(10, 77, 0, number),
        v6: Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, u16::from(number)),
    }
}
