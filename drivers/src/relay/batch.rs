//! Payloads that came in one go, on their way out: none is copied.

use std::net::SocketAddr;

use lapwing_engine::Ecn;
use lapwing_engine::turn::server::Header;

/// Through which socket something leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// A listener's, by its place.
    Listener(u16),
    /// A relayed one's, by its place.
    Relay(usize),
}

/// A datagram in its parts.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) way: Way,
    pub(super) to: SocketAddr,
    pub(super) ecn: Option<Ecn>,
    pub(super) header: Header,
    pub(super) payload: &'a [u8],
    pub(super) padding: u8,
}

/// Zeros of which padding is.
pub(super) static ZEROS: [u8; 3] = [0; 3];

/// Bytes of one segmented send: what fits an IPv4 packet with its IP and UDP headers.
const TRAIN_BYTES_MAX: usize = 65_535 - 20 - 8;

/// Segments of one send: what Linux takes.
const TRAIN_SEGMENTS_MAX: usize = 64;

impl Outgoing<'_> {
    pub(super) fn len(&self) -> usize {
        self.header.as_slice().len() + self.payload.len() + usize::from(self.padding)
    }

    /// Its parts; the last may be empty.
    pub(super) fn parts(&self) -> [&[u8]; 3] {
        [self.header.as_slice(), self.payload, &ZEROS[..usize::from(self.padding)]]
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.way, self.to, self.ecn) == (other.way, other.to, other.ecn)
    }
}

/// Brings together what goes the same way, in order per destination.
pub(super) fn sort(batch: &mut [Outgoing<'_>]) {
    let is_sorted = batch.windows(2).all(|two| two[0].is_like(&two[1]));
    if !is_sorted {
        batch.sort_by_key(|one| (one.way, one.to));
    }
}

/// How many from the first on can leave as one segmented send: the same way, of the same size, but
/// for the last, which may be smaller. Empty ones go alone.
pub(super) fn train(batch: &[Outgoing<'_>]) -> usize {
    let Some(first) = batch.first() else { return 0 };
    let size = first.len();
    if size == 0 {
        return 1;
    }
    let longest = TRAIN_SEGMENTS_MAX.min(TRAIN_BYTES_MAX / size).max(1);
    let mut run = 1;
    for next in batch.iter().take(longest).skip(1) {
        if !first.is_like(next) || !(1..=size).contains(&next.len()) {
            break;
        }
        run += 1;
        if next.len() < size {
            break;
        }
    }
    run
}
