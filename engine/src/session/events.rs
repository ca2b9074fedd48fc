//! What the library tells, in the engine's words.

use str0m::Event as StrEvent;

use super::convert;
use super::output::{MediaFigures, SessionEvent, TransportFigures};
use super::str0m_session::Str0mSession;
use crate::bitrate::Bitrate;
use crate::event::CloseReason;
use crate::state::IceConnectionState;

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
                self.closed = true;
                SessionEvent::Closed(CloseReason::Remote)
            }
            StrEvent::EgressBitrateEstimate(kind) => SessionEvent::Bandwidth(estimate(&kind)?),
            StrEvent::PeerStats(stats) => SessionEvent::Transport(transport_figures(&stats)),
            StrEvent::MediaIngressStats(stats) => SessionEvent::Inbound(MediaFigures {
                mid: convert::mid(stats.mid),
                rid: stats.rid.and_then(convert::rid),
                bytes: stats.bytes,
                packets: stats.packets,
                firs: stats.firs,
                plis: stats.plis,
                nacks: stats.nacks,
                round_trip: stats.rtt,
                loss: stats.loss,
                jitter_ticks: Some(stats.jitter),
                packets_lost: None,
            }),
            StrEvent::MediaEgressStats(stats) => SessionEvent::Outbound(MediaFigures {
                mid: convert::mid(stats.mid),
                rid: stats.rid.and_then(convert::rid),
                bytes: stats.bytes,
                packets: stats.packets,
                firs: stats.firs,
                plis: stats.plis,
                nacks: stats.nacks,
                round_trip: stats.rtt,
                loss: stats.loss,
                jitter_ticks: stats.remote.as_ref().map(|remote| remote.jitter),
                packets_lost: stats.remote.as_ref().map(|remote| remote.packets_lost),
            }),
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
        if self.ice == state {
            return None;
        }
        self.ice = state;
        Some(SessionEvent::Ice(state))
    }
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
    }
}
