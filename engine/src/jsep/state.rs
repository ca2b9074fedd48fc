//! What a negotiation remembers.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;

use super::line::LineKind;
use super::numbers::Numbers;
use super::signaling::{SdpType, Side};
use super::transceiver::{Entry, Negotiated, Transceiver};
use super::waiting::Waiting;
use crate::codec::{Codec, MediaKind};
use crate::config::{BundlePolicy, CodecOrder, Config, Delivery, NegotiationRole, PeerLines};
use crate::entropy::{self, Draws, Purpose};
use crate::event::Direction;
use crate::ids::{Mid, Ssrc, TransceiverId};
use crate::sdp::Description;
use crate::session::agreed::{Capabilities, IceCredentials, RemoteTransport};
use crate::state::SignalingState;

/// Characters of the names that we draw: 96 bits.
const NAME_CHARS: usize = 16;

/// How a negotiation is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsepConfig {
    /// What descriptions name is drawn from it.
    pub(crate) seed: [u8; 32],
    /// Who gives way when both sides offer at once.
    pub(crate) role: NegotiationRole,
    /// Codecs, preferred first.
    pub(crate) codecs: Vec<Codec>,
    /// Whose order our answers have, and our offers on m-lines that the peer has described.
    pub(crate) codec_order: CodecOrder,
    /// Which m-lines of a first offer could do without the bundle.
    pub(crate) bundle: BundlePolicy,
    /// How media is handed over.
    pub(crate) delivery: Delivery,
    /// We answer checks and send none.
    pub(crate) ice_lite: bool,
    /// What we do with m-lines that the peer adds, until the application says.
    pub(crate) peer_lines: PeerLines,
    /// As of [`Capabilities`].
    pub(crate) fixed_codecs: bool,
}

impl JsepConfig {
    /// As a connection is set up.
    pub(crate) fn of(config: &Config, capabilities: &Capabilities) -> Self {
        JsepConfig {
            seed: config.seed,
            role: config.role,
            codecs: config.codecs.clone(),
            codec_order: config.codec_order,
            bundle: config.bundle_policy,
            delivery: config.delivery,
            ice_lite: config.ice_lite,
            peer_lines: config.peer_lines,
            fixed_codecs: capabilities.fixed_codecs,
        }
    }
}

/// An m-line, as the last description that was applied left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its name; one of ours where descriptions give none.
    pub(super) mid: Mid,
    /// A description has its name.
    pub(super) named: bool,
    pub(super) kind: LineKind,
    /// It was rejected in an exchange that is complete: another one may take its place.
    pub(super) free: bool,
}

/// An offer and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) offerer: Side,
    pub(super) local: Arc<Description>,
    pub(super) remote: Arc<Description>,
}

/// An offer that is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) offerer: Side,
    pub(super) offer: Arc<Description>,
    /// An answer for the time being.
    pub(super) provisional: Option<Arc<Description>>,
    /// What a rollback restores.
    pub(super) before: Before,
}

/// What was negotiated when no offer was pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Before {
    pub(super) lines: Vec<Line>,
    pub(super) numbers: Arc<Numbers>,
    pub(super) transport: Option<Transport>,
    pub(super) transceivers: Vec<Settled>,
}

/// A transceiver when no offer was pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) id: TransceiverId,
    pub(super) negotiated: Negotiated,
    /// What the peer's description made of its direction, where the application said nothing.
    pub(super) direction: Direction,
}

impl Settled {
    fn of(entry: &Entry) -> Self {
        Settled { id: entry.id, negotiated: entry.negotiated.clone(), direction: entry.direction }
    }
}

impl Before {
    /// The transceiver was there.
    pub(super) fn knows(&self, id: TransceiverId) -> bool {
        self.transceivers.iter().any(|settled| settled.id == id)
    }
}

/// The transport that was agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transport {
    pub(super) local: IceCredentials,
    pub(super) remote: RemoteTransport,
    pub(super) controlling: bool,
    pub(super) dtls_client: bool,
}

/// Data channels, as the application wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DataWish {
    pub(super) wanted: bool,
    /// The name that their m-line shall have.
    pub(super) reserved: Option<Mid>,
}

/// Everything that a negotiation remembers. A clone of it that is dropped is how a refused
/// description changes nothing: what is large is shared between the two.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Jsep {
    pub(super) config: Arc<JsepConfig>,
    pub(super) state: SignalingState,
    pub(super) entries: Vec<Entry>,
    pub(super) data: DataWish,
    pub(super) lines: Vec<Line>,
    pub(super) numbers: Arc<Numbers>,
    pub(super) current: Option<Exchange>,
    pub(super) pending: Option<Pending>,
    pub(super) transport: Option<Transport>,
    /// Credentials that the next offer shall replace (W3C `[[LocalIceCredentialsToReplace]]`).
    pub(super) replace: Vec<IceCredentials>,
    pub(super) waiting: Waiting,
    /// Our last description that was set: its version is the highest.
    pub(super) last_local: Option<Arc<Description>>,
    pub(super) session_id: u64,
    pub(super) cname: String,
    names: Draws,
    pub(super) next_id: u32,
    next_mid: u32,
    /// The application was told that an offer is needed (W3C `[[NegotiationNeeded]]`).
    pub(super) needed_told: bool,
}

impl Jsep {
    /// Nothing is negotiated yet.
    pub(crate) fn new(config: JsepConfig) -> Self {
        let mut names = entropy::stream(config.seed, Purpose::Descriptions);
        // 62 bits (RFC 9429 section 5.2.1).
        let session_id = names.next_u64() >> 2;
        let cname = draw_name(&mut names);
        Jsep {
            config: Arc::new(config),
            state: SignalingState::Stable,
            entries: Vec::new(),
            data: DataWish { wanted: false, reserved: None },
            lines: Vec::new(),
            numbers: Arc::default(),
            current: None,
            pending: None,
            transport: None,
            replace: Vec::new(),
            waiting: Waiting::default(),
            last_local: None,
            session_id,
            cname,
            names: Draws::of(&names),
            next_id: 0,
            next_mid: 0,
            needed_told: false,
        }
    }

    /// Where the exchange stands.
    pub(crate) fn state(&self) -> SignalingState {
        self.state
    }

    /// Every transceiver that lives, and those that were stopped until their m-line is another's;
    /// in the order of creation.
    pub(crate) fn transceivers(&self) -> Vec<Transceiver> {
        self.entries.iter().map(Entry::view).collect()
    }

    /// Our description that is pending, or the one that was settled last.
    pub(crate) fn local_description(&self) -> Option<&Arc<Description>> {
        self.description(Side::Local)
    }

    /// The peer's, likewise.
    pub(crate) fn remote_description(&self) -> Option<&Arc<Description>> {
        self.description(Side::Remote)
    }

    /// What the description of a side is meant as.
    pub(crate) fn kind_of_description(&self, side: Side) -> Option<SdpType> {
        let pending = self.pending.as_ref().and_then(|pending| {
            let provisional = pending.provisional.as_ref().map(|_| SdpType::Pranswer);
            if pending.offerer == side { Some(SdpType::Offer) } else { provisional }
        });
        let settled = |exchange: &Exchange| match exchange.offerer == side {
            true => SdpType::Offer,
            false => SdpType::Answer,
        };
        pending.or_else(|| self.current.as_ref().map(settled))
    }

    /// The m-line of a transceiver.
    pub(crate) fn mid_of(&self, id: TransceiverId) -> Option<Mid> {
        self.entry(id)?.negotiated.mid
    }

    /// The transceiver's kind at an m-line that is not stopped.
    pub(crate) fn kind_of(&self, mid: Mid) -> Option<MediaKind> {
        self.at(mid).map(|entry| entry.kind)
    }

    pub(super) fn description(&self, side: Side) -> Option<&Arc<Description>> {
        let pending = self.pending.as_ref().and_then(|pending| match pending.offerer == side {
            true => Some(&pending.offer),
            false => pending.provisional.as_ref(),
        });
        pending.or_else(|| self.current_of(side))
    }

    /// The description that was settled last.
    pub(super) fn current_of(&self, side: Side) -> Option<&Arc<Description>> {
        self.current.as_ref().map(|exchange| match side {
            Side::Local => &exchange.local,
            Side::Remote => &exchange.remote,
        })
    }

    /// The transport that an exchange before the pending one agreed on.
    pub(super) fn settled_transport(&self) -> Option<&Transport> {
        match &self.pending {
            Some(pending) => pending.before.transport.as_ref(),
            None => self.transport.as_ref(),
        }
    }

    /// M-lines as they were before the pending offer.
    pub(super) fn settled_lines(&self) -> &[Line] {
        self.pending.as_ref().map_or(&self.lines, |pending| &pending.before.lines)
    }

    /// The connection is over. False when it was.
    pub(crate) fn close(&mut self) -> bool {
        std::mem::replace(&mut self.state, SignalingState::Closed) != SignalingState::Closed
    }

    pub(super) fn entry(&self, id: TransceiverId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The transceiver of an m-line, unless it is stopped.
    pub(super) fn at(&self, mid: Mid) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.is_at(mid))
    }

    pub(super) fn at_mut(&mut self, mid: Mid) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.is_at(mid))
    }

    /// Both sides agreed on an m-line of data channels.
    pub(crate) fn has_data_channels(&self) -> bool {
        let is_data = |line: &Line| line.kind == LineKind::Data && !line.free;
        self.current.is_some() && self.settled_lines().iter().any(is_data)
    }

    /// The m-line of data channels, unless it was rejected.
    pub(super) fn data_line(&self) -> Option<usize> {
        self.lines.iter().position(|line| line.kind == LineKind::Data && !line.free)
    }

    /// What is to be restored when the offer that comes is rolled back.
    pub(super) fn snapshot(&self) -> Before {
        Before {
            lines: self.lines.clone(),
            numbers: Arc::clone(&self.numbers),
            transport: self.transport.clone(),
            transceivers: self.entries.iter().map(Settled::of).collect(),
        }
    }

    /// A name for an m-line that no other has or shall have: short, and telling nothing (RFC 9429
    /// section 5.2.1).
    pub(super) fn fresh_mid(&mut self) -> Mid {
        let before = self.pending.iter().flat_map(|pending| &pending.before.lines);
        let lines = self.lines.iter().chain(before).map(|line| line.mid);
        let reserved = self.entries.iter().map(|entry| entry.reserved).chain(self.data.reserved);
        let used: BTreeSet<Mid> = lines.chain(reserved).collect();
        loop {
            let mid = Mid::new(&self.next_mid.to_string()).expect("a number is a token");
            self.next_mid += 1;
            if !used.contains(&mid) {
                return mid;
            }
        }
    }

    /// A source that nothing of ours has.
    pub(super) fn fresh_ssrc(&mut self) -> Ssrc {
        loop {
            let ssrc = Ssrc(self.names.next_u32());
            let is_of = |e: &Entry| [e.ssrc, e.rtx, e.fec()].contains(&ssrc);
            if ssrc.0 != 0 && !self.entries.iter().any(is_of) {
                return ssrc;
            }
        }
    }

    pub(super) fn fresh_name(&mut self) -> String {
        self.names.with(draw_name)
    }
}

/// A token that may stand in `a=msid` and as canonical name.
fn draw_name(names: &mut ChaCha20Rng) -> String {
    entropy::ice_text(names, NAME_CHARS).replace('/', "-")
}
