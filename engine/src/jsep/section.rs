//! M-lines as we write them, in offers and answers (RFC 9429 sections 5.2.1 and 5.3.1).

use super::format::Spec;
use super::line::DATA_FORMAT;
use super::state::Jsep;
use super::transceiver::Entry;
use crate::event::Direction;
use crate::ids::Ssrc;
use crate::sdp::{
    Connection, Description, Extension, Format, MediaDescription, MediaName, Msid, Origin, Profile,
    SctpAttributes, Setup, SsrcAttribute, SsrcGroup, TransportAttributes,
};
use crate::session::agreed::{CodecRole, IceCredentials, LocalTransport};
use crate::shared_list::SharedList;

/// The port of an m-line whose candidates are to come (RFC 8840 section 4.1.1).
const DISCARD_PORT: u16 = 9;

/// The SCTP port that browsers use.
pub(super) const SCTP_PORT: u16 = 5000;

/// Streams of an association as drafts before RFC 8841 state them.
const LEGACY_STREAMS: u16 = 1024;

/// What all m-lines of a description say of their transport. Browsers write it on each of them,
/// which helps peers that do not look for it at the first of the bundle only.
pub(super) fn transport(
    local: &LocalTransport,
    credentials: &IceCredentials,
    setup: Setup,
) -> TransportAttributes {
    TransportAttributes {
        ice_ufrag: Some(credentials.ufrag.clone()),
        ice_pwd: Some(credentials.password.clone()),
        fingerprints: local.fingerprints.clone(),
        setup: Some(setup),
        ..TransportAttributes::default()
    }
}

/// An m-line that carries nothing: kind, profile and formats as they were. It need not say more
/// (RFC 9429 section 5.3.1), but there are stacks that refuse a payload type without an encoding or
/// an m-line without ICE credentials, here too.
pub(super) fn rejected(
    like: &MediaDescription,
    mid: Option<String>,
    transport: TransportAttributes,
) -> MediaDescription {
    let bare = |format: &Format| Format { feedback: [].into(), ..format.clone() };
    MediaDescription {
        name: like.name.clone(),
        port: 0,
        profile: like.profile.clone(),
        formats: like.formats.iter().map(bare).collect(),
        connection: Some(Connection::default()),
        mid,
        transport,
        direction: Some(Direction::Inactive).filter(|_| super::line::media_kind(like).is_some()),
        sctp: SctpAttributes { map: like.sctp.map.clone(), ..SctpAttributes::default() },
        ..MediaDescription::default()
    }
}

/// An m-line of data channels. `like` is the peer's, whose profile is repeated.
pub(super) fn data(
    mid: Option<String>,
    like: Option<&MediaDescription>,
    transport: TransportAttributes,
    message_bytes_max: u64,
    init: Option<String>,
) -> MediaDescription {
    let profile = like.map_or(Profile::UdpDtlsSctp, |like| like.profile.clone());
    let (format, sctp) = match profile {
        Profile::DtlsSctp => {
            let map = format!("{SCTP_PORT} {DATA_FORMAT} {LEGACY_STREAMS}");
            let sctp = SctpAttributes { map: Some(map), ..SctpAttributes::default() };
            (SCTP_PORT.to_string(), sctp)
        }
        _ => {
            let sctp = SctpAttributes {
                port: Some(SCTP_PORT),
                max_message_size: Some(message_bytes_max),
                init,
                ..SctpAttributes::default()
            };
            (DATA_FORMAT.to_owned(), sctp)
        }
    };
    MediaDescription {
        name: MediaName::Application,
        port: DISCARD_PORT,
        profile,
        formats: vec![Format { name: format, ..Format::default() }].into(),
        connection: Some(Connection::default()),
        mid,
        transport,
        sctp,
        ..MediaDescription::default()
    }
}

/// What tells an m-line of media from another.
pub(super) struct MediaPlan {
    pub(super) name: MediaName,
    pub(super) profile: Profile,
    pub(super) mid: Option<String>,
    pub(super) direction: Direction,
    pub(super) formats: SharedList<Format>,
    pub(super) extensions: SharedList<Extension>,
    pub(super) transport: TransportAttributes,
    pub(super) reduced_size_rtcp: bool,
}

/// An m-line of sound or pictures, without what simulcast adds.
pub(super) fn media(plan: MediaPlan, entry: &Entry, cname: &str) -> MediaDescription {
    // libwebrtc shows nothing of a source that goes and comes again: its receiver takes it for one
    // that it has already, and is never joined to the stream that was made anew.
    let has_sources = plan.direction.sends() || entry.negotiated.has_sent;
    // What the transceiver would send, even where the offer does not take it: the peer knows its
    // streams then. And with the sources, which older ones take for several tracks without it.
    let msids = if entry.direction.sends() || has_sources { msids(entry) } else { Vec::new() };
    let mut media = MediaDescription {
        name: plan.name,
        port: DISCARD_PORT,
        profile: plan.profile,
        formats: plan.formats,
        connection: Some(Connection::default()),
        mid: plan.mid,
        direction: Some(plan.direction),
        transport: plan.transport,
        rtcp_mux: true,
        rtcp_rsize: plan.reduced_size_rtcp,
        extensions: plan.extensions,
        msids,
        ..MediaDescription::default()
    };
    if has_sources {
        sources(&mut media, entry, cname);
    }
    media
}

/// A stream each, or one line that says that there is none (RFC 8830 section 2).
fn msids(entry: &Entry) -> Vec<Msid> {
    let msid = |stream: &str| Msid { stream: stream.to_owned(), track: Some(entry.track.clone()) };
    match entry.streams.is_empty() {
        true => vec![msid("-")],
        false => entry.streams.iter().map(|stream| msid(stream)).collect(),
    }
}

/// Sources by number, for peers that route by them (RFC 5576), and which of them repair (RFC 4588
/// section 5.3, RFC 5956 section 4.3).
fn sources(media: &mut MediaDescription, entry: &Entry, cname: &str) {
    let repaired = media.formats.iter().any(|format| {
        let role = Spec::of(format).and_then(|spec| spec.role());
        matches!(role, Some(CodecRole::Rtx { .. }))
    });
    let protected = media
        .formats
        .iter()
        .any(|format| Spec::of(format).is_some_and(|spec| spec.is("flexfec-03")));
    let others = [(repaired, entry.rtx, "FID"), (protected, entry.fec(), "FEC-FR")];
    let others = || others.iter().filter(|(is_there, ..)| *is_there);
    let mut ssrcs = vec![entry.ssrc.0];
    ssrcs.extend(others().map(|(_, ssrc, _)| ssrc.0));
    let named = |ssrc: &u32| SsrcAttribute {
        ssrc: *ssrc,
        name: "cname".to_owned(),
        value: Some(cname.to_owned()),
    };
    media.ssrcs = ssrcs.iter().map(named).collect();
    let group = |(_, other, semantics): &(bool, Ssrc, &str)| SsrcGroup {
        semantics: (*semantics).to_owned(),
        ssrcs: vec![entry.ssrc.0, other.0],
    };
    media.ssrc_groups = others().map(group).collect();
}

impl Jsep {
    /// A description without m-lines, and without the version that it will have.
    pub(super) fn blank(&self, local: &LocalTransport) -> Description {
        let origin = Origin { session_id: self.session_id, ..Origin::default() };
        Description {
            origin,
            name: "-".to_owned(),
            ice_lite: local.ice_lite,
            extmap_allow_mixed: true,
            transport: TransportAttributes {
                ice_options: super::transport::ice_options(local),
                ..TransportAttributes::default()
            },
            ..Description::default()
        }
    }

    /// Gives the version that it must have: one more than the last that was set, unless nothing
    /// else differs (RFC 9429 section 5.2.2).
    pub(super) fn versioned(&self, mut description: Description) -> Description {
        let last = self.last_local.as_ref();
        description.origin.session_version = match last {
            None => 1,
            Some(last) => {
                let version = last.origin.session_version;
                description.origin.session_version = version;
                if description == **last { version } else { version + 1 }
            }
        };
        description
    }
}
