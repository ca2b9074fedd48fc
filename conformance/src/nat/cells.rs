//! The rows of the table.

use super::Translator::{
    self, AddressAndPortDependent, EndpointIndependent, None as Open, UdpBlocked,
};
use super::{Cell, Help, Server, Stack};
use crate::browser::Kind;

const OURS: Stack = Stack::Lapwing;
const CHROMIUM: Stack = Stack::Browser(Kind::Chromium);
const FIREFOX: Stack = Stack::Browser(Kind::Firefox);

const fn cell(stacks: [Stack; 2], translators: [Translator; 2], help: [Help; 2]) -> Cell {
    Cell { stacks, translators, help, server: Server::Coturn }
}

/// The same with a server of ours.
const fn by_ours(mut cell: Cell) -> Cell {
    cell.server = Server::Lapwing;
    cell
}

/// What every pair of stacks is tried behind.
const fn pair(peer: Stack) -> [Cell; 10] {
    let stacks = [OURS, peer];
    let easy = [EndpointIndependent; 2];
    [
        cell(stacks, [Open, EndpointIndependent], [Help::Stun; 2]),
        cell(stacks, easy, [Help::Stun; 2]),
        cell(stacks, easy, [Help::All; 2]),
        cell(stacks, [EndpointIndependent, AddressAndPortDependent], [Help::All; 2]),
        cell(stacks, [AddressAndPortDependent, EndpointIndependent], [Help::All; 2]),
        cell(stacks, [AddressAndPortDependent; 2], [Help::All; 2]),
        cell(stacks, [UdpBlocked, EndpointIndependent], [Help::All; 2]),
        cell(stacks, easy, [Help::RelayUdp, Help::RelayUdp]),
        cell(stacks, easy, [Help::RelayTcp, Help::RelayTcp]),
        cell(stacks, easy, [Help::RelayTls, Help::All]),
    ]
}

/// What is tried with a server of ours.
const fn served(stacks: [Stack; 2]) -> [Cell; 5] {
    let (easy, hard) = ([EndpointIndependent; 2], [AddressAndPortDependent; 2]);
    [
        by_ours(cell(stacks, easy, [Help::Stun; 2])),
        by_ours(cell(stacks, hard, [Help::All; 2])),
        by_ours(cell(stacks, easy, [Help::RelayUdp; 2])),
        by_ours(cell(stacks, easy, [Help::RelayTcp; 2])),
        by_ours(cell(stacks, [UdpBlocked, EndpointIndependent], [Help::All; 2])),
    ]
}

/// All rows: pairs of ours with each stack, names of multicast DNS and ICE-TCP with Chromium,
/// relays over TLS for a browser, Chromium with itself to compare times, and a server of ours for
/// all of them.
pub const CELLS: [&[Cell]; 9] = [
    &pair(OURS),
    &pair(CHROMIUM),
    &pair(FIREFOX),
    &OTHERS,
    &served([OURS; 2]),
    &served([OURS, CHROMIUM]),
    &served([OURS, FIREFOX]),
    &served([CHROMIUM, FIREFOX]),
    &[by_ours(cell([OURS, CHROMIUM], [EndpointIndependent; 2], [Help::RelayTls; 2]))],
];

const OTHERS: [Cell; 6] = [
    cell([OURS, CHROMIUM], [Open, UdpBlocked], [Help::IceTcp; 2]),
    cell([OURS, CHROMIUM], [Open; 2], [Help::Names; 2]),
    cell([OURS, CHROMIUM], [EndpointIndependent; 2], [Help::RelayTls; 2]),
    cell([CHROMIUM; 2], [EndpointIndependent; 2], [Help::Stun; 2]),
    cell([CHROMIUM; 2], [EndpointIndependent; 2], [Help::RelayUdp; 2]),
    cell([CHROMIUM; 2], [AddressAndPortDependent; 2], [Help::All; 2]),
];
