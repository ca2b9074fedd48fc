//! One WebSocket's task: passes messages between the wire and the hub.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::shared::{Outgoing, Shared};
use crate::hub::ConnectionId;
use crate::protocol::signalling::{Mode, PING_SECONDS};

/// How often a client is pinged.
const PING_EVERY: Duration = Duration::from_secs(PING_SECONDS as u64);

/// How long one message may take to be written: after that the client does not read.
const WRITE_TIME_MAX: Duration = Duration::from_secs(10);

/// How long the client has to answer a close.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(2);

/// Close code for a message that is too big (RFC 6455 section 7.4.1).
const CLOSE_TOO_BIG: u16 = 1009;

/// Who opened a socket and what for.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) room: String,
    pub(super) mode: Option<Mode>,
    pub(super) from: IpAddr,
}

/// Tells the hub that the socket is gone, also when its task panics or is dropped.
struct Open<'a> {
    shared: &'a Shared,
    id: ConnectionId,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.shared.closed(self.id);
    }
}

/// Runs until either side ends it.
pub(super) async fn run(mut socket: WebSocket, shared: Arc<Shared>, visit: Visit) {
    let opened = shared.open(&visit.room, visit.mode, visit.from);
    let Some((id, outgoing)) = opened else { return };
    let open = Open { shared: &shared, id };
    let close_code = pass_on(&mut socket, &open, outgoing).await;
    drop(open);
    if let Some(code) = close_code {
        close(socket, code).await;
    }
}

/// Passes messages on until there are no more, and gives the code to close with.
async fn pass_on(
    socket: &mut WebSocket,
    open: &Open<'_>,
    mut outgoing: mpsc::Receiver<Outgoing>,
) -> Option<u16> {
    let Open { shared, id } = open;
    let mut ping = interval(PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            out = outgoing.recv() => match out {
                Some(Outgoing::Text(text, share)) => {
                    if !write(socket, Message::Text(text.into())).await { return None }
                    drop(share);
                }
                Some(Outgoing::Close(code)) => return Some(code),
                None => return None,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Text(text))) => shared.with(|hub, now| hub.text(*id, &text, now)),
                Some(Ok(Message::Binary(_))) => shared.with(|hub, now| hub.binary(*id, now)),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                    shared.with(|hub, now| hub.heard(*id, now));
                }
                Some(Ok(Message::Close(_))) | None => return None,
                // Too big a message is the one fault after which the socket can still be written.
                Some(Err(_)) => return Some(CLOSE_TOO_BIG),
            },
            _ = ping.tick() => {
                if !write(socket, Message::Ping(Vec::new().into())).await { return None }
            }
        }
    }
}

async fn write(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(WRITE_TIME_MAX, socket.send(message)).await, Ok(Ok(())))
}

/// Closes and waits for the answer, so that what was written before is not lost with a reset.
async fn close(mut socket: WebSocket, code: u16) {
    let frame = CloseFrame { code, reason: "".into() };
    if write(&mut socket, Message::Close(Some(frame))).await {
        let answer = async { while let Some(Ok(_)) = socket.recv().await {} };
        // A client that does not answer in time is left alone.
        let _ = timeout(CLOSE_TIME_MAX, answer).await;
    }
}
