//! Whether an offer is needed (W3C "check if negotiation is needed").

use lapwing_engine::SignalingState;

use super::expected::is_said;
use super::peer::{Model, Transceiver};
use super::said::{both, reversed};

impl Model {
    /// The user must be told that an offer is needed: no exchange is under way, and the last one
    /// does not say all that was asked for.
    pub(in crate::explore) fn needs_offer(&self) -> bool {
        self.state == SignalingState::Stable
            && (!self.replace.is_empty()
                || (self.data_wanted && !self.has_data())
                || self.transceivers.iter().any(|one| self.is_unsaid(one)))
    }

    fn is_unsaid(&self, one: &Transceiver) -> bool {
        if one.negotiated.stopped {
            return false;
        }
        if one.stopping {
            return true;
        }
        let (Some(mid), Some(exchange)) = (one.negotiated.mid, &self.current) else { return true };
        let (Some(said), Some(heard)) = (exchange.local.line(mid), exchange.remote.line(mid))
        else {
            return true;
        };
        let unnamed = match &one.streams {
            Some(streams) => !is_said(streams, &said.streams),
            None => said.streams.is_empty(),
        };
        if one.direction.sends() && unnamed {
            return true;
        }
        let heard = reversed(heard.direction);
        match exchange.ours {
            true => one.direction != said.direction && one.direction != heard,
            false => said.direction != both(one.direction, heard),
        }
    }
}
