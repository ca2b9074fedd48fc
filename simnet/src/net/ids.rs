//! Names of things within one run.

/// A host, router or middlebox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub(crate) u32);

/// One direction between two machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(crate) u32);

/// A program on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub(crate) u32);

/// An interface of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId {
    pub(crate) machine: MachineId,
    pub(crate) index: usize,
}

impl InterfaceId {
    /// The machine it belongs to.
    pub fn machine(self) -> MachineId {
        self.machine
    }
}

impl MachineId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl LinkId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl EndpointId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}
