//! Controllers by name.

use std::collections::BTreeMap;

use crate::cross::control::{Bbr1, Bbr3, CongestionControl, Cubic, Prague, Reno};
use crate::random::Stream;

/// Controllers of one's own, by the names that scenarios call them.
///
/// ```
/// use lapwing_simnet::Seed;
/// use lapwing_simnet::cross::{Controllers, Cubic};
/// let mut controllers = Controllers::default();
/// controllers.add("mine", Cubic::with_hystart());
/// let stream = || Seed(1).stream("cross");
/// assert!(controllers.make("mine", stream()).is_some());
/// assert!(controllers.make("bbr3", stream()).is_some(), "one of the laboratory's");
/// assert!(controllers.make("yours", stream()).is_none());
/// ```
#[derive(Debug, Default)]
pub struct Controllers(BTreeMap<String, Box<dyn CongestionControl>>);

impl Controllers {
    /// Names one of one's own; connections get fresh ones of its kind.
    pub fn add(&mut self, name: impl Into<String>, controller: impl CongestionControl) {
        self.0.insert(name.into(), Box::new(controller));
    }

    /// A fresh one: one of one's own, or the laboratory's `reno`, `cubic`, `cubic-hystart`, `bbr1`,
    /// `bbr3` or `prague`, which draw from the stream. `None` where nothing has the name.
    pub fn make(&self, name: &str, stream: Stream) -> Option<Box<dyn CongestionControl>> {
        if let Some(own) = self.0.get(name) {
            return Some(own.fresh());
        }
        Some(match name {
            "reno" => Box::new(Reno::default()),
            "cubic" => Box::new(Cubic::default()),
            "cubic-hystart" => Box::new(Cubic::with_hystart()),
            "bbr1" => Box::new(Bbr1::new(stream)),
            "bbr3" => Box::new(Bbr3::new(stream)),
            "prague" => Box::new(Prague::default()),
            _ => return None,
        })
    }
}
