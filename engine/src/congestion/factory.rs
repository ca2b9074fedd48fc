//! Controllers that an application brings.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use super::controller::CongestionController;
use crate::bitrate::Bitrate;

type Made = Box<dyn CongestionController>;
type Make = dyn Fn(Bitrate, Instant) -> Made + Send + Sync + UnwindSafe + RefUnwindSafe;

/// Makes the congestion controller of a connection, for
/// [`Config::controller`](crate::Config::controller).
///
/// It has a name, by which recordings know it: a recording holds no code. What it makes has to be
/// the same for the same arguments, or a replay differs.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::congestion::{ControllerFactory, GoogCc, GoogCcConfig};
/// use lapwing_engine::{Bitrate, Config};
///
/// let factory = ControllerFactory::new("googcc, faster", |start, now| {
///     let config = GoogCcConfig { start, pacing_percent: 250, ..GoogCcConfig::default() };
///     Box::new(GoogCc::new(config, now))
/// });
/// let mut controller = factory.make(Bitrate::kbps(500), Instant::now()).unwrap();
/// assert_eq!(controller.update(Instant::now()).rate, Bitrate::kbps(500));
/// let config = Config { controller: Some(factory), ..Config::seeded(1) };
/// assert_eq!(config.controller.unwrap().name(), "googcc, faster");
/// ```
#[derive(Clone)]
pub struct ControllerFactory {
    name: Arc<str>,
    make: Option<Arc<Make>>,
}

impl ControllerFactory {
    /// A factory of this name. It is called once for a connection, when its keys are there, with
    /// the rate to begin with ([`Config::initial_bitrate`](crate::Config::initial_bitrate)) and the
    /// time.
    pub fn new(
        name: &str,
        make: impl Fn(Bitrate, Instant) -> Made + Send + Sync + UnwindSafe + RefUnwindSafe + 'static,
    ) -> Self {
        ControllerFactory { name: name.into(), make: Some(Arc::new(make)) }
    }

    /// What a recording tells of one: it makes nothing.
    pub(crate) fn recorded(name: &str) -> Self {
        ControllerFactory { name: name.into(), make: None }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A controller; `None` for a factory that was read from a recording.
    pub fn make(&self, start: Bitrate, now: Instant) -> Option<Made> {
        self.make.as_ref().map(|make| make(start, now))
    }
}

impl fmt::Debug for ControllerFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ControllerFactory").field(&self.name).finish()
    }
}
