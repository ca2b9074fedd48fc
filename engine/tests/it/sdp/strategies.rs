//! Descriptions made at random: every field takes all forms that it may have.

use lapwing_engine::Direction;
use lapwing_engine::sdp::{
    Attribute, Bandwidth, Connection, Description, Extension, Group, MediaDescription, MediaName,
    Msid, Origin, Profile, Restriction, RidLine, SctpAttributes, Simulcast, SimulcastRid,
    SsrcAttribute, SsrcGroup,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::format_strategies::formats;
use super::transport_strategies::transport;

/// A token (RFC 8866 section 9).
pub(super) fn token() -> BoxedStrategy<String> {
    "[a-zA-Z0-9!#$%&'*+.^_`{|}~-]{1,12}".boxed()
}

/// Text within a line: neither ends nor begins with white space.
pub(super) fn text() -> BoxedStrategy<String> {
    "[!-~]([ -~äßλ]{0,20}[!-~])?".boxed()
}

/// Text without white space.
pub(super) fn word() -> BoxedStrategy<String> {
    "[!-~]{1,16}".boxed()
}

/// Any description that can be written.
pub(super) fn description() -> impl Strategy<Value = Description> {
    let head = (origin(), text(), of(connection()), vec(bandwidth(), 0..3), vec(group(), 0..3));
    let attributes = (
        any::<bool>(),
        any::<bool>(),
        of(direction()),
        vec(extension(), 0..3),
        transport(),
        vec(attribute(), 0..4),
    );
    (head, attributes, vec(media(), 0..4)).prop_map(|(head, attributes, media)| {
        let (origin, name, connection, bandwidth, groups) = head;
        let (ice_lite, extmap_allow_mixed, direction, extensions, transport, attributes) =
            attributes;
        Description {
            origin,
            name,
            connection,
            bandwidth,
            groups,
            ice_lite,
            extmap_allow_mixed,
            direction,
            extensions,
            transport,
            attributes,
            media,
        }
    })
}

fn media() -> impl Strategy<Value = MediaDescription> {
    let line = (media_name(), any::<u16>(), profile(), formats());
    let common = (
        of(connection()),
        vec(bandwidth(), 0..3),
        of(token()),
        of(direction()),
        transport(),
        of(text()),
        of(any::<u32>()),
        of(any::<u32>()),
    );
    let flags = any::<[bool; 5]>();
    let rtp = (
        vec(extension(), 0..3),
        vec(msid(), 0..3),
        vec(ssrc(), 0..3),
        vec(ssrc_group(), 0..2),
        vec(rid(), 0..3),
        of(simulcast()),
    );
    let rest = (sctp(), vec(attribute(), 0..4));
    (line, common, flags, rtp, rest).prop_map(|(line, common, flags, rtp, rest)| {
        let (name, port, profile, formats) = line;
        let (connection, bandwidth, mid, direction, transport, rtcp, ptime_ms, max_ptime_ms) =
            common;
        let [bundle_only, rtcp_mux, rtcp_mux_only, rtcp_rsize, extmap_allow_mixed] = flags;
        let (extensions, msids, ssrcs, ssrc_groups, rids, simulcast) = rtp;
        let (sctp, attributes) = rest;
        MediaDescription {
            name,
            port,
            profile,
            formats: formats.into(),
            connection,
            bandwidth,
            mid,
            direction,
            transport,
            bundle_only,
            rtcp_mux,
            rtcp_mux_only,
            rtcp_rsize,
            rtcp,
            ptime_ms,
            max_ptime_ms,
            extensions: extensions.into(),
            extmap_allow_mixed,
            msids,
            ssrcs,
            ssrc_groups,
            rids,
            simulcast,
            sctp,
            attributes,
        }
    })
}

fn origin() -> impl Strategy<Value = Origin> {
    let fields = (word(), any::<u64>(), any::<u64>(), connection());
    fields.prop_map(|(username, session_id, session_version, address)| Origin {
        username,
        session_id,
        session_version,
        address,
    })
}

fn connection() -> impl Strategy<Value = Connection> {
    let address_type = prop_oneof![Just("IP4".to_owned()), Just("IP6".to_owned()), word()];
    (address_type, word()).prop_map(|(address_type, address)| Connection { address_type, address })
}

fn bandwidth() -> impl Strategy<Value = Bandwidth> {
    (token(), any::<u64>()).prop_map(|(kind, value)| Bandwidth { kind, value })
}

fn group() -> impl Strategy<Value = Group> {
    (token(), vec(token(), 0..4)).prop_map(|(semantics, mids)| Group { semantics, mids })
}

fn direction() -> impl Strategy<Value = Direction> {
    use Direction as D;
    prop::sample::select(vec![D::SendRecv, D::SendOnly, D::RecvOnly, D::Inactive])
}

/// A name that no attribute with a type of its own has.
fn attribute() -> impl Strategy<Value = Attribute> {
    let value = of(prop_oneof![Just(String::new()), text()]);
    (token(), value).prop_map(|(name, value)| Attribute { name: format!("x-{name}"), value })
}

fn extension() -> impl Strategy<Value = Extension> {
    let fields = (any::<u16>(), of(direction()), word(), of(text()));
    fields.prop_map(|(id, direction, uri, attributes)| Extension {
        id,
        direction,
        uri: uri.into(),
        attributes,
    })
}

fn media_name() -> impl Strategy<Value = MediaName> {
    let other = token().prop_map(|name| MediaName::Other(format!("{name}x")));
    prop_oneof![Just(MediaName::Audio), Just(MediaName::Video), Just(MediaName::Application), other]
}

fn profile() -> impl Strategy<Value = Profile> {
    let known = prop::sample::select(vec![
        Profile::UdpTlsRtpSavpf,
        Profile::UdpTlsRtpSavp,
        Profile::TcpTlsRtpSavpf,
        Profile::TcpDtlsRtpSavpf,
        Profile::RtpSavpf,
        Profile::RtpSavp,
        Profile::UdpDtlsSctp,
        Profile::TcpDtlsSctp,
        Profile::DtlsSctp,
    ]);
    prop_oneof![known, word().prop_map(|name| Profile::Other(format!("{name}/x")))]
}

fn msid() -> impl Strategy<Value = Msid> {
    (word(), of(word())).prop_map(|(stream, track)| Msid { stream, track })
}

fn ssrc() -> impl Strategy<Value = SsrcAttribute> {
    let value = of(prop_oneof![Just(String::new()), text()]);
    (any::<u32>(), token(), value).prop_map(|(ssrc, name, value)| SsrcAttribute {
        ssrc,
        name,
        value,
    })
}

fn ssrc_group() -> impl Strategy<Value = SsrcGroup> {
    (token(), vec(any::<u32>(), 1..4)).prop_map(|(semantics, ssrcs)| SsrcGroup { semantics, ssrcs })
}

fn rid_id() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_-]{1,20}"
}

fn rid() -> impl Strategy<Value = RidLine> {
    let value = of("([!-:<-~]([ -:<-~]{0,8}[!-:<-~])?)?");
    let restriction =
        ("[a-z]{3,8}(-[a-z]{1,8})?", value).prop_map(|(name, value)| Restriction { name, value });
    let fields = (rid_id(), any::<bool>(), vec(any::<u8>(), 0..3), vec(restriction, 0..3));
    fields.prop_map(|(id, sends, payload_types, restrictions)| RidLine {
        id,
        sends,
        payload_types,
        restrictions,
    })
}

fn simulcast() -> impl Strategy<Value = Simulcast> {
    let alternative =
        (rid_id(), any::<bool>()).prop_map(|(id, paused)| SimulcastRid { id, paused });
    let streams = vec(vec(alternative, 1..3), 0..4).boxed();
    (streams.clone(), streams)
        .prop_map(|(send, receive)| Simulcast { send, receive })
        .prop_filter("one direction at least", |both| *both != Simulcast::default())
}

fn sctp() -> impl Strategy<Value = SctpAttributes> {
    let fields = (of(any::<u16>()), of(any::<u64>()), of(text()), of(text()));
    fields.prop_map(|(port, max_message_size, map, init)| SctpAttributes {
        port,
        max_message_size,
        map,
        init,
    })
}
