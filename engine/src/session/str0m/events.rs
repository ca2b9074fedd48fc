//! What the library tells, in the engine's words.

use std::time::Instant;

use str0m::Event as StrEvent;

use super::consent::ConsentState;
use super::convert;
use super::life::Life;
use super::session::Str0mSession;
use crate::bitrate::Bitrate;
use crate::event::CloseReason;
use crate::ids::{Mid, Rid};
use crate::rtcp::RemoteInbound;
use crate::session::figures::{InboundFigures, OutboundFigures, TransportFigures};
use crate::session::output::SessionEvent;
use crate::state::IceConnectionState;

/// Streams whose figures are kept, in each direction: every m-line with a few layers each.
const STREAMS_MAX: usize = 1024;

impl Str0mSession {
    pub(super) fn on_event(&mut self, event: StrEvent) -> Option<SessionEvent> {
        Some(match event {
            StrEvent::IceConnectionStateChange(state) => {
                return self.on_ice(convert::ice_state(state));
            }
            StrEvent::Connected => {
                self.dtls_version = self.negotiated_dtls_version();
                SessionEvent::DtlsConnected
            }
            StrEvent::Closed => {
                // The library waits for an answer to its own goodbye, and some peers give none.
                self.life = Life::leaving_from(self.now);
                SessionEvent::Closed(self.reason_or_loss(CloseReason::Remote))
            }
            StrEvent::EgressBitrateEstimate(kind) => SessionEvent::Bandwidth(estimate(&kind)?),
            StrEvent::PeerStats(stats) => {
                self.figures.transport = transport_figures(&stats);
                return None;
            }
            StrEvent::MediaIngressStats(stats) => {
                let figures = InboundFigures {
                    bytes: stats.bytes,
                    packets: stats.packets,
                    firs: stats.firs,
                    plis: stats.plis,
                    nacks: stats.nacks,
                    loss: stats.loss,
                    jitter_ticks: Some(stats.jitter),
                    ..InboundFigures::new(convert::mid(stats.mid), stats.rid.and_then(convert::rid))
                };
                keep(&mut self.figures.inbound, figures, |it| (it.mid, it.rid));
                return None;
            }
            StrEvent::MediaEgressStats(stats) => {
                let figures = OutboundFigures {
                    bytes: stats.bytes,
                    packets: stats.packets,
                    firs: stats.firs,
                    plis: stats.plis,
                    nacks: stats.nacks,
                    remote: remote_inbound(&stats),
                    ..OutboundFigures::new(
                        convert::mid(stats.mid),
                        stats.rid.and_then(convert::rid),
                    )
                };
                keep(&mut self.figures.outbound, figures, |it| (it.mid, it.rid));
                return None;
            }
            StrEvent::ChannelOpen(..)
            | StrEvent::ChannelData(_)
            | StrEvent::ChannelClose(_)
            | StrEvent::ChannelBufferedAmountLow(_) => return self.on_channel_event(event),
            other => return self.on_media_event(other),
        })
    }

    fn on_ice(&mut self, state: IceConnectionState) -> Option<SessionEvent> {
        if matches!(state, IceConnectionState::Connected | IceConnectionState::Completed)
            && !self.gate.is_open()
        {
            self.gate.open();
            self.kick = true;
        }
        let first = self.liveness.on_checks(state, self.now);
        if first && self.consent.state(self.now) == ConsentState::Expired {
            // That was the path before the restart. The new one was just answered on.
            self.consent.forget_path();
            self.path = None;
        }
        self.ice_event(false)
    }

    /// The ICE state, when it is not what was last told. `works`: the library has a path and all
    /// that is on it.
    pub(super) fn ice_event(&mut self, works: bool) -> Option<SessionEvent> {
        // Whoever sends no checks has nothing to be answered.
        let consent =
            if self.ice_lite { ConsentState::Fresh } else { self.consent.state(self.now) };
        let state = self.liveness.judge(consent, works, self.now);
        if std::mem::replace(&mut self.ice, state) == state {
            return None;
        }
        Some(SessionEvent::Ice(state))
    }

    /// Why the connection ended, as the library tells it. On a dead path it only gave up what
    /// nobody answered: a handshake's last flight, or an association.
    pub(super) fn reason_or_loss(&self, reason: CloseReason) -> CloseReason {
        match self.ice {
            IceConnectionState::Disconnected | IceConnectionState::Failed => {
                CloseReason::Disconnected
            }
            _ => reason,
        }
    }

    /// What time alone has made of the connection.
    pub(super) fn judge(&mut self) -> Option<SessionEvent> {
        if !self.life.is_running() {
            return None;
        }
        if let Some(event) = self.ice_event(self.rtc.is_connected()) {
            return Some(event);
        }
        if !self.liveness.is_over(self.now) {
            return None;
        }
        self.life = Life::Over;
        self.rtc.disconnect();
        Some(SessionEvent::Closed(CloseReason::Disconnected))
    }

    /// When [`Self::judge`] has something to say.
    pub(super) fn next_judgement(&self) -> Option<Instant> {
        if !self.life.is_running() {
            return None;
        }
        let consent = self.consent.next_change(self.now).filter(|_| !self.ice_lite);
        [consent, self.liveness.next_change()].into_iter().flatten().min()
    }

    /// Both descriptions are there.
    pub(super) fn exchange_complete(&mut self) {
        self.liveness.begin(self.now);
        if let Some(event) = self.ice_event(false) {
            self.backlog.tell(event);
        }
    }
}

/// Puts the figures of a stream in the place of those before.
fn keep<T>(kept: &mut Vec<T>, figures: T, key: fn(&T) -> (Mid, Option<Rid>)) {
    match kept.iter().position(|known| key(known) == key(&figures)) {
        Some(index) => kept[index] = figures,
        None if kept.len() < STREAMS_MAX => kept.push(figures),
        None => {}
    }
}

/// What the peer reports, where it did.
fn remote_inbound(stats: &str0m::stats::MediaEgressStats) -> Option<RemoteInbound> {
    if stats.remote.is_none() && stats.rtt.is_none() && stats.loss.is_none() {
        return None;
    }
    let mut told = RemoteInbound::default();
    if let Some(remote) = &stats.remote {
        told.jitter_ticks = remote.jitter;
        told.packets_lost = i64::try_from(remote.packets_lost).unwrap_or(i64::MAX);
    }
    told.fraction_lost = f64::from(stats.loss.unwrap_or(0.0));
    told.round_trip.current = stats.rtt;
    Some(told)
}

fn estimate(kind: &str0m::bwe::BweKind) -> Option<Bitrate> {
    match kind {
        str0m::bwe::BweKind::Twcc { estimate, .. } => Some(Bitrate::bps(estimate.as_u64())),
        _ => None,
    }
}

fn transport_figures(stats: &str0m::stats::PeerStats) -> TransportFigures {
    let pair = stats.selected_candidate_pair.as_ref();
    TransportFigures {
        round_trip: pair.and_then(|pair| pair.current_round_trip_time),
        total_round_trip: pair.map(|pair| pair.total_round_trip_time).unwrap_or_default(),
        responses_received: pair.map_or(0, |pair| pair.responses_received),
        available_outgoing: stats.bwe_tx.map(|rate| Bitrate::bps(rate.as_u64())),
        ..TransportFigures::default()
    }
}
