//! str0m as a peer of the wall, with the cryptography that it brings itself. Media is sent back: frames that str0m put together are given
//! to it again, on the same m-line.

mod channels;
mod connection;
mod facts;
mod media;
mod negotiation;
mod options;
mod profile;

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use lapwing_peer::{Datagram, Fault, Input, Stack, run};
use serde_json::{Value, json};

use connection::Connection;
use options::Options;

/// What was tried.
const FEATURES: [&str; 24] = [
    "offer",
    "answer",
    "data",
    "unordered",
    "max-retransmits",
    "max-lifetime",
    "negotiated",
    "close-channel",
    "text",
    "trickle",
    "restart",
    "lite",
    "renegotiate",
    "direction",
    "stop",
    "rollback",
    "several",
    "setup",
    "dtls-1.2",
    "dtls-1.3",
    "dtls-choice",
    "ipv6",
    "nack",
    "pli",
];

/// A program without a peer connection looks up this often.
const IDLE: Duration = Duration::from_secs(1);

struct Peer {
    inbox: SyncSender<Input>,
    connection: Option<Connection>,
}

impl Stack for Peer {
    fn ready(&self) -> Value {
        let mut features: Vec<String> = FEATURES.map(str::to_owned).to_vec();
        features.extend(profile::NAMES.map(|name| format!("srtp:{name}")));
        json!({
            "peer": "str0m", "version": "0.25.0", "content": "echo",
            "audio": ["opus", "PCMU"], "video": ["VP8", "VP9", "H264", "AV1"], "features": features,
        })
    }

    fn request(&mut self, id: u64, name: &str, request: &Value) -> Result<Option<Value>, Fault> {
        match name {
            "open" => {
                let options = Options::parse(request)?;
                self.connection = Some(Connection::open(options, &self.inbox)?);
                return Ok(Some(json!({})));
            }
            "close" => {
                if let Some(mut connection) = self.connection.take() {
                    connection.close();
                }
                return Ok(Some(json!({})));
            }
            _ => {}
        }
        let connection =
            self.connection.as_mut().ok_or_else(|| Fault::failed("no peer connection is open"))?;
        connection.request(id, name, request)
    }

    fn datagram(&mut self, datagram: Datagram) {
        if let Some(connection) = &mut self.connection {
            connection.datagram(&datagram);
        }
    }

    fn turn(&mut self) -> Instant {
        let idle = Instant::now() + IDLE;
        self.connection.as_mut().map_or(idle, |connection| connection.turn().min(idle))
    }
}

fn main() {
    profile::install();
    run(|inbox| Peer { inbox, connection: None });
}
