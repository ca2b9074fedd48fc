//! A UDP socket on each address.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use crate::{Datagram, Input, addresses};

/// How soon a reader notices that it is not needed any more.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The largest datagram.
const DATAGRAM_MAX: usize = 65_536;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Sockets of one peer connection. Their readers end with it.
#[derive(Debug)]
pub struct Sockets {
    /// Which these are: [`Datagram::sockets`].
    pub number: u64,
    all: Vec<(SocketAddr, UdpSocket)>,
    over: Arc<AtomicBool>,
}

impl Sockets {
    /// Binds one on each address; what arrives goes into the inbox.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub fn open(inbox: &SyncSender<Input>) -> io::Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut sockets = Sockets { number, all: Vec::new(), over: over.clone() };
        for address in addresses()? {
            let socket = UdpSocket::bind((address, 0))?;
            socket.set_read_timeout(Some(LOOK_EVERY))?;
            let local = socket.local_addr()?;
            let (reader, over, inbox) = (socket.try_clone()?, over.clone(), inbox.clone());
            std::thread::spawn(move || read(number, local, &reader, &over, &inbox));
            sockets.all.push((local, socket));
        }
        Ok(sockets)
    }

    /// Their addresses.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.all.iter().map(|(local, _)| *local).collect()
    }

    /// Sends from one of them. What the network refuses is lost, as on any network.
    pub fn send(&self, local: SocketAddr, remote: SocketAddr, bytes: &[u8]) {
        let Some((_, socket)) = self.all.iter().find(|(address, _)| *address == local) else {
            eprintln!("no socket has the address {local}");
            return;
        };
        if let Err(error) = socket.send_to(bytes, remote) {
            eprintln!("{local} to {remote}: {error}");
        }
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn read(
    sockets: u64,
    local: SocketAddr,
    socket: &UdpSocket,
    over: &AtomicBool,
    inbox: &SyncSender<Input>,
) {
    let mut buffer = vec![0; DATAGRAM_MAX];
    while !over.load(Ordering::Relaxed) {
        // An error is a timeout, or the word of a router that the far port is closed: neither ends a socket.
        let Ok((size, remote)) = socket.recv_from(&mut buffer) else { continue };
        let bytes = buffer[..size].to_vec();
        let datagram = Datagram { at: Instant::now(), sockets, local, remote, bytes };
        if inbox.send(Input::Datagram(datagram)).is_err() {
            return;
        }
    }
}
