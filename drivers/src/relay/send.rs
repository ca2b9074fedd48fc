//! Sends a batch: trains by one call each, and what is left by one call for many.

use std::net::UdpSocket;

use super::batch::{Outgoing, train};

/// Sends datagrams of one way. Gives how many the system did not take: the network loses some too.
#[cfg(target_os = "linux")]
pub(super) fn send_all(socket: &UdpSocket, batch: &[Outgoing<'_>], can_segment: &mut bool) -> u64 {
    let mut lost = 0;
    let mut rest = batch;
    let mut singles = 0;
    while singles < rest.len() {
        let run = if *can_segment { train(&rest[singles..]) } else { 1 };
        if run == 1 && rest[singles].ecn.is_none() {
            singles += 1;
            continue;
        }
        lost += linux::send_singles(socket, &rest[..singles]);
        let (now, after) = rest[singles..].split_at(run);
        lost += linux::send_train(socket, now, can_segment);
        (rest, singles) = (after, 0);
    }
    lost + linux::send_singles(socket, rest)
}

/// Other systems have neither.
#[cfg(not(target_os = "linux"))]
pub(super) fn send_all(socket: &UdpSocket, batch: &[Outgoing<'_>], _can_segment: &mut bool) -> u64 {
    let sent = |one: &&Outgoing<'_>| socket.send_to(&one.parts().concat(), one.to).is_err();
    batch.iter().filter(sent).count() as u64
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, IoSlice};
    use std::net::{IpAddr, UdpSocket};
    use std::os::fd::AsRawFd;

    use nix::errno::Errno;
    use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg};
    use rustix::net::addr::SocketAddrArg;
    use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

    use super::Outgoing;

    /// Datagrams of one `sendmmsg`.
    const SINGLES_MAX: usize = 32;

    /// A train, or one datagram with a mark.
    pub(super) fn send_train(
        socket: &UdpSocket,
        train: &[Outgoing<'_>],
        can_segment: &mut bool,
    ) -> u64 {
        let Some(first) = train.first() else { return 0 };
        let segment = first.len() as u16;
        let slices: Vec<IoSlice<'_>> = train.iter().flat_map(slices).collect();
        let mark = first.ecn.map_or(0, |ecn| ecn as u8);
        let wide_mark = i32::from(mark);
        let mut controls = Vec::with_capacity(2);
        if train.len() > 1 {
            controls.push(ControlMessage::UdpGsoSegments(&segment));
        }
        if mark != 0 {
            controls.push(match first.to.ip() {
                IpAddr::V4(_) => ControlMessage::Ipv4Tos(&mark),
                IpAddr::V6(_) => ControlMessage::Ipv6TClass(&wide_mark),
            });
        }
        let to = SockaddrStorage::from(first.to);
        let flags = MsgFlags::empty();
        match sendmsg(socket.as_raw_fd(), &slices, &controls, flags, Some(&to)) {
            Ok(_) => 0,
            // The interface does not segment.
            Err(Errno::EIO | Errno::EINVAL) if train.len() > 1 => {
                tracing::debug!("no segmented sends here");
                *can_segment = false;
                train
                    .iter()
                    .map(|one| send_train(socket, std::slice::from_ref(one), &mut false))
                    .sum()
            }
            Err(_) => train.len() as u64,
        }
    }

    pub(super) fn send_singles(socket: &UdpSocket, singles: &[Outgoing<'_>]) -> u64 {
        singles.chunks(SINGLES_MAX).map(|chunk| send_chunk(socket, chunk)).sum()
    }

    fn send_chunk(socket: &UdpSocket, chunk: &[Outgoing<'_>]) -> u64 {
        let addresses: Vec<SocketAddrAny> = chunk.iter().map(|one| one.to.as_any()).collect();
        let slices: Vec<[IoSlice<'_>; 3]> = chunk.iter().map(slices).collect();
        let mut controls: Vec<SendAncillaryBuffer<'_, '_, '_>> = Vec::new();
        controls.resize_with(chunk.len(), SendAncillaryBuffer::default);
        let parts = addresses.iter().zip(&slices).zip(&mut controls);
        let mut headers: Vec<MMsgHdr<'_>> = parts
            .map(|((to, slices), control)| MMsgHdr::new_with_addr(to, slices, control))
            .collect();
        let (mut lost, mut done) = (0, 0);
        while done < headers.len() {
            let flags = SendFlags::empty();
            let sent = rustix::io::retry_on_intr(|| sendmmsg(socket, &mut headers[done..], flags));
            match sent.map_err(io::Error::from) {
                Ok(sent) => done += sent.max(1),
                // An error is that of the first.
                Err(_) => (lost, done) = (lost + 1, done + 1),
            }
        }
        lost
    }

    fn slices<'a>(one: &'a Outgoing<'_>) -> [IoSlice<'a>; 3] {
        one.parts().map(IoSlice::new)
    }
}
