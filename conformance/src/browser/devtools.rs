//! Screenshots over Chromium's DevTools protocol.

use serde_json::{Value, json};
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// Chromium writes the port and the path of its endpoint here, a line each.
const PORT_FILE: &str = "DevToolsActivePort";

/// A PNG of the first page of the Chromium with this profile.
pub(super) fn screenshot(profile: &Path, timeout: Duration) -> io::Result<Vec<u8>> {
    let mut devtools = DevTools::connect(profile, Instant::now() + timeout)?;
    let targets = devtools.call("Target.getTargets", &json!({}), None)?;
    let targets = targets["targetInfos"].as_array().cloned().unwrap_or_default();
    let page = targets.iter().find(|target| target["type"] == "page");
    let page = page.ok_or_else(|| io::Error::other("Chromium shows no page"))?;
    let attach = json!({ "targetId": page["targetId"], "flatten": true });
    let session = devtools.call("Target.attachToTarget", &attach, None)?["sessionId"].take();
    let picture =
        devtools.call("Page.captureScreenshot", &json!({ "format": "png" }), Some(&session))?;
    let text = picture["data"].as_str().unwrap_or_default();
    decode_base64(text).ok_or_else(|| io::Error::other("the picture is not base64"))
}

struct DevTools {
    socket: WebSocket<TcpStream>,
    deadline: Instant,
    next_id: u64,
}

impl DevTools {
    fn connect(profile: &Path, deadline: Instant) -> io::Result<Self> {
        let endpoint = std::fs::read_to_string(profile.join(PORT_FILE))?;
        let (port, path) = endpoint.trim().split_once('\n').ok_or(io::ErrorKind::InvalidData)?;
        let port: u16 = port.parse().map_err(io::Error::other)?;
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(remaining(deadline)?))?;
        let url = format!("ws://{}:{port}{path}", Ipv4Addr::LOCALHOST);
        let (socket, _) = tungstenite::client(url, stream).map_err(io::Error::other)?;
        Ok(Self { socket, deadline, next_id: 0 })
    }

    fn call(
        &mut self,
        method: &str,
        parameters: &Value,
        session: Option<&Value>,
    ) -> io::Result<Value> {
        let id = self.next_id;
        self.next_id += 1;
        let mut order = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            order["sessionId"] = session.clone();
        }
        self.socket.send(Message::text(order.to_string())).map_err(io::Error::other)?;
        loop {
            self.socket.get_ref().set_read_timeout(Some(remaining(self.deadline)?))?;
            let Message::Text(text) = self.socket.read().map_err(io::Error::other)? else {
                continue;
            };
            let mut answer: Value = serde_json::from_str(&text)?;
            if answer["id"] == id {
                return match answer.get("error") {
                    Some(error) => Err(io::Error::other(format!("{method}: {error}"))),
                    None => Ok(answer["result"].take()),
                };
            }
        }
    }
}

fn remaining(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// RFC 4648, section 4, with padding.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::decode_base64;

    #[test]
    fn the_vectors_of_rfc_4648() {
        for (text, plain) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")]
        {
            assert_eq!(decode_base64(text).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(decode_base64("+/8="), Some(vec![0xfb, 0xff]));
        assert_eq!(decode_base64("Zm9v!"), None);
    }
}
