//! What was agreed on so far, as the library has it, and what may come of it.

use super::catalogue::Catalogue;
use super::line::{Line, Route};
use super::numbers::Numbers;
use super::setup::UFRAG_CHARS;
use crate::codec::MediaKind;
use crate::config::Delivery;
use crate::ids::{Mid, PayloadType};
use crate::sdp::{Fingerprint, HashFunction};
use crate::session::agreed::{AgreeError, Agreed, IceCredentials, SctpParameters};

/// The port of the association on both sides: the library has no other.
const SCTP_PORT: u16 = 5000;

/// The m-line of data channels as the library knows it: its name stands in no packet, and it is
/// never told another.
pub(super) const DATA_NAME: &str = "lapwing_data";

/// What the library was made to agree on.
#[derive(Clone, Debug, Default)]
pub(super) struct Negotiated {
    /// `None` before the first time.
    pub(super) transport: Option<Transport>,
    /// The m-lines of the library, in its order.
    pub(super) slots: Vec<Slot>,
    pub(super) numbers: Numbers,
}

/// ICE and DTLS.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    pub(super) local: IceCredentials,
    pub(super) remote: IceCredentials,
    pub(super) remote_lite: bool,
    pub(super) controlling: bool,
    pub(super) dtls_client: bool,
    /// The one that the library shall look at.
    pub(super) fingerprint: Fingerprint,
}

/// A place among the m-lines of the library.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Media(Box<Line>),
    /// It was stopped. Another one may take its place.
    Vacant {
        mid: Mid,
        kind: MediaKind,
    },
    /// `None` for messages of any size.
    Data {
        remote_message_bytes_max: Option<u64>,
    },
}

impl Negotiated {
    /// What the library shall have when this is agreed on. Nothing is changed.
    pub(super) fn with(
        &self,
        agreed: &Agreed,
        catalogue: &Catalogue,
        delivery: Delivery,
    ) -> Result<Negotiated, AgreeError> {
        let transport = self.transport_with(agreed)?;
        let mut numbers = self.numbers.clone();
        let mut lines = Vec::new();
        for media in agreed.media.iter().filter(|media| !media.stopped) {
            if self.is_retired(media.mid) || lines.iter().any(|line: &Line| line.mid == media.mid) {
                return Err(AgreeError::Unchangeable(media.mid));
            }
            let before = self.line(media.mid);
            let is_empty = media.send.codecs.is_empty() && media.receive.codecs.is_empty();
            if is_empty {
                // It may never come to carry anything.
                lines.extend(before.map(Line::at_rest));
                continue;
            }
            lines.push(Line::of(media, before, &mut numbers, catalogue, delivery)?);
        }
        check_routes(&lines)?;
        check_data(agreed, &lines)?;
        let slots = self.slots_with(lines, agreed.sctp.as_ref());
        Ok(Negotiated { transport: Some(transport), slots, numbers })
    }

    fn transport_with(&self, agreed: &Agreed) -> Result<Transport, AgreeError> {
        let remote = &agreed.remote;
        let fingerprint = match &self.transport {
            Some(before) if !remote.fingerprints.contains(&before.fingerprint) => {
                return Err(AgreeError::FingerprintChanged);
            }
            Some(before) if before.dtls_client != agreed.dtls_client => {
                return Err(AgreeError::DtlsRoleChanged);
            }
            Some(before) => before.fingerprint.clone(),
            None => usable(&remote.fingerprints).ok_or(AgreeError::NoUsableFingerprint)?.clone(),
        };
        let half_restarted = self.transport.as_ref().is_some_and(|before| {
            before.remote == remote.credentials && before.local != agreed.local
        });
        if half_restarted
            || !is_ice(&remote.credentials)
            || !is_ice(&agreed.local)
            || agreed.local.ufrag.len() > UFRAG_CHARS
        {
            tracing::debug!(half_restarted, "credentials that cannot be used");
            return Err(AgreeError::Refused);
        }
        Ok(Transport {
            local: agreed.local.clone(),
            remote: remote.credentials.clone(),
            remote_lite: remote.ice_lite,
            controlling: agreed.controlling,
            dtls_client: agreed.dtls_client,
            fingerprint,
        })
    }

    pub(super) fn is_begun(&self) -> bool {
        self.transport.is_some()
    }

    /// An m-line that the library has.
    pub(super) fn line(&self, mid: Mid) -> Option<&Line> {
        self.lines().find(|line| line.mid == mid)
    }

    /// The m-lines in use.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Media(line) => Some(&**line),
            _ => None,
        })
    }

    fn is_retired(&self, mid: Mid) -> bool {
        let is_it = |slot: &Slot| matches!(slot, Slot::Vacant { mid: known, .. } if *known == mid);
        mid.as_str() == DATA_NAME || self.slots.iter().any(is_it)
    }

    /// Lines that the library has stay in their places. Others take places that were vacant before,
    /// or come last.
    fn slots_with(&self, lines: Vec<Line>, sctp: Option<&SctpParameters>) -> Vec<Slot> {
        let (stay, mut come): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| self.line(line.mid).is_some());
        come.reverse();
        let mut stay: Vec<Option<Line>> = stay.into_iter().map(Some).collect();
        let mut take = |mid: Mid| {
            stay.iter_mut().find(|line| line.as_ref().is_some_and(|line| line.mid == mid))?.take()
        };
        let place = |slot: &Slot| match slot {
            Slot::Media(line) => match take(line.mid) {
                Some(line) => Slot::Media(Box::new(line)),
                None => Slot::Vacant { mid: line.mid, kind: line.kind },
            },
            Slot::Vacant { .. } => match come.pop() {
                Some(line) => Slot::Media(Box::new(line)),
                None => slot.clone(),
            },
            // The library's association is for good, whatever becomes of its m-line.
            Slot::Data { .. } => slot.clone(),
        };
        let mut slots: Vec<Slot> = self.slots.iter().map(place).collect();
        let has_data = slots.iter().any(|slot| matches!(slot, Slot::Data { .. }));
        slots.extend(come.into_iter().rev().map(|line| Slot::Media(Box::new(line))));
        if let Some(sctp) = sctp.filter(|_| !has_data) {
            let remote_message_bytes_max = sctp.remote_message_bytes_max;
            slots.push(Slot::Data { remote_message_bytes_max });
        }
        slots
    }

    /// The m-lines whose packets are told by their payload types alone.
    pub(super) fn by_payload_type(&self) -> impl Iterator<Item = (PayloadType, Mid)> {
        let lines = self.lines().filter(|line| line.direction.receives());
        let lines = lines.filter(|line| line.route() == Route::PayloadType);
        lines.flat_map(|line| line.payload_types().map(|number| (number, line.mid)))
    }
}

/// The first that the library can verify, the stronger kind first (RFC 8122 section 5.1).
fn usable(fingerprints: &[Fingerprint]) -> Option<&Fingerprint> {
    let of = |function: HashFunction| {
        fingerprints.iter().find(move |fingerprint| fingerprint.function == function)
    };
    of(HashFunction::Sha256).or_else(|| of(HashFunction::Sha1))
}

/// `ice-char`s of RFC 8839 section 5.4, and four more that browsers take as well: what can stand in
/// a line.
fn is_ice(credentials: &IceCredentials) -> bool {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=#".contains(&byte);
    let is_text = |text: &str| !text.is_empty() && text.bytes().all(is_char);
    is_text(&credentials.ufrag) && is_text(&credentials.password)
}

fn check_routes(lines: &[Line]) -> Result<(), AgreeError> {
    for line in lines.iter().filter(|line| line.direction.receives()) {
        let is_shared = |number: PayloadType| {
            let others = lines.iter().filter(|other| other.mid != line.mid);
            others.flat_map(Line::payload_types).any(|other| other == number)
        };
        match line.route() {
            Route::Mid | Route::Source => {}
            Route::PayloadType if !line.payload_types().any(is_shared) => {}
            Route::PayloadType | Route::None => return Err(AgreeError::Unroutable(line.mid)),
        }
    }
    Ok(())
}

fn check_data(agreed: &Agreed, lines: &[Line]) -> Result<(), AgreeError> {
    let Some(sctp) = &agreed.sctp else { return Ok(()) };
    if (sctp.local_port, sctp.remote_port) != (SCTP_PORT, SCTP_PORT) {
        tracing::debug!(sctp.local_port, sctp.remote_port, "ports that cannot be used");
        return Err(AgreeError::Refused);
    }
    if lines.iter().any(|line| line.mid == sctp.mid) {
        return Err(AgreeError::Unchangeable(sctp.mid));
    }
    Ok(())
}
