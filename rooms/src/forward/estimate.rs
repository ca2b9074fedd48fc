//! Which layers of simulcasts each participant gets, for what its path carries.

use std::time::{Duration, Instant};

use lapwing_engine::congestion::Limits;
use lapwing_engine::{Bitrate, Mid};

use super::choice::{most, shares};
use super::forwarder::{Connections, Forwarder};
use super::layers::Offer;
use crate::protocol::signalling::ParticipantId;

/// The part of an estimate that is planned with: frames vary, and some packets are sent twice.
const PLANNED: f64 = 0.9;

/// Layers are chosen so often, and with each new estimate.
const CHOICE_INTERVAL: Duration = Duration::from_millis(100);

/// The estimator is to find room for so much more than what could be sent: a better layer is taken
/// only with some to spare.
const WISHED: f64 = 1.3;

/// The estimator hears of another wish that differs by so many percent.
const WISH_STEP_PERCENT: u64 = 10;

/// What a participant gets of another's track.
struct Taken {
    /// The m-line by which it gets it.
    to: Mid,
    offers: Vec<Offer>,
}

impl<C: Connections> Forwarder<C> {
    /// A participant's path carries so much.
    pub(super) fn estimated(&mut self, id: &ParticipantId, estimate: Bitrate, now: Instant) {
        tracing::trace!(to = %id, %estimate, "the path carries");
        let Some(peer) = self.peer(id) else { return };
        peer.downlink.estimate = Some(estimate);
        peer.downlink.choose_at = None;
        self.choose_layers(id, now);
    }

    /// Chooses the layers that a participant gets, where it is time.
    pub(super) fn choose_layers(&mut self, id: &ParticipantId, now: Instant) {
        let Some(peer) = self.peer(id) else { return };
        if peer.downlink.choose_at.is_some_and(|at| now < at) {
            return;
        }
        peer.downlink.choose_at = Some(now + CHOICE_INTERVAL);
        let estimate = peer.downlink.estimate;
        let (plain, layered) = self.taken(id, now);
        let wants: Vec<f64> = layered.iter().map(|taken| most(&taken.offers)).collect();
        self.wish(id, plain + wants.iter().sum::<f64>());
        // Without feedback nobody knows, and everything is sent as it is without layers.
        let carried = estimate.map_or(f64::INFINITY, |rate| rate.as_bps() as f64 * PLANNED);
        let shares = match carried.is_finite() {
            true => shares(carried - plain, &wants),
            false => vec![carried; wants.len()],
        };
        let Some(peer) = self.peer(id) else { return };
        for (Taken { to, offers }, share) in layered.iter().zip(shares) {
            if let Some(send) = peer.sends.iter_mut().find(|send| send.mid == Some(*to)) {
                let before = send.choice.chosen();
                let chosen = send.choice.choose(offers, share, now);
                if chosen != before {
                    tracing::debug!(to = %id, mid = %to, ?before, ?chosen, share, "a layer is chosen");
                }
            }
        }
    }

    /// What a participant gets that there is no choice in, in bits per second, and what there is.
    fn taken(&self, id: &ParticipantId, now: Instant) -> (f64, Vec<Taken>) {
        let (mut plain, mut layered) = (0.0, Vec::new());
        let peer = self.members.get(id).and_then(|member| member.peer.as_ref());
        for send in peer.iter().flat_map(|peer| &peer.sends) {
            let (Some(to), Some((from, of))) = (send.mid, &send.origin) else { continue };
            let from = self.members.get(from).and_then(|member| member.peer.as_ref());
            let Some(origin) = from.and_then(|from| from.origins.get(of)) else { continue };
            plain += origin.layers.plain_bps(now);
            let offers = origin.layers.offers(now);
            if !offers.is_empty() {
                layered.push(Taken { to, offers });
            }
        }
        (plain, layered)
    }

    /// Tells the estimator how far a path is worth probing.
    fn wish(&mut self, id: &ParticipantId, bps: f64) {
        let wish = Bitrate::bps((bps * WISHED) as u64);
        let Some(peer) = self.peer(id) else { return };
        let near = peer.downlink.wish.is_some_and(|told| {
            told == wish
                || told.as_bps().abs_diff(wish.as_bps()) * 100 < told.as_bps() * WISH_STEP_PERCENT
        });
        if near {
            return;
        }
        peer.downlink.wish = Some(wish);
        if let Some(rtc) = self.connections.rtc_mut(id) {
            rtc.set_desired_bitrate(Limits::default().minimum, wish);
        }
    }
}
