//! One WebSocket's task: passes messages between the wire and the hub.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::shared::{Outgoing, Shared};
use crate::protocol::signalling::Mode;

/// How often a client is pinged: three pongs may be lost within the idle time.
const PING_EVERY: Duration = Duration::from_secs(15);

/// How long one message may take to be written: after that the client does not read.
const WRITE_TIME_MAX: Duration = Duration::from_secs(10);

/// How long the client has to answer a close.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(2);

/// Close code for a message that is too big (RFC 6455 section 7.4.1).
const CLOSE_TOO_BIG: u16 = 1009;

/// Runs until either side ends it.
pub(super) async fn run(
    mut socket: WebSocket,
    shared: Arc<Shared>,
    room: String,
    mode: Option<Mode>,
) {
    let (id, mut outgoing) = shared.open(&room, mode);
    let mut ping = interval(PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let close_code = loop {
        tokio::select! {
            out = outgoing.recv() => match out {
                Some(Outgoing::Text(text)) => {
                    if !write(&mut socket, Message::Text(text.into())).await { break None }
                }
                Some(Outgoing::Close(code)) => break Some(code),
                None => break None,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Text(text))) => shared.with(|hub, now| hub.text(id, &text, now)),
                Some(Ok(Message::Binary(_))) => shared.with(|hub, now| hub.binary(id, now)),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                    shared.with(|hub, now| hub.heard(id, now));
                }
                Some(Ok(Message::Close(_))) | None => break None,
                // Too big a message is the one fault after which the socket can still be written.
                Some(Err(_)) => break Some(CLOSE_TOO_BIG),
            },
            _ = ping.tick() => {
                if !write(&mut socket, Message::Ping(Vec::new().into())).await { break None }
            }
        }
    };
    shared.closed(id);
    if let Some(code) = close_code {
        close(socket, code).await;
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
