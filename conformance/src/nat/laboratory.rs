//! The street and who lives there.

use std::net::Ipv4Addr;
use std::process::Command;

use super::{NatError, Translator, system};
use crate::netns::{Namespace, ip};
use crate::wall::Side;

/// The server's address on the street.
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);

/// The interface of a host, and the inner one of a box.
const LAN: &str = "lan";
/// The outer interface of a box.
const WAN: &str = "wan";
/// The bridge.
const BRIDGE: &str = "street";

/// Namespaces joined by pairs of virtual Ethernet devices. All goes away on drop, and what runs of
/// an earlier run that was killed goes away when the next begins.
#[derive(Debug)]
pub struct Laboratory {
    server: Namespace,
    sides: [Namespace; 2],
    _boxes: Vec<Namespace>,
    _street: Namespace,
}

impl Laboratory {
    /// Sets it up, with these before the subject and before the peer.
    ///
    /// # Errors
    /// [`NatError`] where this machine lacks something or refuses.
    pub fn create(translators: [Translator; 2]) -> Result<Self, NatError> {
        let nft = system::find("nft", "nftables")?;
        let street = Namespace::bare()?;
        street.run(|| {
            ip(&["link", "add", BRIDGE, "type", "bridge"])?;
            ip(&["link", "set", BRIDGE, "up"])
        })?;
        let server = Namespace::bare()?;
        plug(&street, "server", &server, LAN, SERVER)?;
        let mut boxes = Vec::new();
        let mut sides = Vec::new();
        for (side, translator) in Side::BOTH.into_iter().zip(translators) {
            let home = Namespace::bare()?;
            let number = side.index() as u8 + 1;
            let name = side.to_string();
            if translator == Translator::None {
                plug(&street, &name, &home, LAN, Ipv4Addr::new(198, 51, 100, 20 + number))?;
                // Firefox wants one; there is nobody.
                route(&home, Ipv4Addr::new(198, 51, 100, 1))?;
            } else {
                let gateway = Namespace::bare()?;
                plug(&street, &name, &gateway, WAN, Ipv4Addr::new(198, 51, 100, 10 + number))?;
                let inner = Ipv4Addr::new(10, number, 0, 1);
                join(&gateway, LAN, &home, LAN)?;
                address(&gateway, LAN, inner)?;
                address(&home, LAN, Ipv4Addr::new(10, number, 0, 2))?;
                route(&home, inner)?;
                gateway.run(|| {
                    forward()?;
                    let mut command = Command::new(&nft);
                    command.args(["-f", "-"]);
                    system::run(command, &translator.rules())
                })?;
                boxes.push(gateway);
            }
            sides.push(home);
        }
        let sides = <[Namespace; 2]>::try_from(sides).expect("there is one for each side");
        Ok(Self { server, sides, _boxes: boxes, _street: street })
    }

    /// Where the programs of a side run.
    pub fn side(&self, side: Side) -> &Namespace {
        &self.sides[side.index()]
    }

    /// Where servers run.
    pub fn server(&self) -> &Namespace {
        &self.server
    }

    /// The server's address.
    pub const fn server_address() -> Ipv4Addr {
        SERVER
    }
}

/// Puts a namespace on the street with an address.
fn plug(
    street: &Namespace,
    port: &str,
    host: &Namespace,
    interface: &str,
    at: Ipv4Addr,
) -> Result<(), NatError> {
    join(street, port, host, interface)?;
    street.run(|| {
        ip(&["link", "set", port, "master", BRIDGE])?;
        ip(&["link", "set", port, "up"])
    })?;
    address(host, interface, at)
}

fn join(one: &Namespace, here: &str, other: &Namespace, there: &str) -> Result<(), NatError> {
    let name = other.name();
    let words = ["link", "add", here, "type", "veth", "peer", "name", there, "netns", name];
    Ok(one.run(|| ip(&words))?)
}

fn address(host: &Namespace, interface: &str, at: Ipv4Addr) -> Result<(), NatError> {
    host.run(|| {
        // An IPv6 address that appears a second later is a change of networks: Chromium gives up
        // whatever names it is looking up.
        ip(&["link", "set", interface, "addrgenmode", "none"])?;
        ip(&["address", "add", &format!("{at}/24"), "dev", interface])?;
        ip(&["link", "set", interface, "up"])
    })?;
    Ok(())
}

fn route(host: &Namespace, by: Ipv4Addr) -> Result<(), NatError> {
    Ok(host.run(|| ip(&["route", "add", "default", "via", &by.to_string()]))?)
}

/// The calling thread's namespace forwards packets.
fn forward() -> Result<(), NatError> {
    let path = "/proc/sys/net/ipv4/ip_forward";
    std::fs::write(path, "1").map_err(|error| NatError::Failed(path.to_owned(), error.to_string()))
}
