//! The way of a payload: channel data and Send indications to peers (RFC 8656 sections 11.2 and
//! 12.6), datagrams of peers to clients (sections 11.3 and 12.7).
//!
//! A payload stays where it came to. What it is wrapped in on the other side is a few bytes before
//! it and, over a connection, padding behind it.

use std::net::SocketAddr;
use std::time::Instant;

use rand_chacha::rand_core::RngCore;
use stun_types::message::{MAGIC_COOKIE, TransactionId};

use super::contract::{Client, Family, Forward, Header, RelayId, Route};
use super::machine::TurnServer;
use super::wire;
use crate::turn::message::{channel_data, parse, peer_and_data};

/// Class and method of a Data indication.
const DATA_INDICATION: [u8; 2] = [0x00, 0x17];

/// Attributes that a Send indication may have; one with others that must be understood is dropped.
const UNDERSTOOD: &[stun_types::attribute::AttributeType] =
    &[wire::XOR_PEER_ADDRESS, wire::DATA, wire::DONT_FRAGMENT];

impl TurnServer {
    pub(super) fn channel_data<'a>(
        &mut self,
        client: Client,
        contents: &'a [u8],
        now: Instant,
    ) -> Option<Forward<'a>> {
        let Some((number, payload)) = channel_data(contents) else {
            self.metrics.malformed += 1;
            return None;
        };
        let found = self.table.of_client(client).and_then(|(slot, one)| {
            let peer = one.peer_of(number, now)?;
            one.is_open(Family::of(peer)).then_some((slot, peer))
        });
        self.pass_on(found, payload)
    }

    pub(super) fn send_indication<'a>(
        &mut self,
        client: Client,
        contents: &'a [u8],
        now: Instant,
    ) -> Option<Forward<'a>> {
        let Some((peer, payload)) = read_send_indication(contents) else {
            self.metrics.malformed += 1;
            return None;
        };
        let found = self.table.of_client(client).filter(|(_, one)| {
            one.is_open(Family::of(peer)) && one.is_permitted(peer.ip(), now) && self.allows(peer)
        });
        let found = found.map(|(slot, _)| (slot, peer));
        self.pass_on(found, payload)
    }

    fn pass_on<'a>(
        &mut self,
        found: Option<(u32, SocketAddr)>,
        payload: &'a [u8],
    ) -> Option<Forward<'a>> {
        let Some((slot, peer)) = found else {
            self.metrics.dropped_from_clients += 1;
            return None;
        };
        self.metrics.packets_to_peers += 1;
        self.metrics.bytes_to_peers += payload.len() as u64;
        let relay = self.table.relay(slot, Family::of(peer));
        let route = Route::Peer { relay, peer };
        Some(Forward { route, header: Header::NONE, payload, padding: 0 })
    }

    pub(super) fn peer_data<'a>(
        &mut self,
        relay: RelayId,
        peer: SocketAddr,
        contents: &'a [u8],
        now: Instant,
    ) -> Option<Forward<'a>> {
        let found = self.table.of_relay(relay).filter(|one| one.is_permitted(peer.ip(), now));
        let found = found.filter(|_| u16::try_from(contents.len() + usize::from(u8::MAX)).is_ok());
        let Some(one) = found else {
            self.metrics.dropped_from_peers += 1;
            return None;
        };
        let length = contents.len() as u16;
        let route = Route::Client(one.client);
        let to_multiple_of_four = (length.wrapping_neg() % 4) as u8;
        let mut header = Header::NONE;
        let padding = if let Some(number) = one.channel_of(peer, now) {
            header.push(&number.to_be_bytes());
            header.push(&length.to_be_bytes());
            if one.is_stream { to_multiple_of_four } else { 0 }
        } else {
            self.data_indication(&mut header, peer, length);
            to_multiple_of_four
        };
        self.metrics.packets_to_clients += 1;
        self.metrics.bytes_to_clients += u64::from(length);
        Some(Forward { route, header, payload: contents, padding })
    }

    /// A Data indication up to its payload (RFC 8656 section 11.3).
    fn data_indication(&mut self, header: &mut Header, peer: SocketAddr, length: u16) {
        let mut drawn = [0; 16];
        self.transactions.fill_bytes(&mut drawn[4..]);
        let transaction = TransactionId::from(u128::from_be_bytes(drawn));
        let (address, address_length) = wire::xor_address(peer, transaction);
        let whole = 4 + address_length as u16 + 4 + length.next_multiple_of(4);
        header.push(&DATA_INDICATION);
        header.push(&whole.to_be_bytes());
        header.push(&MAGIC_COOKIE.to_be_bytes());
        header.push(&drawn[4..]);
        header.push(&wire::XOR_PEER_ADDRESS.value().to_be_bytes());
        header.push(&(address_length as u16).to_be_bytes());
        header.push(&address[..address_length]);
        header.push(&wire::DATA.value().to_be_bytes());
        header.push(&length.to_be_bytes());
    }
}

/// The peer and the payload.
fn read_send_indication(contents: &[u8]) -> Option<(SocketAddr, &[u8])> {
    let message = parse(contents)?;
    if !wire::unknown(&message, UNDERSTOOD).is_empty() {
        return None;
    }
    peer_and_data(&message, contents)
}
