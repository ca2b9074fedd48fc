//! The servers that the room hands out, as the engine has them.

use lapwing_engine::{ICE_SERVERS_MAX, IceServer};

use crate::protocol::signalling;

/// Those that can be used; others are passed over.
pub(super) fn usable(told: &[signalling::IceServer]) -> Vec<IceServer> {
    let read = told.iter().filter_map(|server| {
        let urls = server.urls.iter().map(String::as_str);
        let username = server.username.as_deref().unwrap_or_default();
        let credential = server.credential.as_deref().unwrap_or_default();
        let read = IceServer::new(urls, username, credential);
        read.inspect_err(|error| tracing::debug!(%error, "an ICE server is passed over")).ok()
    });
    read.take(ICE_SERVERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_passed_over() {
        let server = |url: &str, name: Option<&str>| signalling::IceServer {
            urls: vec![url.to_owned()],
            username: name.map(str::to_owned),
            credential: name.map(|_| "secret".to_owned()),
        };
        let told = [
            server("turn:192.0.2.1?transport=udp", Some("9:ada")),
            server("turn:192.0.2.1", None),
            server("http://192.0.2.1", None),
            server("stun:192.0.2.1", None),
        ];
        let used = usable(&told);
        assert_eq!(used.len(), 2);
        assert_eq!((used[0].username(), used[0].credential()), ("9:ada", "secret"));
        let many = vec![server("stun:192.0.2.1", None); ICE_SERVERS_MAX + 3];
        assert_eq!(usable(&many).len(), ICE_SERVERS_MAX);
    }
}
