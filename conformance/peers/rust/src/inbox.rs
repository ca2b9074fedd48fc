//! All that a program waits for, in one queue: lines of the harness and datagrams.

use std::io::BufRead;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Datagrams that wait; more of them stay with the kernel.
const WAITING_MAX: usize = 512;

/// A datagram that arrived.
#[derive(Debug)]
pub struct Datagram {
    /// When.
    pub at: Instant,
    /// Which sockets it belongs to; those of an earlier peer connection do not matter any more.
    pub sockets: u64,
    /// The address that it arrived at.
    pub local: SocketAddr,
    /// Who sent it.
    pub remote: SocketAddr,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// A request.
    Request(Value),
    /// A datagram.
    Datagram(Datagram),
    /// Standard input ended.
    End,
    /// Nothing until the time was over.
    Nothing,
}

/// The queue.
#[derive(Debug)]
pub struct Inbox {
    sender: SyncSender<Input>,
    receiver: Receiver<Input>,
}

impl Inbox {
    /// A queue with the lines of standard input.
    pub fn new() -> Self {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let lines = sender.clone();
        std::thread::spawn(move || follow(&lines));
        Inbox { sender, receiver }
    }

    /// For who puts datagrams in.
    pub fn sender(&self) -> SyncSender<Input> {
        self.sender.clone()
    }

    /// Waits for the next.
    pub fn next(&self, until: Instant) -> Input {
        // A stack that asks to be woken in the past still has to let others run.
        let wait = until.saturating_duration_since(Instant::now()).max(Duration::from_micros(200));
        match self.receiver.recv_timeout(wait) {
            Ok(input) => input,
            Err(RecvTimeoutError::Timeout) => Input::Nothing,
            Err(RecvTimeoutError::Disconnected) => Input::End,
        }
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Inbox::new()
    }
}

fn follow(inbox: &SyncSender<Input>) {
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let input = match serde_json::from_str(&line) {
            Ok(request) => Input::Request(request),
            Err(error) => {
                eprintln!("not a request: {line}: {error}");
                continue;
            }
        };
        if inbox.send(input).is_err() {
            return;
        }
    }
    let _ = inbox.send(Input::End);
}
