//! Which datagrams may leave in one system call.

use std::io;
use std::os::fd::AsFd;

use lapwing_engine::Transmit;

/// Bytes of one segmented send: what fits an IPv4 packet with its IP and UDP headers.
const TRAIN_BYTES_MAX: usize = 65_535 - 20 - 8;

/// How many datagrams from the first on can leave as one segmented send: same destination, same
/// mark, same size, but for the last, which may be smaller. Empty datagrams go alone.
pub(crate) fn gso_run(transmits: &[Transmit], segments_max: usize) -> usize {
    let Some(first) = transmits.first() else { return 0 };
    let size = first.contents.len();
    if size == 0 {
        return 1;
    }
    let longest = segments_max.min(TRAIN_BYTES_MAX / size).max(1);
    let mut run = 1;
    for next in transmits.iter().take(longest).skip(1) {
        let alike = next.destination == first.destination && next.ecn == first.ecn;
        let fits = (1..=size).contains(&next.contents.len());
        if !alike || !fits {
            break;
        }
        run += 1;
        if next.contents.len() < size {
            break;
        }
    }
    run
}

/// Sends unmarked datagrams from the first on with one `sendmmsg`, and gives how many left: at
/// least one, as an error is that of the first. `None` when that is no gain: a single one, or one
/// that is marked, which takes a control message.
#[cfg(target_os = "linux")]
pub(super) fn send_many(io: &impl AsFd, transmits: &[Transmit]) -> Option<io::Result<usize>> {
    use std::io::IoSlice;

    use rustix::net::addr::SocketAddrArg;
    use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

    let unmarked = transmits.iter().take(SEND_BATCH).take_while(|next| next.ecn.is_none()).count();
    if unmarked < 2 {
        return None;
    }
    let transmits = &transmits[..unmarked];
    let addresses: Vec<SocketAddrAny> =
        transmits.iter().map(|transmit| transmit.destination.as_any()).collect();
    let slices: Vec<[IoSlice<'_>; 1]> =
        transmits.iter().map(|transmit| [IoSlice::new(&transmit.contents)]).collect();
    let mut controls: Vec<SendAncillaryBuffer<'_, '_, '_>> = Vec::new();
    controls.resize_with(transmits.len(), SendAncillaryBuffer::default);
    let parts = addresses.iter().zip(&slices).zip(&mut controls);
    let mut headers: Vec<MMsgHdr<'_>> = parts
        .map(|((address, slice), control)| MMsgHdr::new_with_addr(address, slice, control))
        .collect();
    let sent = rustix::io::retry_on_intr(|| sendmmsg(io, &mut headers, SendFlags::empty()));
    Some(sent.map_err(io::Error::from))
}

/// Other systems have no `sendmmsg`.
#[cfg(not(target_os = "linux"))]
pub(super) fn send_many(_io: &impl AsFd, _transmits: &[Transmit]) -> Option<io::Result<usize>> {
    None
}

/// Datagrams of one `sendmmsg`. The gain is in the first few; more would only hold memory.
#[cfg(target_os = "linux")]
const SEND_BATCH: usize = 32;

#[cfg(test)]
mod tests {
    use lapwing_engine::{Ecn, Protocol};

    use super::*;

    fn transmit(port: u16, ecn: Option<Ecn>, size: usize) -> Transmit {
        Transmit {
            protocol: Protocol::Udp,
            source: ([192, 0, 2, 1], 5000).into(),
            destination: ([192, 0, 2, 2], port).into(),
            ecn,
            contents: vec![7; size],
        }
    }

    fn run(sizes: &[usize], segments_max: usize) -> usize {
        let transmits: Vec<Transmit> = sizes.iter().map(|size| transmit(1, None, *size)).collect();
        gso_run(&transmits, segments_max)
    }

    #[test]
    fn a_train_ends_with_the_first_smaller_one() {
        assert_eq!(run(&[], 64), 0);
        assert_eq!(run(&[100], 64), 1);
        assert_eq!(run(&[100, 100, 100], 64), 3);
        assert_eq!(run(&[100, 100, 60, 100], 64), 3);
        assert_eq!(run(&[60, 100], 64), 1);
        assert_eq!(run(&[100, 0, 100], 64), 1);
        assert_eq!(run(&[0, 0], 64), 1);
    }

    #[test]
    fn a_train_has_as_many_segments_and_bytes_as_the_kernel_takes() {
        assert_eq!(run(&[100; 80], 64), 64);
        assert_eq!(run(&[100; 80], 1), 1);
        assert_eq!(run(&[1_400; 80], 64), TRAIN_BYTES_MAX / 1_400);
        assert_eq!(run(&[65_507, 65_507], 64), 1);
    }

    #[test]
    fn a_train_has_one_destination_and_one_mark() {
        let ports = [1, 1, 2].map(|port| transmit(port, None, 100));
        assert_eq!(gso_run(&ports, 64), 2);
        let marks = [Some(Ecn::Ect0), Some(Ecn::Ect0), None].map(|ecn| transmit(1, ecn, 100));
        assert_eq!(gso_run(&marks, 64), 2);
    }
}
