//! NATs and firewalls, in the words of RFC 4787.

mod config;
mod eater;
mod firewall;
mod nat;
mod nat64;
mod one_to_one;
mod oracle;
mod permissions;
mod ports;
mod table;

pub use config::{
    Dependence, FilterScope, Hairpin, NatConfig, NatTimeouts, Pooling, PortAssignment, Refresh,
};
pub use eater::Eater;
pub use firewall::{Allowed, Firewall, FirewallConfig};
pub use nat::Nat;
pub use nat64::{Nat64, dns64, v4_of_dns64};
pub use one_to_one::OneToOne;
pub use oracle::{Obstacle, direct_path_possible};
pub(crate) use permissions::Permissions;
pub(crate) use ports::Ports;
pub(crate) use table::{Mapping, Table};
