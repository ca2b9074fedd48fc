//! WebSocket clients to a server, which may be gone.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use lapwing_rooms::protocol::signalling::{ClientMessage, ServerMessage, VERSION};
use lapwing_rooms::server::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A direct-mode server on any loopback port.
pub(super) fn config() -> ServerConfig {
    ServerConfig::new(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
}

pub(super) fn join(name: &str, resume: Option<String>) -> ClientMessage {
    ClientMessage::Join {
        version: VERSION,
        name: name.to_owned(),
        resume,
        password: None,
        owner: None,
    }
}

/// A WebSocket to the server.
pub(super) struct Client<S> {
    pub(super) socket: WebSocketStream<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Sends a message.
    pub(super) async fn try_send(&mut self, message: &ClientMessage) -> Result<(), Error> {
        let text = serde_json::to_string(message).expect("messages are plain data");
        self.socket.send(Message::text(text)).await
    }

    /// The next frame: a message of the protocol, or none in it.
    pub(super) async fn try_any(&mut self) -> Result<Option<ServerMessage>, Error> {
        match self.socket.next().await.ok_or(Error::ConnectionClosed)?? {
            Message::Text(text) => {
                Ok(Some(serde_json::from_str(&text).expect("it is of the protocol")))
            }
            Message::Close(_) => Err(Error::ConnectionClosed),
            _ => Ok(None),
        }
    }

    /// The next message of the protocol.
    pub(super) async fn try_next(&mut self) -> Result<ServerMessage, Error> {
        loop {
            if let Some(message) = self.try_any().await? {
                return Ok(message);
            }
        }
    }
}
