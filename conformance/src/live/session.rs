//! Two namespaces, and the scenario's network between them.

use std::fs::File;
use std::io;

use super::bridge::{Bridge, Carried, Plan};
use super::tape::Tape;
use crate::netns::{Namespace, Unavailable};
use crate::network::{Tun, overruns};

/// Two namespaces whose only way out leads through a scenario's network to the other one. All of
/// it goes away on drop, with the programs that still run inside.
#[derive(Debug)]
pub struct Live {
    // Ends before its devices and their namespaces go.
    bridge: Option<Bridge>,
    /// Until packets pass.
    devices: Option<[Tun; 2]>,
    namespaces: [Namespace; 2],
    /// Packets that the machine had lost before the beginning.
    before: [u64; 2],
}

impl Live {
    /// Makes the namespaces and their devices. Nothing passes yet.
    ///
    /// # Errors
    /// [`Unavailable`] where this machine does not let us.
    pub fn create() -> Result<Self, Unavailable> {
        let namespaces = [Namespace::bare()?, Namespace::bare()?];
        let [near, far] = [0, 1].map(|side: usize| Tun::create(&namespaces[side], side as u8 + 1));
        let devices = Some([near?, far?]);
        Ok(Self { bridge: None, devices, namespaces, before: [0; 2] })
    }

    /// Where the programs of a side run.
    pub fn namespace(&self, side: usize) -> &Namespace {
        &self.namespaces[side]
    }

    /// Packets pass from now on: it is the scenario's time zero. What passes and what is dropped is
    /// captured in the file, up to so many bytes.
    ///
    /// # Errors
    /// The system's, and one where packets have passed already.
    pub fn begin(&mut self, plan: Plan, capture: Option<(File, u64)>) -> io::Result<()> {
        let begun = || io::Error::other("packets pass already");
        let devices = self.devices.take().ok_or_else(begun)?;
        let tape = capture.map(|(file, limit)| Tape::begin(file, limit)).transpose()?;
        self.before = self.namespaces.each_ref().map(overruns);
        self.bridge = Some(Bridge::start(devices, plan, tape)?);
        Ok(())
    }

    /// Whether packets no longer pass though nobody has ended it.
    pub fn is_broken(&self) -> bool {
        self.bridge.as_ref().is_some_and(Bridge::is_broken)
    }

    /// Ends it: packets that are on their way are lost. Nothing where packets never passed.
    pub fn finish(mut self) -> Option<Carried> {
        let now = self.namespaces.each_ref().map(overruns);
        let mut carried = self.bridge.take()?.finish()?;
        carried.timing.overruns = [0, 1].map(|side| now[side].saturating_sub(self.before[side]));
        Some(carried)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bridge = None;
        self.namespaces.iter().for_each(Namespace::end_programs);
    }
}
