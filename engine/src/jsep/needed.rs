//! Whether an offer is needed (W3C "check if negotiation is needed", section 4.7.3).

use super::direction;
use super::line::{self, LineKind};
use super::signaling::Side;
use super::state::Jsep;
use super::transceiver::{Entry, Life};
use crate::event::Direction;
use crate::sdp::MediaDescription;
use crate::state::SignalingState;

impl Jsep {
    /// Looks again whether an offer is needed, while no exchange is under way. True when that is
    /// news (W3C "update the negotiation-needed flag").
    pub(crate) fn update_negotiation_needed(&mut self) -> bool {
        if self.state != SignalingState::Stable {
            return false;
        }
        let needed = self.negotiation_needed();
        let told = std::mem::replace(&mut self.needed_told, needed);
        needed && !told
    }

    /// Something was asked for that the last exchange does not say. False while an exchange is
    /// under way: it is asked again after.
    pub(crate) fn negotiation_needed(&self) -> bool {
        self.state == SignalingState::Stable
            && (!self.replace.is_empty()
                || (self.data.wanted && self.data_line().is_none())
                || self.entries.iter().any(|entry| self.needs_offer(entry)))
    }

    fn needs_offer(&self, entry: &Entry) -> bool {
        if entry.negotiated.stopped {
            return false;
        }
        if entry.life == Life::Stopping {
            return true;
        }
        let place = entry.negotiated.mid.and_then(|mid| {
            self.lines.iter().position(|line| line.mid == mid && line.kind != LineKind::Foreign)
        });
        let (Some(index), Some(exchange)) = (place, &self.current) else { return true };
        let (Some(ours), Some(theirs)) =
            (exchange.local.media.get(index), exchange.remote.media.get(index))
        else {
            return true;
        };
        if entry.direction.sends() && !says_streams(entry, ours) {
            return true;
        }
        let said = line::direction(&exchange.local, ours);
        let heard = line::direction(&exchange.remote, theirs);
        !is_said(exchange.offerer, entry.direction, said, heard)
    }
}

/// Our description has the streams that what is sent belongs to. One that does not send says none.
fn says_streams(entry: &Entry, ours: &MediaDescription) -> bool {
    let said = ours.msids.iter().map(|msid| msid.stream.as_str());
    if entry.streams.is_empty() {
        return said.eq(["-"]);
    }
    let mut said: Vec<&str> = said.collect();
    let mut wanted: Vec<&str> = entry.streams.iter().map(String::as_str).collect();
    said.sort_unstable();
    wanted.sort_unstable();
    said == wanted
}

/// The exchange has the direction that is wanted: our offer says it, or the peer's answer does; or
/// our answer is what came of it.
fn is_said(offerer: Side, wanted: Direction, said: Direction, heard: Direction) -> bool {
    match offerer {
        Side::Local => wanted == said || wanted == direction::reversed(heard),
        Side::Remote => direction::answered(wanted, heard) == said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After an offer of ours the wanted direction stands in it or in its answer; after the peer's,
    /// our answer is what the wanted direction leaves of it. 4 x 4 x 4 for each.
    #[test]
    fn every_direction_after_every_exchange() {
        for wanted in direction::ALL {
            for said in direction::ALL {
                for heard in direction::ALL {
                    let ours = is_said(Side::Local, wanted, said, heard);
                    assert_eq!(ours, said == wanted || direction::reversed(heard) == wanted);
                    let theirs = is_said(Side::Remote, wanted, said, heard);
                    let sends = wanted.sends() && heard.receives();
                    let receives = wanted.receives() && heard.sends();
                    assert_eq!(theirs, said == direction::from_parts(sends, receives));
                }
            }
        }
    }
}
