//! What channels are called on both sides of the library.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use str0m::channel::ChannelId as StrChannelId;

use crate::session::output::SessionChannel;

/// Our names of the library's channels, as long as it knows them.
#[derive(Debug, Default)]
pub(super) struct ChannelNames {
    theirs: BTreeMap<SessionChannel, StrChannelId>,
    ours: HashMap<StrChannelId, SessionChannel>,
    next: u32,
    /// A message was refused: there is room for it when the library holds no more bytes than this.
    pub(super) room_at: Option<usize>,
    /// When it was told last that there is room.
    pub(super) room_told: Option<Instant>,
}

impl ChannelNames {
    /// The name of a channel; a new one for one that has none yet.
    pub(super) fn name(&mut self, channel: StrChannelId) -> SessionChannel {
        if let Some(name) = self.ours.get(&channel) {
            return *name;
        }
        let name = SessionChannel(self.next);
        self.next += 1;
        self.ours.insert(channel, name);
        self.theirs.insert(name, channel);
        name
    }

    /// The library's names.
    pub(super) fn all(&self) -> impl Iterator<Item = StrChannelId> {
        self.theirs.values().copied()
    }

    pub(super) fn id(&self, name: SessionChannel) -> Option<StrChannelId> {
        self.theirs.get(&name).copied()
    }

    pub(super) fn forget(&mut self, name: SessionChannel) {
        if let Some(channel) = self.theirs.remove(&name) {
            self.ours.remove(&channel);
        }
    }

    /// The library begins again and knows no channel. Names are not used twice.
    pub(super) fn forget_all(&mut self) {
        self.theirs.clear();
        self.ours.clear();
    }
}
