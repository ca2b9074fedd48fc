//! Payloads of one batch, on their way to peers and clients.

use std::net::TcpListener;
use std::os::fd::{AsRawFd, RawFd};

use lapwing_engine::Ecn;
use lapwing_engine::turn::server::{Forward, Route};

use super::batch::{self, Outgoing, Way};
use super::connections::Connections;
use super::relays::{Plain, Relays};
use super::send;
use crate::sockets::Udp;

/// Where clients come to.
#[derive(Debug)]
pub(super) enum Listening {
    Udp(Udp<Plain>),
    Tcp(TcpListener),
    Tls(TcpListener),
}

impl Listening {
    pub(super) fn descriptor(&self) -> RawFd {
        match self {
            Listening::Udp(udp) => udp.io().0.as_raw_fd(),
            Listening::Tcp(listener) | Listening::Tls(listener) => listener.as_raw_fd(),
        }
    }
}

/// Payloads of one batch on their way.
pub(super) struct Outbox<'a, 'b> {
    listening: &'b [Listening],
    connections: &'b mut Connections,
    batch: Vec<Outgoing<'a>>,
    /// Connections that have something to write.
    pub(super) touched: Vec<usize>,
}

impl<'a, 'b> Outbox<'a, 'b> {
    pub(super) fn new(listening: &'b [Listening], connections: &'b mut Connections) -> Self {
        Outbox { listening, connections, batch: Vec::new(), touched: Vec::new() }
    }

    pub(super) fn push(&mut self, forward: Forward<'a>, ecn: Option<Ecn>) {
        let (way, to) = match forward.route {
            Route::Peer { relay, peer } => (Way::Relay(relay.index()), peer),
            Route::Client(client) => {
                let listener = self.listening.get(usize::from(client.listener.0));
                if !matches!(listener, Some(Listening::Udp(_))) {
                    let Some((place, connection)) = self.connections.of(client) else { return };
                    connection.push(forward.len(), |waits| forward.write(waits));
                    if self.touched.last() != Some(&place) {
                        self.touched.push(place);
                    }
                    return;
                }
                (Way::Listener(client.listener.0), client.address)
            }
        };
        let Forward { header, payload, padding, .. } = forward;
        self.batch.push(Outgoing { way, to, ecn, header, payload, padding });
    }

    /// Sends what goes by datagrams; gives how many were lost.
    pub(super) fn send(&mut self, relays: &Relays, can_segment: &mut bool) -> u64 {
        batch::sort(&mut self.batch);
        let mut lost = 0;
        for group in self.batch.chunk_by(|a, b| a.way == b.way) {
            let socket = match group[0].way {
                Way::Relay(place) => relays.at(place).map(|relay| &relay.udp),
                Way::Listener(place) => match self.listening.get(usize::from(place)) {
                    Some(Listening::Udp(udp)) => Some(udp),
                    _ => None,
                },
            };
            lost += match socket {
                Some(udp) => send::send_all(&udp.io().0, group, can_segment),
                None => group.len() as u64,
            };
        }
        lost
    }
}
