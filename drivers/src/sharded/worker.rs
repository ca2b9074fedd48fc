//! What runs on a shard's thread.

use std::hash::Hash;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use super::handler::Handler;
use super::shard::Command;
use crate::multi::{Announcement, Handoff, MultiDriver};
use crate::waker::Waker;

/// Commands carried out per turn, so that a flood of them does not keep packets waiting.
const COMMANDS_PER_TURN: usize = 256;

/// Datagrams for one shard that others received and it has not taken yet. They are dropped beyond
/// that, as the kernel does with a full socket buffer.
const HANDOFFS_MAX: usize = 4_096;

/// The loop of one shard.
pub(super) struct Worker<K, H> {
    pub(super) driver: MultiDriver<K>,
    pub(super) handler: H,
    pub(super) commands: Receiver<Command<K, H>>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) mailbox: Option<Mailbox>,
}

impl<K: Clone + Eq + Hash, H: Handler<K>> Worker<K, H> {
    /// Turns until asked to stop; then what the last commands brought about is still sent. Gives the
    /// handler back.
    pub(super) fn run(mut self) -> io::Result<H> {
        let mut max_wait = Duration::ZERO;
        while !self.stop.load(Ordering::Acquire) {
            for command in self.commands.try_iter().take(COMMANDS_PER_TURN) {
                command(&mut self.driver, &mut self.handler);
            }
            if let Some(mailbox) = &self.mailbox {
                mailbox.receive(&mut self.driver);
            }
            max_wait = self.turn(max_wait)?;
        }
        for command in self.commands.try_iter().take(COMMANDS_PER_TURN) {
            command(&mut self.driver, &mut self.handler);
        }
        self.turn(Duration::ZERO)?;
        Ok(self.handler)
    }

    fn turn(&mut self, max_wait: Duration) -> io::Result<Duration> {
        let Worker { driver, handler, .. } = self;
        for (key, event) in driver.turn(max_wait)? {
            handler.event(driver, &key, event);
        }
        let max_wait = handler.turned(driver);
        if let Some(mailbox) = &self.mailbox {
            mailbox.send(driver);
        }
        Ok(max_wait)
    }
}
