//! How a connection of our own session is set up: certificates, round trips, losses, and doors that
//! are shut before anybody has shown who he is.

mod amplification;
mod certificates;
mod forged;
mod lossy;
mod round_trips;

use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config, Event, SessionKind};

use crate::pair::{Pair, Peer};

/// One way.
const DELAY: Duration = Duration::from_millis(50);

fn own(number: u64) -> Config {
    Config { session: SessionKind::Own, snap: true, ..Config::seeded(number) }
}

/// Two ends that know each other from now on, and `a` wants a channel.
fn introduced(a: Config, b: Config) -> Pair {
    let mut pair = Pair::new(a, b);
    pair.delay = DELAY;
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair
}

fn has_channel(peer: &Peer) -> bool {
    peer.events.iter().any(|event| matches!(event, Event::ChannelOpened(_)))
}

/// How long until the channel is open at both ends; `None` where it is not in time.
fn opened(pair: &mut Pair, within: Duration) -> Option<Duration> {
    let (begun, end) = (pair.now, pair.now + within);
    let open = pair.run_until(end, |pair| has_channel(&pair.a) && has_channel(&pair.b));
    open.then(|| pair.now - begun)
}

/// A datagram that arrives as noise: lost, as far as anybody can tell.
fn spoil(transmit: &mut lapwing_engine::Transmit) {
    transmit.contents = vec![0xff];
}
