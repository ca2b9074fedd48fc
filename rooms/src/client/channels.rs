//! The three data channels of a connection, by label.

use std::collections::{BTreeMap, VecDeque};

use lapwing_engine::{ChannelConfig, ChannelId, ChannelWriteError, OpenedChannel, Rtc};

use super::event::Label;

/// Text messages that wait for room in a channel. Each is small; a peer that makes us answer more
/// than this while it takes nothing means harm.
const BACKLOG_MAX: usize = 256;

/// Where the file channel says that it wants more.
const FILE_LOW_BYTES: usize = crate::protocol::data::BUFFERED_BYTES_MAX / 2;

/// The channels of one connection.
#[derive(Debug, Default)]
pub(super) struct Channels {
    open: BTreeMap<Label, ChannelId>,
    /// Text that found no room.
    backlog: VecDeque<(Label, String)>,
}

impl Channels {
    /// Asks for all three.
    pub(super) fn create(rtc: &mut Rtc) {
        for label in Label::ALL {
            let made = rtc.create_channel(ChannelConfig::new(label.name()));
            made.expect("a new connection has room for three channels");
        }
    }

    /// A channel opened. Gives its label if it is one of ours; the first of a label counts.
    pub(super) fn on_open(&mut self, rtc: &mut Rtc, opened: &OpenedChannel) -> Option<Label> {
        let label = Label::ALL.into_iter().find(|label| label.name() == opened.label)?;
        if self.open.contains_key(&label) {
            return None;
        }
        if label == Label::File
            && let Some(mut channel) = rtc.channel(opened.id)
        {
            channel.set_buffered_amount_low_threshold(FILE_LOW_BYTES);
        }
        self.open.insert(label, opened.id);
        Some(label)
    }

    /// A channel closed.
    pub(super) fn on_close(&mut self, id: ChannelId) -> Option<Label> {
        let label = self.label_of(id)?;
        self.open.remove(&label);
        self.backlog.retain(|(waiting, _)| *waiting != label);
        Some(label)
    }

    pub(super) fn label_of(&self, id: ChannelId) -> Option<Label> {
        self.open.iter().find(|(_, open)| **open == id).map(|(label, _)| *label)
    }

    pub(super) fn is_open(&self, label: Label) -> bool {
        self.open.contains_key(&label)
    }

    /// Sends text, or keeps it until there is room. False when the channel is not open.
    pub(super) fn send_text(&mut self, rtc: &mut Rtc, label: Label, text: String) -> bool {
        if !self.is_open(label) || self.backlog.len() >= BACKLOG_MAX {
            return false;
        }
        self.backlog.push_back((label, text));
        self.flush(rtc);
        true
    }

    /// Sends text that waits.
    pub(super) fn flush(&mut self, rtc: &mut Rtc) {
        while let Some((label, text)) = self.backlog.front() {
            let channel = self.open.get(label).and_then(|id| rtc.channel(*id));
            let written = channel.map(|mut channel| channel.write_text(text));
            if written == Some(Err(ChannelWriteError::Full)) {
                return;
            }
            // A channel that is not open any more has nobody to hear it.
            self.backlog.pop_front();
        }
    }

    /// Sends bytes. `Ok(false)` when there is no room at the moment.
    pub(super) fn send_binary(
        &mut self,
        rtc: &mut Rtc,
        label: Label,
        data: &[u8],
    ) -> Result<bool, ChannelWriteError> {
        let channel = self.open.get(&label).and_then(|id| rtc.channel(*id));
        let mut channel = channel.ok_or(ChannelWriteError::NotOpen)?;
        match channel.write_binary(data) {
            Ok(()) => Ok(true),
            Err(ChannelWriteError::Full) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Closes a channel after the other side has all of it. It counts as open until then.
    pub(super) fn close(&self, rtc: &mut Rtc, label: Label) {
        if let Some(channel) = self.open.get(&label).and_then(|id| rtc.channel(*id)) {
            channel.close();
        }
    }

    /// Bytes that wait in a channel.
    pub(super) fn buffered(&self, rtc: &mut Rtc, label: Label) -> usize {
        let channel = self.open.get(&label).and_then(|id| rtc.channel(*id));
        channel.map_or(0, |mut channel| channel.buffered_amount())
    }
}
