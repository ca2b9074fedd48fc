//! Links to rooms, as people pass them on.

use std::fmt;
use std::str::FromStr;

use crate::protocol::signalling::{Mode, ROOM_NAME_BYTES_MAX};

/// A link to a room: `http://HOST[:PORT]/r/ROOM[?mode=direct]`, or `https`.
///
/// ```
/// use lapwing_rooms::client::RoomUrl;
/// let url: RoomUrl = "http://127.0.0.1:8080/r/tea".parse().unwrap();
/// assert_eq!(url.websocket(), "ws://127.0.0.1:8080/ws/tea");
/// assert!(url.is_loopback());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomUrl {
    /// Over TLS.
    pub secure: bool,
    /// Name or address; an IPv6 address without its brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The room's name.
    pub room: String,
    /// The mode asked for, heeded if the room is opened by this.
    pub mode: Option<Mode>,
}

/// Why a text is no link to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomUrlError {
    /// Neither `http://` nor `https://`; the text.
    Scheme(String),
    /// No host, or a port that is no number from 1 to 65,535; the text between `//` and the path.
    Authority(String),
    /// The path is not `/r/ROOM`; the path.
    Path(String),
    /// The room's name has characters that a room's name cannot have, or too many; the name.
    Room(String),
    /// An unknown mode; the mode.
    Mode(String),
}

impl fmt::Display for RoomUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RoomUrlError::Scheme(text) => {
                write!(f, "{text:?} does not begin with http:// or https://")?;
            }
            RoomUrlError::Authority(text) => write!(f, "{text:?} is no host and port")?,
            RoomUrlError::Path(path) => write!(f, "{path:?} is not the path of a room")?,
            RoomUrlError::Room(room) => write!(
                f,
                "{room:?} is no room: 1 to {ROOM_NAME_BYTES_MAX} letters, digits, '.', '_' or '-'"
            )?,
            RoomUrlError::Mode(mode) => {
                write!(f, "{mode:?} is no mode: \"direct\" or \"forward\"")?;
            }
        }
        f.write_str("; a room's link looks like http://127.0.0.1:8080/r/ROOM")
    }
}

impl std::error::Error for RoomUrlError {}

impl RoomUrl {
    /// The address of the signalling socket.
    pub fn websocket(&self) -> String {
        let scheme = if self.secure { "wss" } else { "ws" };
        let query = self.mode.map(|mode| format!("?mode={mode}")).unwrap_or_default();
        format!("{scheme}://{}/ws/{}{query}", self.authority(), self.room)
    }

    /// Host and port, with brackets around an IPv6 address.
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Whether the server is this machine, reached without a network.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for RoomUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}/r/{}", self.authority(), self.room)
    }
}

impl FromStr for RoomUrl {
    type Err = RoomUrlError;

    fn from_str(text: &str) -> Result<Self, RoomUrlError> {
        let schemes = [("http://", false), ("https://", true), ("ws://", false), ("wss://", true)];
        let found = schemes.iter().find_map(|(prefix, secure)| {
            Some((text.get(..prefix.len())?.eq_ignore_ascii_case(prefix), prefix, *secure))
                .filter(|(same, ..)| *same)
        });
        let (_, prefix, secure) = found.ok_or_else(|| RoomUrlError::Scheme(text.to_owned()))?;
        let rest = &text[prefix.len()..];
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (host, port) = host_and_port(authority, if secure { 443 } else { 80 })
            .ok_or_else(|| RoomUrlError::Authority(authority.to_owned()))?;
        let room = path.strip_prefix("/r/").or_else(|| path.strip_prefix("/ws/"));
        let room = room.ok_or_else(|| RoomUrlError::Path(path.to_owned()))?;
        if !is_room_name(room) {
            return Err(RoomUrlError::Room(room.to_owned()));
        }
        let mode = query.split('&').find_map(|pair| pair.strip_prefix("mode="));
        Ok(RoomUrl {
            secure,
            host,
            port,
            room: room.to_owned(),
            mode: mode.map(read_mode).transpose()?,
        })
    }
}

fn read_mode(text: &str) -> Result<Mode, RoomUrlError> {
    match text {
        "direct" => Ok(Mode::Direct),
        "forward" => Ok(Mode::Forward),
        other => Err(RoomUrlError::Mode(other.to_owned())),
    }
}

fn is_room_name(room: &str) -> bool {
    (1..=ROOM_NAME_BYTES_MAX).contains(&room.len())
        && room.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// Splits `host:port`, `host`, `[v6]:port` and `[v6]`.
fn host_and_port(authority: &str, default: u16) -> Option<(String, u16)> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, rest)
        }
        None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    let port = match rest.strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port != 0)?,
        None if rest.is_empty() => default,
        None => return None,
    };
    Some((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RoomUrl, RoomUrlError> {
        text.parse()
    }

    #[test]
    fn links_of_every_shape() {
        for (text, websocket) in [
            ("http://127.0.0.1:8080/r/tea", "ws://127.0.0.1:8080/ws/tea"),
            ("https://call.example.org/r/a.b-c_d", "wss://call.example.org:443/ws/a.b-c_d"),
            ("HTTP://host/r/x?mode=direct#top", "ws://host:80/ws/x?mode=direct"),
            ("http://[::1]:9/r/x?name=a&mode=forward", "ws://[::1]:9/ws/x?mode=forward"),
            ("wss://host/ws/x", "wss://host:443/ws/x"),
        ] {
            assert_eq!(parse(text).expect("a good link").websocket(), websocket);
        }
        assert!(parse("http://[::1]/r/x").expect("good").is_loopback());
        assert!(!parse("http://192.0.2.1/r/x").expect("good").is_loopback());
    }

    #[test]
    fn faults_are_named() {
        let fault = |text: &str| parse(text).expect_err("not a link");
        assert!(matches!(fault("tea"), RoomUrlError::Scheme(_)));
        assert!(matches!(fault("ftp://host/r/x"), RoomUrlError::Scheme(_)));
        for authority in ["", ":80", "host:0", "host:65536", "host:x", "[::1", "[zz]", "[::1]x"] {
            let text = format!("http://{authority}/r/x");
            assert_eq!(fault(&text), RoomUrlError::Authority(authority.to_owned()));
        }
        assert!(matches!(fault("http://host"), RoomUrlError::Path(_)));
        assert!(matches!(fault("http://host/x"), RoomUrlError::Path(_)));
        for room in ["", "a/b", "ä", "%20", &"x".repeat(65)] {
            assert_eq!(
                fault(&format!("http://host/r/{room}")),
                RoomUrlError::Room(room.to_owned())
            );
        }
        assert!(matches!(fault("http://host/r/x?mode=mesh"), RoomUrlError::Mode(_)));
    }
}
