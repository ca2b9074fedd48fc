//! What runs on a shard's thread.

use std::hash::Hash;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::handler::Handler;
use super::mailbox::Mailbox;
use super::shard::Command;
use crate::mio::MultiDriver;

/// Commands carried out per turn, so that a flood of them does not keep packets waiting.
const COMMANDS_PER_TURN: usize = 256;

/// The loop of one shard.
pub(super) struct Worker<K, H> {
    pub(super) driver: MultiDriver<K>,
    pub(super) handler: H,
    pub(super) commands: Receiver<Command<K, H>>,
    pub(super) stop: Arc<AtomicBool>,
    /// For shards that share a port.
    pub(super) mailbox: Option<Mailbox>,
}

impl<K: Clone + Eq + Hash, H: Handler<K>> Worker<K, H> {
    /// Turns until asked to stop; then what the last commands brought about is still sent. Gives
    /// the handler back.
    pub(super) fn run(mut self) -> io::Result<H> {
        let mut max_wait = Duration::ZERO;
        while !self.stop.load(Ordering::Acquire) {
            if self.run_commands() {
                max_wait = Duration::ZERO;
            }
            max_wait = self.turn(max_wait)?;
        }
        self.run_commands();
        self.turn(Duration::ZERO)?;
        Ok(self.handler)
    }

    /// True when more may wait.
    fn run_commands(&mut self) -> bool {
        for _ in 0..COMMANDS_PER_TURN {
            match self.commands.try_recv() {
                Ok(command) => command(&mut self.driver, &mut self.handler),
                Err(_) => return false,
            }
        }
        true
    }

    fn turn(&mut self, max_wait: Duration) -> io::Result<Duration> {
        let Worker { driver, handler, mailbox, .. } = self;
        let mut max_wait = max_wait;
        if let Some(mailbox) = mailbox {
            mailbox.send(driver);
            if mailbox.receive(driver) {
                max_wait = Duration::ZERO;
            }
        }
        for (key, event) in driver.turn(max_wait)? {
            handler.event(driver, &key, event);
        }
        if let Some(mailbox) = mailbox {
            mailbox.send(driver);
        }
        Ok(handler.turned(driver))
    }
}
