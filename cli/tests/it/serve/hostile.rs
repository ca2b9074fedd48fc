//! Clients that do their worst to a server of its own process, each from an address of its own,
//! while a good one goes on; and what the process takes for it.

use std::io::BufRead;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};

use futures_util::{SinkExt, StreamExt};
use lapwing_rooms::limits::ADDRESS_BYTES_MAX;
use lapwing_rooms::protocol::signalling::{ClientMessage, ErrorCode, SDP_BYTES_MAX, ServerMessage};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::client::join;

/// What one address may make the process take: what may wait on its behalf, its sockets with a
/// message half read and one half written on each, and the work on one at a time.
const GROWTH_MAX: usize = ADDRESS_BYTES_MAX + 128 * 600 * 1024;

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lapwing"))
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        let mut stdout = std::io::BufReader::new(stdout);
        stdout.read_line(&mut line).expect("it says where it listens");
        // The rest is read so that it can go on writing.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let said: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
        let url = said["url"].as_str().expect("a link");
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        Server { child, address: address.parse().expect("an address") }
    }

    /// The most memory that the process has had, in bytes.
    fn memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).expect("it has a size");
        kib.parse::<usize>().expect("a number") * 1024
    }

    async fn tcp(&self, from: u8) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, from)), 0))?;
        socket.connect(self.address).await
    }

    async fn socket(&self, from: u8, room: &str) -> Option<WebSocketStream<TcpStream>> {
        let stream = self.tcp(from).await.ok()?;
        let url = format!("ws://{}/ws/{room}", self.address);
        Some(tokio_tungstenite::client_async(url, stream).await.ok()?.0)
    }

    async fn joined(&self, from: u8, room: &str) -> Option<WebSocketStream<TcpStream>> {
        let mut socket = self.socket(from, room).await?;
        send(&mut socket, &join("Eve", None)).await.then_some(socket)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which the test has seen.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, message: &ClientMessage) -> bool {
    let text = serde_json::to_string(message).expect("plain data");
    socket.send(Message::text(text)).await.is_ok()
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> ServerMessage {
    loop {
        match socket.next().await.expect("the socket is open").expect("it works") {
            Message::Text(text) => return serde_json::from_str(&text).expect("of the protocol"),
            _ => continue,
        }
    }
}

/// A good client from an address of its own comes in and is answered, whatever another does.
async fn is_served(server: &Server, from: u8) {
    let mut ada = server.joined(from, &format!("good-{from}")).await.expect("it gets in");
    assert!(matches!(next(&mut ada).await, ServerMessage::Welcome(_)));
    for n in 0..20 {
        assert!(send(&mut ada, &ClientMessage::Ping { n }).await);
        assert_eq!(next(&mut ada).await, ServerMessage::Pong { n });
    }
    assert!(send(&mut ada, &ClientMessage::Leave).await);
}

fn offer(sdp: &str) -> String {
    format!(
        r#"{{"type":"description","peer":"server","description":{{"type":"offer","sdp":"{sdp}"}}}}"#
    )
}

#[tokio::test]
async fn floods_of_sockets_rooms_and_joins_stay_within_one_address() {
    let server = Server::start();
    let mut held = Vec::new();
    let mut refused = 0;
    for n in 0..200 {
        let Some(mut socket) = server.joined(66, &format!("room-{n}")).await else { continue };
        if let ServerMessage::Error(error) = next(&mut socket).await {
            assert_eq!(error.code, ErrorCode::TooManyConnections);
            refused += 1;
        }
        held.push(socket);
    }
    assert!(refused > 100, "{refused}");
    is_served(&server, 2).await;
    // Half a request on each of as many connections as it gets.
    let mut half = Vec::new();
    for _ in 0..2_500 {
        let Ok(mut stream) = server.tcp(67).await else { break };
        // One that was dropped at once cannot be written to.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: loc").await;
        half.push(stream);
    }
    is_served(&server, 3).await;
    drop((held, half));
}

#[tokio::test]
async fn giant_descriptions_and_sockets_that_do_not_read_cost_a_bounded_memory() {
    let server = Server::start();
    is_served(&server, 2).await;
    let before = server.memory();
    let giant = offer(&"x".repeat(SDP_BYTES_MAX));
    let mut held = Vec::new();
    for n in 0..60 {
        let Some(mut socket) = server.joined(66, &format!("room-{}", n % 6)).await else { break };
        // Until it is sent away; answers are not read.
        for _ in 0..40 {
            if socket.send(Message::text(giant.as_str())).await.is_err() {
                break;
            }
        }
        held.push(socket);
    }
    is_served(&server, 3).await;
    // The beginning of a frame of the largest size, on as many sockets as it gets.
    for mut socket in held.drain(..) {
        let stream = socket.get_mut();
        let head = [0x81, 0xff, 0, 0, 0, 0, 0, 2, 0xff, 0, 1, 2, 3, 4];
        let body = vec![b'x'; 150 * 1024];
        if stream.write_all(&head).await.is_ok() {
            let _ = stream.try_write(&body);
        }
    }
    is_served(&server, 4).await;
    let grown = server.memory() - before;
    assert!(grown <= GROWTH_MAX, "{grown} bytes for one address");
}
