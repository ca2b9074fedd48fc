//! Parameters made by hand: what two sides might have agreed on.

use std::sync::Arc;

use super::wire::Wire;
use crate::codec::MediaKind;
use crate::config::Delivery;
use crate::event::Direction;
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::session::agreed::{
    AgreeError, Agreed, AgreedMedia, Capabilities, CodecRole, Encoding, IceCredentials,
    RemoteTransport, RtpCodec, RtpExtension, RtpParameters, SctpParameters,
};
use crate::session::seam::Session;

/// What `a` and `b` agree on, as seen from `a`.
#[derive(Clone, Debug)]
pub(super) struct Deal {
    pub(super) lines: Vec<DealLine>,
    pub(super) data: bool,
    pub(super) a_is_client: bool,
    pub(super) a_controls: bool,
    /// Credentials of `a` and `b` where they are not those that the sessions have.
    pub(super) restarted: Option<[IceCredentials; 2]>,
}

/// An m-line, as seen from `a`.
#[derive(Clone, Debug)]
pub(super) struct DealLine {
    pub(super) mid: Mid,
    pub(super) kind: MediaKind,
    pub(super) direction: Direction,
    pub(super) stopped: bool,
    pub(super) delivery: Delivery,
    pub(super) codecs: Vec<RtpCodec>,
    pub(super) extensions: Vec<RtpExtension>,
    /// Streams of `a` and of `b`.
    pub(super) streams: [Vec<Encoding>; 2],
}

impl Deal {
    /// Data channels only.
    pub(super) fn data() -> Self {
        Deal {
            lines: Vec::new(),
            data: true,
            a_is_client: false,
            a_controls: true,
            restarted: None,
        }
    }

    /// Data channels, and these m-lines.
    pub(super) fn with(lines: impl IntoIterator<Item = DealLine>) -> Self {
        Deal { lines: lines.into_iter().collect(), ..Deal::data() }
    }

    /// Both sides draw new credentials.
    pub(super) fn restart<S: Session>(&mut self, wire: &mut Wire<S>) {
        self.restarted = Some(wire.sides().map(|side| side.session.draw_credentials()));
    }

    /// What one side is told. `to_b` for `b`.
    pub(super) fn for_side<S: Session>(&self, wire: &Wire<S>, to_b: bool) -> Agreed {
        let transports = [&wire.a, &wire.b].map(|side| side.session.local_transport());
        let credentials = self.restarted.clone().unwrap_or_else(|| {
            [transports[0].credentials.clone(), transports[1].credentials.clone()]
        });
        let (ours, theirs) = if to_b { (1, 0) } else { (0, 1) };
        Agreed {
            local: credentials[ours].clone(),
            remote: RemoteTransport {
                credentials: credentials[theirs].clone(),
                ice_lite: transports[theirs].ice_lite,
                ice_options: transports[theirs].ice_options.iter().map(|&it| it.into()).collect(),
                fingerprints: transports[theirs].fingerprints.clone(),
            },
            controlling: self.a_controls != to_b,
            dtls_client: self.a_is_client != to_b,
            media: self.lines.iter().map(|line| line.for_side(to_b)).collect(),
            sctp: self.data.then(|| SctpParameters {
                mid: mid("data"),
                local_port: 5000,
                remote_port: 5000,
                remote_message_bytes_max: Some(262_144),
                remote_init: None,
            }),
        }
    }

    /// Both sides are told.
    pub(super) fn strike<S: Session>(&self, wire: &mut Wire<S>) {
        let (a, b) = (self.for_side(wire, false), self.for_side(wire, true));
        assert_eq!(wire.b.session.agree(&b), Ok(()), "{b:#?}");
        wire.b.drain();
        assert_eq!(wire.a.session.agree(&a), Ok(()), "{a:#?}");
        wire.a.drain();
        wire.trickle();
    }

    /// Only `a` is told, and refuses.
    pub(super) fn refused<S: Session>(&self, wire: &mut Wire<S>) -> AgreeError {
        let agreed = self.for_side(wire, false);
        let refused = wire.a.session.agree(&agreed).expect_err("it cannot be taken");
        wire.a.drain();
        refused
    }
}

impl DealLine {
    /// An m-line of these codecs, by their names, with one stream each way and the header
    /// extensions that are known.
    pub(super) fn new(
        name: &str,
        kind: MediaKind,
        codecs: &[&str],
        capabilities: &Capabilities,
    ) -> Self {
        let for_kind = |audio: bool, video: bool| match kind {
            MediaKind::Audio => audio,
            MediaKind::Video => video,
        };
        let known = capabilities.extensions.iter().filter(|it| for_kind(it.audio, it.video));
        let extensions = known.map(|it| RtpExtension { id: it.id, uri: it.uri.into() });
        DealLine {
            mid: mid(name),
            kind,
            direction: Direction::SendRecv,
            stopped: false,
            delivery: Delivery::Frames,
            codecs: codecs.iter().flat_map(|name| codec(capabilities, name)).collect(),
            extensions: extensions.collect(),
            streams: [vec![Encoding::default()], vec![Encoding::default()]],
        }
    }

    pub(super) fn named_sources(mut self, a: u32, b: u32) -> Self {
        let named = |ssrc: u32| Encoding {
            ssrc: Some(Ssrc(ssrc)),
            rtx: Some(Ssrc(ssrc + 1)),
            ..Encoding::default()
        };
        self.streams = [vec![named(a)], vec![named(b)]];
        self
    }

    /// `a` sends so many layers.
    pub(super) fn layered(mut self, rids: &[&str]) -> Self {
        let layer = |rid: &&str| Encoding { rid: Rid::new(rid), ..Encoding::default() };
        self.streams[0] = rids.iter().map(layer).collect();
        self
    }

    pub(super) fn without_extension(mut self, ending: &str) -> Self {
        self.extensions.retain(|extension| !extension.uri.ends_with(ending));
        self
    }

    pub(super) fn directed(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    fn for_side(&self, to_b: bool) -> Arc<AgreedMedia> {
        let direction = match (self.direction, to_b) {
            (Direction::SendOnly, true) => Direction::RecvOnly,
            (Direction::RecvOnly, true) => Direction::SendOnly,
            (direction, _) => direction,
        };
        let parameters = |streams: &Vec<Encoding>| RtpParameters {
            codecs: self.codecs.clone().into(),
            extensions: self.extensions.clone().into(),
            encodings: streams.clone(),
            cname: None,
        };
        let (ours, theirs) = if to_b { (1, 0) } else { (0, 1) };
        Arc::new(AgreedMedia {
            mid: self.mid,
            kind: self.kind,
            direction: if self.stopped { Direction::Inactive } else { direction },
            stopped: self.stopped,
            delivery: self.delivery,
            send: parameters(&self.streams[ours]),
            receive: parameters(&self.streams[theirs]),
            reduced_size_rtcp: true,
            mixed_extensions: true,
        })
    }
}

pub(super) fn mid(name: &str) -> Mid {
    Mid::new(name).expect("a token")
}

/// A codec as it is offered, with its retransmissions.
pub(super) fn codec(capabilities: &Capabilities, name: &str) -> Vec<RtpCodec> {
    let known =
        capabilities.codecs.iter().find(|known| *known.name == *name).expect("a known codec");
    let media = RtpCodec {
        payload_type: known.payload_type,
        name: known.name.clone(),
        clock_rate: known.clock_rate,
        channels: known.channels,
        parameters: known.parameters.clone(),
        feedback: known.feedback.clone(),
        role: CodecRole::Media,
    };
    let rtx = known.rtx.map(|rtx| rtx_of(&media, rtx));
    std::iter::once(media).chain(rtx).collect()
}

/// Retransmissions of a codec.
pub(super) fn rtx_of(media: &RtpCodec, payload_type: PayloadType) -> RtpCodec {
    RtpCodec {
        payload_type,
        name: "rtx".into(),
        parameters: format!("apt={}", media.payload_type.0).into(),
        feedback: [].into(),
        role: CodecRole::Rtx { repairs: media.payload_type },
        ..media.clone()
    }
}
