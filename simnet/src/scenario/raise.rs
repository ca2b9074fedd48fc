//! Puts a scenario's boxes and servers into its network.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use lapwing_engine::turn::server::{
    PeerRules, TurnLimits, TurnServerConfig, Users, timed_password,
};
use lapwing_engine::{Config, IceServer, Protocol};

use crate::middlebox::NatConfig;
use crate::net::{Connection, MachineId};
use crate::scenario::{
    Barrier, BarrierKind, IceHelper, IceHelperKind, Scenario, ScenarioActionKind, TurnModel,
    TurnTransport,
};
use crate::servers::{Relay, StunServer};
use crate::sim::Sim;
use crate::spec::LinkSpec;
use crate::tcp::TlsIdentity;

/// Where TURN servers listen by UDP and TCP, as STUN servers do.
const PORT: u16 = 3_478;
/// Where they listen by TLS: what firewalls let out.
const TLS_PORT: u16 = 443;
/// The password of every user, or the secret that makes those of names that expire.
const SECRET: &str = "lapwing";

/// The boxes and servers of a network.
#[derive(Clone, Debug, Default)]
pub struct Raised {
    /// Boxes by name.
    pub boxes: BTreeMap<String, MachineId>,
    /// What hosts of a place are connected to, where there is a box.
    pub(super) innermost: BTreeMap<String, MachineId>,
    /// The address that hosts of a place have outside, where there is a NAT.
    pub outside: BTreeMap<String, IpAddr>,
    /// Servers by name.
    pub servers: BTreeMap<String, Server>,
}

/// A server of a network.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address.
    pub address: IpAddr,
    /// What joins it to its place.
    pub connection: Connection,
    /// What it does.
    kind: IceHelperKind,
    /// When what its users were given is over, in seconds from the start.
    expires: Option<u64>,
}

impl Raised {
    /// Puts boxes and servers at their places.
    pub(super) fn new(
        sim: &mut Sim,
        places: &BTreeMap<String, MachineId>,
        scenario: &Scenario,
    ) -> Raised {
        let mut raised = Raised::default();
        // The outermost first: what is further in hangs from it.
        for (number, barrier) in scenario.barriers.iter().enumerate().rev() {
            raised.barrier(sim, places, barrier, number);
        }
        for (number, helper) in scenario.helpers.iter().enumerate() {
            let expires = scenario.actions.iter().find_map(|action| match &action.kind {
                ScenarioActionKind::ExpireCredentials(server) if *server == helper.name => {
                    Some(action.at.as_secs())
                }
                _ => None,
            });
            raised.helper(sim, places, helper, number, expires);
        }
        raised
    }

    fn barrier(
        &mut self,
        sim: &mut Sim,
        places: &BTreeMap<String, MachineId>,
        barrier: &Barrier,
        number: usize,
    ) {
        let Barrier { name, place, kind } = barrier;
        let Some(above) = self.innermost.get(place).or_else(|| places.get(place)).copied() else {
            return;
        };
        let wire = LinkSpec::new();
        let (machine, addresses) = match kind {
            BarrierKind::Nat(config) => {
                let outside = IpAddr::V4(Ipv4Addr::new(198, 51, 100, number as u8 + 1));
                let config = NatConfig { addresses: vec![outside], ..config.clone() };
                self.outside.entry(place.clone()).or_insert(outside);
                (sim.nat(&format!("nat/{name}"), config), vec![outside])
            }
            BarrierKind::Firewall(config) => {
                (sim.firewall(&format!("firewall/{name}"), config.clone()), Vec::new())
            }
        };
        sim.connect(machine, above, &addresses, &wire, &wire);
        self.innermost.insert(place.clone(), machine);
        self.boxes.insert(name.clone(), machine);
    }

    fn helper(
        &mut self,
        sim: &mut Sim,
        places: &BTreeMap<String, MachineId>,
        helper: &IceHelper,
        number: usize,
        expires: Option<u64>,
    ) {
        let Some(place) = places.get(&helper.place).copied() else { return };
        let link = LinkSpec::new().delay(helper.delay);
        let server = Server::raise(sim, place, helper, number, &link, expires);
        self.servers.insert(helper.name.clone(), server);
    }
}

impl Server {
    /// A server below a place, at the end of this link. Its number among all makes its address.
    pub(crate) fn raise(
        sim: &mut Sim,
        place: MachineId,
        helper: &IceHelper,
        number: usize,
        link: &LinkSpec,
        expires: Option<u64>,
    ) -> Server {
        let IceHelper { name, kind, .. } = helper;
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, number as u8 + 1));
        let host = sim.host(&format!("server/{name}"));
        let connection = sim.connect(host, place, &[address], link, link);
        let server = Server { address, connection, kind: kind.clone(), expires };
        match kind {
            IceHelperKind::Stun => drop(sim.attach(host, StunServer::default())),
            IceHelperKind::Turn(model) => {
                let relay = server.relay(sim, name, model);
                sim.attach(host, relay);
            }
        }
        server
    }

    /// Tells an engine of it, and as whom to ask it.
    ///
    /// # Panics
    /// Never: its URLs are ours.
    pub(crate) fn tell(&self, config: &mut Config, user: Option<&str>) {
        let urls = self.urls();
        let (user, password) = self.credentials(user);
        let told = IceServer::new(urls.iter().map(String::as_str), &user, &password);
        config.ice_servers.push(told.expect("URLs of ours"));
    }

    fn relay(&self, sim: &Sim, name: &str, model: &TurnModel) -> Relay {
        let mut seed = [0; 32];
        sim.seed().stream(&format!("relay/{name}/nonces")).fill(&mut seed);
        let users = match self.expires {
            Some(_) => Users::default().with_secret(SECRET),
            None => {
                let add = |users: Users, user: &String| users.with_user(user, SECRET);
                model.users.iter().fold(Users::default(), add)
            }
        };
        let mut peers = PeerRules::default();
        // Hosts that stand behind no box have private addresses here, and are reached by them.
        peers.allowed.push("10.0.0.0/8".parse().expect("a range of ours"));
        let limits = TurnLimits {
            allocations_per_user: model.quota,
            lifetime: model.lifetime,
            ..TurnLimits::default()
        };
        let config = TurnServerConfig::new(seed, Duration::ZERO, "lapwing.test");
        let config = TurnServerConfig { users, peers, limits, ..config };
        let relay = Relay::closed(config, sim.seed().stream(&format!("relay/{name}")));
        model.transports.iter().fold(relay, |relay, transport| match transport {
            TurnTransport::Udp => relay.with_port(Protocol::Udp, PORT),
            TurnTransport::Tcp => relay.with_port(Protocol::Tcp, PORT),
            TurnTransport::Tls => {
                relay.with_tls(TLS_PORT, TlsIdentity::new([self.address.to_string().as_str()]))
            }
        })
    }

    /// How an engine is told of it.
    pub fn urls(&self) -> Vec<String> {
        let address = self.address;
        match &self.kind {
            IceHelperKind::Stun => vec![format!("stun:{address}")],
            IceHelperKind::Turn(model) => {
                let url = |transport: &TurnTransport| match transport {
                    TurnTransport::Udp => format!("turn:{address}"),
                    TurnTransport::Tcp => format!("turn:{address}?transport=tcp"),
                    TurnTransport::Tls => format!("turns:{address}:{TLS_PORT}"),
                };
                model.transports.iter().map(url).collect()
            }
        }
    }

    /// A user's name and password, or the first's. That of a user whom the server does not know is
    /// wrong.
    pub fn credentials(&self, user: Option<&str>) -> (String, String) {
        let IceHelperKind::Turn(model) = &self.kind else { return Default::default() };
        let user = user.or(model.users.first().map(String::as_str)).unwrap_or_default();
        let is_known = model.users.iter().any(|known| known == user);
        let secret = if is_known { SECRET } else { "unknown" };
        match self.expires {
            Some(time) => {
                let name = format!("{time}:{user}");
                let password = timed_password(secret, &name);
                (name, password)
            }
            None => (user.to_owned(), secret.to_owned()),
        }
    }
}
