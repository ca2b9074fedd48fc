//! One UDP socket under any runtime.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::AsFd;

use lapwing_engine::{Datagram, Ecn, Protocol, Transmit};
use quinn_udp::{EcnCodepoint, RecvMeta, UdpSockRef, UdpSocketState};

use super::batch::{self, gso_run};
use super::open::without_timestamps;
use crate::counters::Counters;

/// Buffers given to one receive call. Each takes one datagram, or a whole train of them where the
/// kernel coalesces (GRO), so that a call gives up to 16 x 64 datagrams.
const RECEIVE_BATCH: usize = 16;

/// Size of each: the largest payload of UDP, and the most that the kernel coalesces.
const RECEIVE_BYTES: usize = 65_535;

/// A UDP socket that is known to a runtime.
pub trait Socket: AsFd + fmt::Debug {
    /// Reads without waiting. Runtimes that keep a readiness flag clear it on `WouldBlock`.
    fn try_read<T>(&self, read: impl FnOnce() -> io::Result<T>) -> io::Result<T>;
}

/// Memory that datagrams are received into. Untouched parts of it cost nothing.
pub(crate) struct Buffers {
    bytes: Vec<u8>,
    meta: [RecvMeta; RECEIVE_BATCH],
}

impl Buffers {
    pub(crate) fn new() -> Self {
        let bytes = vec![0; RECEIVE_BATCH * RECEIVE_BYTES];
        Buffers { bytes, meta: [RecvMeta::default(); RECEIVE_BATCH] }
    }

    /// Whether a receive call that filled as many may have left some.
    #[cfg(feature = "mio")]
    pub(crate) fn is_full(filled: usize) -> bool {
        filled == RECEIVE_BATCH
    }

    /// The datagrams of the first `filled` buffers, which came to `destination`.
    pub(crate) fn datagrams(
        &self,
        filled: usize,
        destination: SocketAddr,
    ) -> impl Iterator<Item = Datagram<'_>> {
        let received = self.meta.iter().zip(self.bytes.chunks_exact(RECEIVE_BYTES)).take(filled);
        received.flat_map(move |(meta, chunk)| {
            let ecn = meta.ecn.and_then(|ecn| Ecn::from_bits(ecn as u8));
            let (protocol, source) = (Protocol::Udp, meta.addr);
            // A stride of zero comes with an empty datagram, which `chunks` hands out as none.
            let contents = chunk[..meta.len].chunks(meta.stride.max(1));
            contents.map(move |contents| Datagram { protocol, source, destination, ecn, contents })
        })
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buffers")
    }
}

/// A socket with its address and what its kernel can do.
#[derive(Debug)]
pub(crate) struct Udp<S> {
    io: S,
    state: UdpSocketState,
    local: SocketAddr,
}

impl<S: Socket> Udp<S> {
    /// Takes a bound socket.
    pub(crate) fn new(io: S, local: SocketAddr) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        without_timestamps(&io)?;
        Ok(Udp { io, state, local })
    }

    /// What it is bound to.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// The runtime's socket.
    pub(crate) fn io(&self) -> &S {
        &self.io
    }

    /// Receives one batch and hands out its datagrams; gives their number. `WouldBlock` when
    /// nothing waits.
    pub(crate) fn receive(
        &self,
        buffers: &mut Buffers,
        mut each: impl FnMut(Datagram<'_>),
    ) -> io::Result<usize> {
        let filled = self.fill(buffers)?;
        let mut count = 0;
        for datagram in buffers.datagrams(filled, self.local) {
            each(datagram);
            count += 1;
        }
        Ok(count)
    }

    /// Receives one batch, and gives how many buffers it filled. `WouldBlock` when nothing waits.
    pub(crate) fn fill(&self, buffers: &mut Buffers) -> io::Result<usize> {
        let Buffers { bytes, meta } = buffers;
        self.io.try_read(|| {
            let mut slices = bytes.chunks_exact_mut(RECEIVE_BYTES).map(IoSliceMut::new);
            let mut slices: [_; RECEIVE_BATCH] =
                std::array::from_fn(|_| slices.next().expect("one chunk per buffer"));
            self.state.recv(UdpSockRef::from(&self.io), &mut slices, meta)
        })
    }

    /// Sends everything, in order per destination: trains of equal datagrams to one destination
    /// as one segmented send (GSO), the others by `sendmmsg`. What the system does not take is
    /// counted and dropped, as the network does.
    pub(crate) fn send_all(&self, transmits: &[Transmit], scratch: &mut Vec<u8>, n: &mut Counters) {
        let mut rest = transmits;
        let mut singles = 0;
        while singles < rest.len() {
            let run = gso_run(&rest[singles..], self.state.max_gso_segments());
            if run == 1 {
                singles += 1;
                continue;
            }
            let (before, from_run) = rest.split_at(singles);
            self.send_singles(before, n);
            let (train, after) = from_run.split_at(run);
            self.send_train(train, scratch, n);
            (rest, singles) = (after, 0);
        }
        self.send_singles(rest, n);
    }

    fn send_train(&self, train: &[Transmit], scratch: &mut Vec<u8>, n: &mut Counters) {
        scratch.clear();
        for transmit in train {
            scratch.extend_from_slice(&transmit.contents);
        }
        let segment = train[0].contents.len();
        match self.try_send(&train[0], scratch, Some(segment)) {
            Ok(()) => count_sent(train.len(), n),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                n.send_blocked += train.len() as u64;
            }
            // The interface may not segment; quinn-udp does not try again after the first time.
            Err(_) => self.send_singles(train, n),
        }
    }

    fn send_singles(&self, singles: &[Transmit], n: &mut Counters) {
        let mut rest = singles;
        while let Some(first) = rest.first() {
            let single = || self.try_send(first, &first.contents, None).map(|()| 1);
            let left = batch::send_many(&self.io, rest).unwrap_or_else(single);
            let done = match left {
                Ok(sent) => {
                    count_sent(sent, n);
                    sent
                }
                Err(error) => {
                    count_error(&error, n);
                    1
                }
            };
            rest = &rest[done..];
        }
    }

    fn try_send(
        &self,
        first: &Transmit,
        contents: &[u8],
        segment: Option<usize>,
    ) -> io::Result<()> {
        let transmit = quinn_udp::Transmit {
            destination: first.destination,
            ecn: first.ecn.and_then(|ecn| EcnCodepoint::from_bits(ecn as u8)),
            contents,
            segment_size: segment,
            src_ip: None,
        };
        self.state.try_send(UdpSockRef::from(&self.io), &transmit)
    }
}

fn count_sent(datagrams: usize, n: &mut Counters) {
    n.sent += datagrams as u64;
    n.send_calls += 1;
}

fn count_error(error: &io::Error, n: &mut Counters) {
    if error.kind() == io::ErrorKind::WouldBlock {
        n.send_blocked += 1;
    } else {
        tracing::trace!(%error, "datagram not sent");
        n.send_errors += 1;
    }
}

#[cfg(test)]
mod tests;
