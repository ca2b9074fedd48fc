//! Routing by RFC 9143 section 9.2 and RFC 8852.

use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::rtp::{
    LEARNT_PER_LINE_MAX, Learnt, PacketNames, RoutedEncoding, RoutedLine, StreamRole, StreamTable,
    Unroutable,
};

fn mid(name: &str) -> Mid {
    Mid::new(name).expect("a token")
}

fn rid(name: &str) -> Rid {
    Rid::new(name).expect("a token")
}

fn packet(ssrc: u32, payload_type: u8) -> PacketNames {
    PacketNames {
        ssrc: Ssrc(ssrc),
        payload_type: PayloadType(payload_type),
        mid: None,
        rid: None,
        repaired_rid: None,
    }
}

fn line(name: &str, encodings: Vec<RoutedEncoding>, types: &[u8]) -> RoutedLine {
    // Odd payload types are for repair.
    let role =
        |kind: u8| if kind.is_multiple_of(2) { StreamRole::Media } else { StreamRole::Repair };
    let payload_types = types.iter().map(|kind| (PayloadType(*kind), role(*kind))).collect();
    RoutedLine { mid: mid(name), encodings, payload_types }
}

fn plain() -> Vec<RoutedEncoding> {
    vec![RoutedEncoding::default()]
}

fn simulcast() -> Vec<RoutedEncoding> {
    let named = |name| RoutedEncoding { rid: Some(rid(name)), ..RoutedEncoding::default() };
    vec![named("h"), named("l")]
}

/// Sound, a camera in two layers and a screen that shares its payload types.
fn table() -> StreamTable {
    let mut table = StreamTable::default();
    table.agree(vec![
        line("a", plain(), &[110]),
        line("v", simulcast(), &[96, 97]),
        line("s", plain(), &[96, 97]),
    ]);
    table
}

/// Where a packet goes: m-line, encoding, role; and it is learnt from.
fn route(
    table: &mut StreamTable,
    packet: PacketNames,
) -> Result<(usize, Option<usize>, StreamRole), Unroutable> {
    let route = table.find(&packet)?;
    table.learn(packet.ssrc, &route);
    Ok((route.line, route.encoding, route.role))
}

#[test]
fn names_tell_and_the_source_is_remembered() {
    let mut table = table();
    let named = PacketNames { mid: Some(mid("v")), rid: Some(rid("l")), ..packet(1, 96) };
    assert_eq!(table.find(&packet(1, 96)), Err(Unroutable::Ambiguous));
    assert_eq!(route(&mut table, named), Ok((1, Some(1), StreamRole::Media)));
    assert_eq!(route(&mut table, packet(1, 96)), Ok((1, Some(1), StreamRole::Media)));
    assert_eq!(table.source(1, 1, StreamRole::Media), Some(Ssrc(1)));
}

#[test]
fn nothing_is_learnt_by_finding() {
    let table = table();
    let named = PacketNames { mid: Some(mid("s")), ..packet(1, 96) };
    let before = format!("{table:?}");
    assert!(table.find(&named).is_ok());
    assert_eq!(format!("{table:?}"), before);
    assert_eq!(table.find(&packet(1, 96)), Err(Unroutable::Ambiguous));
}

#[test]
fn a_payload_type_of_one_line_is_enough() {
    let mut table = table();
    assert_eq!(route(&mut table, packet(9, 110)), Ok((0, Some(0), StreamRole::Media)));
    assert_eq!(table.find(&packet(9, 99)), Err(Unroutable::UnknownPayloadType));
    assert_eq!(table.find(&packet(9, 100)), Err(Unroutable::UnknownPayloadType));
}

#[test]
fn descriptions_name_sources() {
    let mut table = StreamTable::default();
    let encoding = RoutedEncoding {
        ssrc: Some(Ssrc(7)),
        rtx: Some(Ssrc(8)),
        fec: Some(Ssrc(9)),
        ..RoutedEncoding::default()
    };
    table.agree(vec![line("v", vec![encoding], &[96, 97]), line("s", plain(), &[96, 97])]);
    assert_eq!(table.source(0, 0, StreamRole::Media), Some(Ssrc(7)));
    assert_eq!(table.source(0, 0, StreamRole::Fec), Some(Ssrc(9)));
    assert_eq!(route(&mut table, packet(7, 96)), Ok((0, Some(0), StreamRole::Media)));
    assert_eq!(route(&mut table, packet(8, 97)), Ok((0, Some(0), StreamRole::Repair)));
    assert_eq!(table.find(&packet(6, 96)), Err(Unroutable::Ambiguous));
}

#[test]
fn unknown_names_are_nobodys() {
    let table = table();
    let named = PacketNames { mid: Some(mid("x")), ..packet(1, 96) };
    assert_eq!(table.find(&named), Err(Unroutable::UnknownMid));
    let named = PacketNames { mid: Some(mid("v")), rid: Some(rid("x")), ..packet(1, 96) };
    assert_eq!(table.find(&named), Err(Unroutable::UnknownRid));
    let named = PacketNames { mid: Some(mid("a")), ..packet(1, 96) };
    assert_eq!(table.find(&named), Err(Unroutable::UnknownPayloadType));
    let named = PacketNames { mid: Some(mid("v")), ..packet(1, 96) };
    assert_eq!(table.find(&named), Err(Unroutable::Ambiguous));
    // Where there is no simulcast the name of an encoding tells nothing.
    let named = PacketNames { mid: Some(mid("s")), rid: Some(rid("x")), ..packet(1, 96) };
    assert_eq!(table.find(&named).map(|route| route.encoding), Ok(Some(0)));
}

#[test]
fn repairs_go_by_what_they_repair() {
    let mut table = table();
    let named = PacketNames { mid: Some(mid("v")), repaired_rid: Some(rid("h")), ..packet(2, 97) };
    assert_eq!(route(&mut table, named), Ok((1, Some(0), StreamRole::Repair)));
    assert_eq!(route(&mut table, packet(2, 97)), Ok((1, Some(0), StreamRole::Repair)));
    // One that does not say is bound when a packet that it brought shows it.
    let named = PacketNames { mid: Some(mid("v")), ..packet(3, 97) };
    assert_eq!(route(&mut table, named), Ok((1, None, StreamRole::Repair)));
    assert_eq!(route(&mut table, packet(3, 97)), Ok((1, None, StreamRole::Repair)));
    table.bind(Ssrc(3), 1);
    assert_eq!(route(&mut table, packet(3, 97)), Ok((1, Some(1), StreamRole::Repair)));
    assert_eq!(table.source(1, 1, StreamRole::Repair), Some(Ssrc(3)));
}

#[test]
fn a_sender_may_begin_anew_and_late_packets_still_arrive() {
    let mut table = table();
    let named = |ssrc| PacketNames { mid: Some(mid("s")), ..packet(ssrc, 96) };
    let learn = |table: &mut StreamTable, names: PacketNames| {
        let route = table.find(&names).expect("it has a name");
        table.learn(names.ssrc, &route)
    };
    assert_eq!(learn(&mut table, named(1)), Learnt::First);
    assert_eq!(learn(&mut table, named(1)), Learnt::Nothing);
    assert_eq!(learn(&mut table, named(2)), Learnt::Instead(Ssrc(1)));
    assert_eq!(learn(&mut table, packet(1, 96)), Learnt::Nothing);
    assert_eq!(table.source(2, 0, StreamRole::Media), Some(Ssrc(2)));
    table.forget(Ssrc(1));
    assert_eq!(table.find(&packet(1, 96)), Err(Unroutable::Ambiguous));
}

#[test]
fn a_source_moves_to_the_line_that_it_names() {
    let mut table = table();
    let named = |name| PacketNames { mid: Some(mid(name)), ..packet(5, 97) };
    assert_eq!(route(&mut table, named("s")), Ok((2, Some(0), StreamRole::Repair)));
    assert_eq!(route(&mut table, named("v")), Ok((1, None, StreamRole::Repair)));
    assert_eq!(route(&mut table, packet(5, 97)), Ok((1, None, StreamRole::Repair)));
    assert_eq!(table.source(2, 0, StreamRole::Repair), None);
}

#[test]
fn what_stays_in_an_exchange_stays_known() {
    let mut table = table();
    let named = PacketNames { mid: Some(mid("v")), rid: Some(rid("l")), ..packet(1, 96) };
    route(&mut table, named).expect("it has a name");
    let named = PacketNames { mid: Some(mid("s")), ..packet(2, 96) };
    route(&mut table, named).expect("it has a name");
    let mut encodings = simulcast();
    encodings.reverse();
    table.agree(vec![
        line("n", plain(), &[96]),
        line("v", encodings, &[96, 97]),
        line("a", plain(), &[110]),
    ]);
    assert_eq!(route(&mut table, packet(1, 96)), Ok((1, Some(0), StreamRole::Media)));
    assert_eq!(table.find(&packet(2, 96)), Err(Unroutable::Ambiguous), "its line is gone");
    assert_eq!(table.source(1, 0, StreamRole::Media), Some(Ssrc(1)));
}

#[test]
fn sources_are_bounded_and_the_oldest_goes() {
    let mut table = table();
    for ssrc in 0..10 * LEARNT_PER_LINE_MAX as u32 {
        let named = PacketNames { mid: Some(mid("s")), ..packet(ssrc, 96) };
        route(&mut table, named).expect("it has a name");
        assert_eq!(table.source(2, 0, StreamRole::Media), Some(Ssrc(ssrc)));
    }
    let known =
        (0..10 * LEARNT_PER_LINE_MAX as u32).filter(|ssrc| table.find(&packet(*ssrc, 96)).is_ok());
    assert_eq!(known.count(), LEARNT_PER_LINE_MAX);
    assert_eq!(table.find(&packet(0, 96)), Err(Unroutable::Ambiguous));
}
