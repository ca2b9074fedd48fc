//! A server in this process and WebSocket clients to it.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use lapwing_rooms::protocol::signalling::{
    ClientMessage, ErrorCode, ServerMessage, VERSION, Welcome,
};
use lapwing_rooms::server::{Server, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// A direct-mode server on any loopback port.
pub(super) fn config() -> ServerConfig {
    ServerConfig::new(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
}

/// A running server.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    pub(super) async fn start(config: ServerConfig) -> Self {
        let server = Server::bind(config).await.expect("loopback can be listened on");
        let address = server.local_addr().expect("it listens");
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            server.run(stopped).await.expect("the server runs");
        });
        Running { address, stop, task }
    }

    /// Tells the server to end, and waits for it.
    pub(super) async fn stop(self) {
        self.stop.send(()).expect("the server runs");
        self.task.await.expect("the server does not panic");
    }

    pub(super) async fn client(&self, path: &str) -> Client {
        let stream = TcpStream::connect(self.address).await.expect("the server listens");
        let url = format!("ws://{}{path}", self.address);
        let (socket, _) =
            tokio_tungstenite::client_async(url, stream).await.expect("it is a WebSocket");
        Client { socket }
    }

    /// Joins a room and gives the welcome.
    pub(super) async fn join(&self, path: &str, resume: Option<String>) -> (Client, Welcome) {
        let mut client = self.client(path).await;
        client.send(&join("Ada", resume)).await;
        let ServerMessage::Welcome(welcome) = client.next().await else {
            panic!("a welcome comes first")
        };
        (client, welcome)
    }
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
pub(super) struct Client<S = TcpStream> {
    pub(super) socket: WebSocketStream<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(super) async fn send(&mut self, message: &ClientMessage) {
        self.text(&serde_json::to_string(message).expect("messages are plain data")).await;
    }

    pub(super) async fn text(&mut self, text: &str) {
        self.raw(Message::text(text)).await;
    }

    pub(super) async fn raw(&mut self, message: Message) {
        self.socket.send(message).await.expect("the socket is open");
    }

    /// The next message of the protocol.
    pub(super) async fn next(&mut self) -> ServerMessage {
        loop {
            match self.socket.next().await.expect("the socket is open").expect("it works") {
                Message::Text(text) => {
                    return serde_json::from_str(&text).expect("it is of the protocol");
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("a text is expected, not {other:?}"),
            }
        }
    }

    pub(super) async fn error(&mut self) -> ErrorCode {
        match self.next().await {
            ServerMessage::Error(error) => error.code,
            other => panic!("an error is expected, not {other:?}"),
        }
    }

    /// The code with which the server closes, or `None` when it just goes.
    pub(super) async fn close_code(&mut self) -> Option<CloseCode> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("a close is expected, not {other:?}"),
                Some(Err(_)) | None => return None,
            }
        }
    }
}
