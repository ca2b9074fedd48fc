//! Two peers, and what lies between them.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, Config, ConnectionState, NegotiationRole, Rtc};

use super::messages::channel;
use super::wait::{TimedOut, wait_until};
use crate::host::{Application, Inbox, RtcHost, connect_peers};
use crate::net::Connection;
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;
use crate::time::{Clock, Time};

/// Addresses that the network sees (RFC 5737).
const ADDRESSES: [[u8; 4]; 2] = [[198, 51, 100, 1], [203, 0, 113, 1]];

/// How long [`Pair::with_channel`] waits: longer than a connection needs over links that lose a
/// fifth of all packets.
const PATIENCE: Duration = Duration::from_secs(60);

/// How two peers are made.
#[derive(Clone, Debug)]
pub struct PairSpec {
    /// For the links, and for the peers' own configurations.
    pub seed: u64,
    /// What lies between each peer, or its NAT, and the core of the network, each way: a packet
    /// from one to the other passes it twice.
    pub link: LinkSpec,
    /// Each is behind a NAT, as at home: see [`Sim::home`].
    pub behind_nats: bool,
    /// How long a description or a candidate takes to the other side.
    pub signalling: Duration,
    /// The engines' settings. Both draw from the seed; `b` is polite.
    pub configs: [Config; 2],
}

impl PairSpec {
    /// Two peers without NATs, whose signals take 50 ms.
    pub fn new(seed: u64, link: &LinkSpec) -> Self {
        let roles = [NegotiationRole::Impolite, NegotiationRole::Polite];
        let configs = [0, 1]
            .map(|one| Config::seeded(seed.wrapping_mul(2) + one).with_role(roles[one as usize]));
        let signalling = Duration::from_millis(50);
        PairSpec { seed, link: link.clone(), behind_nats: false, signalling, configs }
    }

    /// Makes them, with these programs above the engines.
    pub fn build<A: Application, B: Application>(self, a: A, b: B) -> Pair<A, B> {
        let PairSpec { seed, link, behind_nats, signalling, configs: [first, second] } = self;
        let mut sim = Sim::new(seed);
        let core = sim.router("core");
        let clock = Clock::arbitrary();
        let [(a_host, a_link), (b_host, b_link)] = [("a", 0), ("b", 1)].map(|(name, one)| {
            let address = IpAddr::from(ADDRESSES[one]);
            if behind_nats {
                return sim.home_of(core, address, &link);
            }
            let host = sim.host(name);
            (host, sim.connect(host, core, &[address], &link, &link))
        });
        let a = peer(first, clock, a, behind_nats.then_some(ADDRESSES[0]));
        let b = peer(second, clock, b, behind_nats.then_some(ADDRESSES[1]));
        let (a, b) = (sim.attach(a_host, a), sim.attach(b_host, b));
        connect_peers(&mut sim, a, b, signalling);
        Pair { sim, a, b, links: [a_link, b_link] }
    }
}

fn peer<A: Application>(
    config: Config,
    clock: Clock,
    application: A,
    public: Option<[u8; 4]>,
) -> RtcHost<A> {
    let host = RtcHost::new(config, clock, application);
    match public {
        Some(public) => host.with_public(public.into()),
        None => host,
    }
}

/// Two peers that signal to each other, and the network between them.
#[derive(Debug)]
pub struct Pair<A = Inbox, B = Inbox> {
    /// The run.
    pub sim: Sim,
    /// The one that opens channels.
    pub a: Handle<RtcHost<A>>,
    /// The other.
    pub b: Handle<RtcHost<B>>,
    /// Of `a` and of `b`, or of their NATs, with the core: to cut one, or to change it.
    pub links: [Connection; 2],
}

impl Pair {
    /// Two peers with public addresses, which keep what their engines say.
    pub fn direct(seed: u64, link: &LinkSpec) -> Self {
        PairSpec::new(seed, link).build(Inbox::default(), Inbox::default())
    }

    /// Two peers, each behind a NAT as at home, which keep what their engines say.
    pub fn behind_nats(seed: u64, link: &LinkSpec) -> Self {
        let spec = PairSpec { behind_nats: true, ..PairSpec::new(seed, link) };
        spec.build(Inbox::default(), Inbox::default())
    }
}

impl<A, B> Pair<A, B>
where
    A: Application + AsRef<Inbox>,
    B: Application + AsRef<Inbox>,
{
    /// `a` opens a channel, and both wait until it is open at both ends.
    ///
    /// # Errors
    /// [`TimedOut`], with how far each has come, where it is not `within` this time from now.
    ///
    /// # Panics
    /// When the engine refuses to make the channel.
    #[track_caller]
    pub fn open(&mut self, label: &str, within: Duration) -> Result<Time, TimedOut> {
        let Pair { sim, a, b, .. } = self;
        let (a, b, deadline) = (*a, *b, sim.now() + within);
        let config = ChannelConfig::new(label);
        sim.with(a, |host, cx| host.act(cx, |rtc, _, _| rtc.create_channel(config)))
            .expect("a channel can be made while the connection lives");
        wait_until(sim, deadline, |sim| {
            let ends = [progress(sim, a, label), progress(sim, b, label)];
            match ends {
                [(_, true), (_, true)] => Ok(()),
                _ => Err(NotOpen { label, ends }),
            }
        })
    }

    /// With a channel that `a` opened and that is open at both ends, within a minute.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    #[must_use]
    pub fn with_channel(mut self, label: &str) -> Self {
        if let Err(timed_out) = self.open(label, PATIENCE) {
            panic!("{timed_out}");
        }
        self
    }
}

/// How far an end has come with a channel: the connection's state, and whether the channel opened.
type Progress = (Option<ConnectionState>, bool);

fn progress<A>(sim: &Sim, at: Handle<RtcHost<A>>, label: &str) -> Progress
where
    A: Application + AsRef<Inbox>,
{
    let host = sim.endpoint(at);
    let state = host.rtc().map(Rtc::connection_state);
    (state, channel(host.application().as_ref(), label).is_some())
}

/// A channel that is not open at both ends.
struct NotOpen<'a> {
    label: &'a str,
    ends: [Progress; 2],
}

impl fmt::Display for NotOpen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {:?} is not open", self.label)?;
        for (name, (state, is_open)) in ["a", "b"].iter().zip(self.ends) {
            let open = if is_open { "has it open" } else { "has none" };
            match state {
                Some(state) => write!(f, ", {name} is {state:?} and {open}")?,
                None => write!(f, ", {name} has not begun")?,
            }
        }
        Ok(())
    }
}
