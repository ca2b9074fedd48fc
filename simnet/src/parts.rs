//! Parts of one's own: congestion controllers, queues, nodes, encoders and applications that
//! scenarios name.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use lapwing_engine::Bitrate;
use lapwing_engine::congestion::{CongestionController, ControllerFactory};

use crate::cross;
use crate::encoder::{EncoderConfig, FrameModel};
use crate::host::Endpoint;
use crate::nodes::Node;
use crate::queues::{Limit, Queue};
use crate::random::Stream;
use crate::time::Time;

/// Numbers that a scenario gives a part, by their names.
///
/// ```
/// use lapwing_simnet::Settings;
/// let settings: Settings = [("gain".to_owned(), 0.8)].into_iter().collect();
/// assert_eq!(settings.get("gain", 1.0), 0.8);
/// assert_eq!(settings.get("floor_bps", 30_000.0), 30_000.0);
/// assert_eq!(settings.iter().collect::<Vec<_>>(), [("gain", 0.8)]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(BTreeMap<String, f64>);

impl Settings {
    /// The number of this name, or what holds without one.
    pub fn get(&self, name: &str, otherwise: f64) -> f64 {
        self.0.get(name).copied().unwrap_or(otherwise)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, number)| (name.as_str(), *number))
    }
}

impl FromIterator<(String, f64)> for Settings {
    fn from_iter<I: IntoIterator<Item = (String, f64)>>(numbers: I) -> Self {
        Settings(numbers.into_iter().collect())
    }
}

/// A part that a scenario names, and what it tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartUse {
    /// The part's name among [`Parts`].
    pub name: String,
    /// What the scenario sets.
    pub settings: Settings,
}

/// What an application of one's own is placed with: two endpoints, a packet's way apart.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationPlan {
    /// Where its first endpoint sends from, and where its second one is.
    pub ends: (SocketAddr, SocketAddr),
    /// When it begins.
    pub start: Time,
    /// When it ends.
    pub end: Time,
}

type Make<A, T> = Arc<dyn Fn(&Settings, A) -> T + Send + Sync + UnwindSafe + RefUnwindSafe>;
type Table<A, T> = BTreeMap<String, Make<A, T>>;

/// Parts of one's own, by the names that scenarios use.
///
/// | part | where a scenario names it |
/// |---|---|
/// | controller of media | `[[flow]] controller = "NAME"` |
/// | controller of cross traffic | `[[cross]] cc = "NAME"` |
/// | queue | `queue = { type = "NAME", size_ms = 300 }` |
/// | node | `[[link]] nodes = ["NAME"]`: behind the queue, before the delay |
/// | encoder | `[media.video] model = "NAME"` |
/// | application | `[[cross]] kind = "application", name = "NAME"` |
///
/// In place of `"NAME"` stands `{ name = "NAME", gain = 0.8 }` to set numbers; queues and encoders
/// have them in `settings = { gain = 0.8 }`.
///
/// A part is to be a pure machine: without clock and randomness but the [`Stream`] it is given, or
/// runs do not repeat.
///
/// ```
/// use lapwing_simnet::Parts;
/// use lapwing_simnet::cross::Reno;
/// use lapwing_simnet::queues::TailDrop;
/// let parts = Parts::new()
///     .queue("mine", |_, limit, _| Box::new(TailDrop::new(limit)))
///     .cross_controller("old", |_| Box::new(Reno::default()));
/// assert!(format!("{parts:?}").contains("mine"));
/// ```
#[derive(Clone, Default)]
pub struct Parts {
    controllers: Table<(Bitrate, Instant), Box<dyn CongestionController>>,
    cross: Table<(), Box<dyn cross::CongestionControl>>,
    queues: Table<(Limit, Stream), Box<dyn Queue>>,
    nodes: Table<Stream, Box<dyn Node>>,
    encoders: Table<(EncoderConfig, Stream), Box<dyn FrameModel>>,
    applications: Table<(ApplicationPlan, Stream), [Box<dyn Endpoint>; 2]>,
}

macro_rules! own {
    ($(#[$doc:meta])* $name:ident, $table:ident, ($($argument:ident: $type:ty),*) -> $made:ty, $pattern:pat) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(
            mut self,
            name: &str,
            make: impl Fn(&Settings, $($type),*) -> $made
                + Send + Sync + UnwindSafe + RefUnwindSafe + 'static,
        ) -> Self {
            let make = move |settings: &Settings, $pattern| make(settings, $($argument),*);
            self.$table.insert(name.to_owned(), Arc::new(make));
            self
        }
    };
}

impl Parts {
    /// None.
    pub fn new() -> Self {
        Parts::none()
    }

    pub(crate) const fn none() -> Self {
        Parts {
            controllers: BTreeMap::new(),
            cross: BTreeMap::new(),
            queues: BTreeMap::new(),
            nodes: BTreeMap::new(),
            encoders: BTreeMap::new(),
            applications: BTreeMap::new(),
        }
    }

    own! {
        /// A congestion controller for media: made for each connection, when its keys are there,
        /// with the rate to begin with and the time.
        controller, controllers,
        (start: Bitrate, now: Instant) -> Box<dyn CongestionController>, (start, now)
    }

    own! {
        /// A congestion controller for cross traffic.
        cross_controller, cross, () -> Box<dyn cross::CongestionControl>, ()
    }

    own! {
        /// A queue discipline, with the limit of its scenario and a random stream.
        queue, queues, (limit: Limit, stream: Stream) -> Box<dyn Queue>, (limit, stream)
    }

    own! {
        /// An effect of links, with a random stream.
        node, nodes, (stream: Stream) -> Box<dyn Node>, stream
    }

    own! {
        /// A video encoder, with the rates that its scenario allows and a random stream.
        encoder, encoders,
        (config: EncoderConfig, stream: Stream) -> Box<dyn FrameModel>, (config, stream)
    }

    own! {
        /// An application: the endpoint at the near end of the link that it crosses, and the one at
        /// the far end.
        application, applications,
        (plan: ApplicationPlan, stream: Stream) -> [Box<dyn Endpoint>; 2], (plan, stream)
    }

    pub(crate) fn controller_of(&self, part: &PartUse) -> ControllerFactory {
        let make = found(&self.controllers, PartKind::Controller, part).clone();
        let settings = part.settings.clone();
        let made = move |start, now| make(&settings, (start, now));
        ControllerFactory::new(&part.name, made)
    }

    pub(crate) fn cross_of(&self, part: &PartUse) -> Box<dyn cross::CongestionControl> {
        found(&self.cross, PartKind::CrossController, part)(&part.settings, ())
    }

    /// Makes a queue for each link that has it.
    pub(crate) fn queue_of(
        &self,
        part: &PartUse,
        limit: Limit,
    ) -> impl Fn(Stream) -> Box<dyn Queue> + Send + Sync + use<> {
        let make = found(&self.queues, PartKind::Queue, part).clone();
        let settings = part.settings.clone();
        move |stream| make(&settings, (limit, stream))
    }

    /// Makes a node for each link that has it.
    pub(crate) fn node_of(
        &self,
        part: &PartUse,
    ) -> impl Fn(Stream) -> Box<dyn Node> + Send + Sync + use<> {
        let make = found(&self.nodes, PartKind::Node, part).clone();
        let settings = part.settings.clone();
        move |stream| make(&settings, stream)
    }

    pub(crate) fn encoder_of(
        &self,
        part: &PartUse,
        config: EncoderConfig,
        stream: Stream,
    ) -> Box<dyn FrameModel> {
        found(&self.encoders, PartKind::Encoder, part)(&part.settings, (config, stream))
    }

    pub(crate) fn application_of(
        &self,
        part: &PartUse,
        plan: ApplicationPlan,
        stream: Stream,
    ) -> [Box<dyn Endpoint>; 2] {
        found(&self.applications, PartKind::Application, part)(&part.settings, (plan, stream))
    }

    /// The names of all parts of a kind.
    pub(crate) fn names(&self, kind: PartKind) -> Vec<String> {
        match kind {
            PartKind::Controller => self.controllers.keys().cloned().collect(),
            PartKind::CrossController => self.cross.keys().cloned().collect(),
            PartKind::Queue => self.queues.keys().cloned().collect(),
            PartKind::Node => self.nodes.keys().cloned().collect(),
            PartKind::Encoder => self.encoders.keys().cloned().collect(),
            PartKind::Application => self.applications.keys().cloned().collect(),
        }
    }
}

/// A part that reading found to be there.
///
/// # Panics
/// If a scenario was changed since, and names another one.
fn found<'t, A, T>(table: &'t Table<A, T>, kind: PartKind, part: &PartUse) -> &'t Make<A, T> {
    table.get(&part.name).unwrap_or_else(|| panic!("the scenario has no {kind} {:?}", part.name))
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Of media.
    Controller,
    /// Of cross traffic.
    CrossController,
    /// A queue discipline.
    Queue,
    /// An effect of links.
    Node,
    /// A video encoder.
    Encoder,
    /// Two endpoints.
    Application,
}

impl PartKind {
    const ALL: [PartKind; 6] = [
        PartKind::Controller,
        PartKind::CrossController,
        PartKind::Queue,
        PartKind::Node,
        PartKind::Encoder,
        PartKind::Application,
    ];
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PartKind::Controller => "controller",
            PartKind::CrossController => "controller of cross traffic",
            PartKind::Queue => "queue",
            PartKind::Node => "node",
            PartKind::Encoder => "encoder",
            PartKind::Application => "application",
        })
    }
}

impl PartialEq for Parts {
    /// The same names: what makes them cannot be compared.
    fn eq(&self, other: &Self) -> bool {
        PartKind::ALL.iter().all(|kind| self.names(*kind) == other.names(*kind))
    }
}

impl fmt::Debug for Parts {
    /// The names of all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = PartKind::ALL.iter().flat_map(|kind| {
            self.names(*kind).into_iter().map(move |name| format!("{kind} {name}"))
        });
        f.debug_list().entries(all).finish()
    }
}
