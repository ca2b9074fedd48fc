//! The networks, and a run over one.

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::{Bitrate, Config, NegotiationRole};
use lapwing_simnet::{
    Basis, Clock, Limit, LinkSpec, QueueSpec, RateSchedule, RtcHost, Sim, Time, connect_peers,
};

use crate::camera::Camera;
use crate::clip::Clip;
use crate::viewer::{Seen, Viewer};

/// Each way.
const PATH: Duration = Duration::from_millis(50);

/// What waits longer for the link is lost.
const QUEUE: Duration = Duration::from_millis(300);

/// Where the estimate begins, as that of `lapwing call`.
const FIRST_ESTIMATE: Bitrate = Bitrate::kbps(300);

/// Of which the first second or less goes by before there is a connection.
const SECONDS: u64 = 20;

pub(crate) struct Network {
    pub(crate) name: String,
    rate: RateSchedule,
    loss: f64,
}

impl Network {
    pub(crate) fn all() -> Vec<Network> {
        let mut networks = Vec::new();
        for percent in [0, 1, 3, 5] {
            for kbps in [300, 600, 1_000] {
                networks.push(Network {
                    name: format!("{kbps} kbit/s, {percent} % loss"),
                    rate: RateSchedule::constant(Bitrate::kbps(kbps)),
                    loss: f64::from(percent) / 100.0,
                });
            }
        }
        let steps = [(0, 1_000), (10, 300)];
        let steps = steps.map(|(at, kbps)| (Time::from_secs(at), Bitrate::kbps(kbps)));
        networks.push(Network {
            name: "1000, after 10 s 300 kbit/s".to_owned(),
            rate: RateSchedule::steps(steps).expect("they are in order"),
            loss: 0.0,
        });
        networks
    }

    /// The same seed gives the same run.
    pub(crate) fn run(&self, seed: u64, clip: &Clip) -> Seen {
        let mut sim = Sim::new(seed);
        let core = sim.router("core");
        let clock = Clock::arbitrary();
        let queue = QueueSpec::TailDrop(Limit::Time(QUEUE, Basis::Current));
        let up = LinkSpec::new().rate(self.rate.clone(), queue).delay(PATH).loss(self.loss);
        let down = LinkSpec::new().delay(PATH).loss(self.loss);
        let wire = LinkSpec::new();
        let [a, b] = [[198, 51, 100, 1], [203, 0, 113, 1]].map(IpAddr::from);
        let (camera, viewer) = (sim.host("camera"), sim.host("viewer"));
        sim.connect(camera, core, &[a], &up, &down);
        sim.connect(viewer, core, &[b], &wire, &wire);
        let (log, sent) = std::sync::mpsc::channel();
        let config = |one, role| Config {
            initial_bitrate: Some(FIRST_ESTIMATE),
            ..Config::seeded(seed * 2 + one).with_role(role)
        };
        let camera = sim.attach(
            camera,
            RtcHost::new(
                config(0, NegotiationRole::Impolite),
                clock,
                Camera::new(clip.clone(), log),
            ),
        );
        let viewer = sim.attach(
            viewer,
            RtcHost::new(
                config(1, NegotiationRole::Polite),
                clock,
                Viewer::new(clip.clone(), sent),
            ),
        );
        connect_peers(&mut sim, camera, viewer, PATH);
        sim.run_until(Time::from_secs(SECONDS));
        let camera = sim.endpoint(camera).application();
        sim.endpoint(viewer).application().seen(camera, SECONDS as f64)
    }
}
