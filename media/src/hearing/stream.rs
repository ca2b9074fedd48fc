//! Whether a packet belongs to the stream that plays.
//!
//! A packet whose number or time lies far from those before is held back until a second one
//! follows on it: then the stream has begun anew there (another source, a sender that restarted),
//! as RFC 3550 appendix A.1 has it for numbers. Alone it is dropped.

use super::arrivals::Order;
use super::packets::Packet;
use super::settings::MS;

/// Numbers further away than this are another stream's (`MAX_DROPOUT` of RFC 3550).
const MAX_NUMBERS: i64 = 3_000;

/// A transit that differs more from the fastest is another clock's.
const MAX_TRANSIT: i64 = 5_000 * MS;

/// What is known of the stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Number, time and transit of the latest packet.
    latest: Option<Place>,
    astray: Option<Packet>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    number: Option<u64>,
    time: i64,
    transit: i64,
}

/// What a packet is to the stream.
#[derive(Debug)]
pub(super) enum Belongs {
    /// The next of the stream; `missing` is how many numbers are between it and the latest, where
    /// they are known.
    Yes { order: Order, missing: Option<u64>, packet: Packet },
    /// Perhaps of another; one that waited for its second is dropped for it.
    Perhaps { dropped: u64 },
    /// The stream begins anew with these two.
    Anew(Packet, Packet),
}

impl Stream {
    pub(super) fn judge(&mut self, packet: Packet) -> Belongs {
        let place = Place::of(&packet);
        let Some(latest) = self.latest else {
            self.latest = Some(place);
            return Belongs::Yes { order: Order::InOrder, missing: None, packet };
        };
        if latest.is_near(&place) {
            let order = if place.time >= latest.time { Order::InOrder } else { Order::Overtaken };
            let missing = latest
                .numbers_to(&place)
                .and_then(|distance| u64::try_from(distance.saturating_sub(1)).ok());
            if order == Order::InOrder {
                self.latest = Some(place);
            }
            return Belongs::Yes { order, missing, packet };
        }
        match self.astray.take() {
            Some(first) if Place::of(&first).is_near(&place) && first.time < place.time => {
                self.latest = Some(place);
                Belongs::Anew(first, packet)
            }
            dropped => {
                self.astray = Some(packet);
                Belongs::Perhaps { dropped: u64::from(dropped.is_some()) }
            }
        }
    }
}

impl Place {
    fn of(packet: &Packet) -> Place {
        let transit = packet.arrived - packet.time;
        Place { number: packet.number, time: packet.time, transit }
    }

    /// Numbers from this to `other`, where both are known.
    fn numbers_to(&self, other: &Place) -> Option<i64> {
        let (from, to) = (self.number?, other.number?);
        let distance = i128::from(to) - i128::from(from);
        Some(distance.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    fn is_near(&self, other: &Place) -> bool {
        let time = other.time - self.time;
        let numbers = self.numbers_to(other);
        let agree = numbers.is_none_or(|numbers| {
            numbers.unsigned_abs() <= MAX_NUMBERS as u64 && numbers.signum() == time.signum()
        });
        agree && (other.transit - self.transit).abs() <= MAX_TRANSIT
    }
}
