//! A host under test: an engine with its application, which can die, and into which faults can be
//! put.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lapwing_engine::sdp::Description;
use lapwing_engine::{Config, PacketKind, Rtc};

use super::caller::Caller;
use super::injected::InjectedFault;
use crate::host::{Endpoint, HostCx, Overdue, RtcHost, Signal};
use crate::net::EndpointId;
use crate::packet::{Packet, PacketSpec};
use crate::time::{Clock, Time};

/// After the silence that is allowed.
const LATE_WORD: Duration = Duration::from_secs(8);
const LATE_MOVE: Duration = Duration::from_secs(1);

/// Of so many packets of media a fault takes one.
const LOSES_EVERY: u64 = 500;

/// How often a fault asks to be woken.
const SPIN: Duration = Duration::from_micros(400);

pub(super) struct Subject {
    host: RtcHost<Caller>,
    crashed: bool,
    /// Whom the caller's signals go to, and how long they take.
    peer: Option<(EndpointId, Duration)>,
    fault: Option<InjectedFault>,
    /// Where the last datagram came from, and to.
    path: Option<(SocketAddr, SocketAddr)>,
    address: Option<IpAddr>,
    /// When the fault shows, and the source it sends from.
    late: Option<(Time, SocketAddr)>,
    /// Payload types of what repairs media, as the peer says, and packets of media so far.
    repairs: BTreeSet<u8>,
    media: u64,
}

impl Subject {
    pub(super) fn new(
        config: Config,
        clock: Clock,
        caller: Caller,
        fault: Option<InjectedFault>,
    ) -> Self {
        Subject {
            host: RtcHost::new(config, clock, caller),
            crashed: false,
            peer: None,
            fault,
            path: None,
            address: None,
            late: None,
            repairs: BTreeSet::new(),
            media: 0,
        }
    }

    pub(super) fn set_peer(&mut self, peer: EndpointId, delay: Duration) {
        self.peer = Some((peer, delay));
    }

    pub(super) fn caller(&self) -> &Caller {
        self.host.application()
    }

    pub(super) fn rtc(&self) -> Option<&Rtc> {
        self.host.rtc()
    }

    pub(super) fn overdue(&self) -> Option<Overdue> {
        self.host.overdue()
    }

    pub(super) fn crash(&mut self) {
        self.crashed = true;
    }

    pub(super) fn act(
        &mut self,
        cx: &mut HostCx<'_>,
        command: impl FnOnce(&mut Rtc, &mut Caller, Instant),
    ) {
        if !self.crashed {
            self.host.act(cx, command);
            self.follow(cx);
        }
    }

    /// Carries to the peer what the caller has to say, and does what the fault does.
    fn follow(&mut self, cx: &mut HostCx<'_>) {
        let signals = std::mem::take(&mut self.host.application_mut().outbox);
        if let Some((peer, delay)) = self.peer {
            for signal in signals {
                cx.mail(peer, signal.to_bytes(), delay);
            }
        }
        self.misbehave(cx);
    }

    /// The fault takes a packet before the engine sees it.
    fn takes(&mut self, packet: &Packet) -> bool {
        let bytes = packet.payload();
        if self.fault != Some(InjectedFault::LosesPackets)
            || PacketKind::of(bytes) != Some(PacketKind::Rtp)
        {
            return false;
        }
        let payload_type = bytes.get(1).map_or(0, |byte| byte & 0x7f);
        if self.repairs.contains(&payload_type) {
            return true;
        }
        self.media += 1;
        self.media.is_multiple_of(LOSES_EVERY)
    }

    /// What the fault does.
    fn misbehave(&mut self, cx: &mut HostCx<'_>) {
        let Some((_, local)) = self.path else { return };
        let now = cx.now();
        match self.fault {
            Some(InjectedFault::SendsAfterClose) if self.caller().closed.is_some() => {
                self.late.get_or_insert((now + LATE_WORD, local));
            }
            Some(InjectedFault::SendsFromOldAddress) => {
                let address = cx.address();
                let old = std::mem::replace(&mut self.address, address);
                if let (Some(old), Some(new)) = (old, address)
                    && old != new
                {
                    let source = SocketAddr::new(old, local.port());
                    self.late.get_or_insert((now + LATE_MOVE, source));
                }
            }
            Some(InjectedFault::Spins) => cx.wake_at(now + SPIN),
            _ => {}
        }
        let Some((at, source)) = self.late else { return };
        if now < at {
            cx.wake_at(at);
        } else if self.fault.take().is_some()
            && let Some((remote, _)) = self.path
        {
            // A STUN indication: it needs nobody's consent.
            let mut payload = vec![0, 0x11, 0, 0];
            payload.resize(20, 0);
            cx.send(PacketSpec::udp(source, remote, payload));
        }
    }
}

impl Endpoint for Subject {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.host.start(cx);
        self.follow(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        if !self.crashed && !self.takes(&packet) {
            self.path = Some((packet.source(), packet.destination()));
            self.host.receive(packet, cx);
            self.follow(cx);
        }
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        if !self.crashed {
            self.host.wake(cx);
            self.follow(cx);
        }
    }

    fn mail(&mut self, _: EndpointId, mail: Vec<u8>, cx: &mut HostCx<'_>) {
        if let Some(signal) = Signal::parse(&mail) {
            if let Signal::Description(description) = &signal {
                self.repairs.extend(repairs(&description.sdp));
            }
            self.act(cx, |rtc, caller, now| caller.on_signal(signal, rtc, now));
        }
    }

    fn interfaces_changed(&mut self, cx: &mut HostCx<'_>) {
        if !self.crashed {
            self.host.interfaces_changed(cx);
            self.follow(cx);
        }
    }
}

/// Payload types that a description gives to retransmissions (RFC 4588 section 8.1).
fn repairs(sdp: &str) -> Vec<u8> {
    let lines = Description::parse(sdp).map(|description| description.media).unwrap_or_default();
    let formats = lines.iter().flat_map(|line| &line.formats);
    let repairs = formats.filter(|format| format.apt().is_some());
    repairs.filter_map(|format| Some(format.payload_type()?.0)).collect()
}
