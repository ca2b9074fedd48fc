//! What the server gives over http, and how it insists on https.

use std::net::SocketAddr;
use std::pin::Pin;

use lapwing_rooms::server::{ServeError, Server, ServerConfig, tls};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{Running, config};

async fn get(stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    ask(stream, path, "host: localhost\r\n").await
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str, headers: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the server answers");
    String::from_utf8(answer).expect("the page is text")
}

async fn plain(server: &Running, path: &str) -> String {
    get(TcpStream::connect(server.address).await.expect("the server listens"), path).await
}

#[tokio::test]
async fn the_page_and_its_files_are_served_with_a_strict_policy() {
    let server = Running::start(config()).await;
    for path in ["/", "/r/tea"] {
        let page = plain(&server, path).await;
        assert!(page.starts_with("HTTP/1.1 200"), "{path}");
        assert!(page.contains("content-security-policy: default-src 'self';"));
        assert!(!page.contains("unsafe-eval"));
        assert!(page.contains("<title>Lapwing</title>"));
    }
    assert!(plain(&server, "/web/main.js").await.contains("content-type: text/javascript"));
    for path in ["/web/control.js", "/web/..%2fCargo.toml", "/web/none.js", "/etc/passwd"] {
        assert!(plain(&server, path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
    server.stop().await;
}

async fn plain_with(server: &Running, path: &str, headers: &str) -> String {
    let stream = TcpStream::connect(server.address).await.expect("the server listens");
    ask(stream, path, headers).await
}

#[tokio::test]
async fn a_mistyped_path_says_where_rooms_are() {
    let server = Running::start(config()).await;
    let text = plain(&server, "/room/tea").await;
    assert!(text.starts_with("HTTP/1.1 404") && text.contains("text/plain"), "{text}");
    assert!(text.contains("/r/NAME"), "{text}");
    let page = "host: localhost\r\naccept: text/html,*/*\r\n";
    let page = plain_with(&server, "/favicon.ico", page).await;
    assert!(page.starts_with("HTTP/1.1 404") && page.contains("text/html"), "{page}");
    assert!(page.contains("<a href=/>"), "{page}");
    server.stop().await;
}

#[tokio::test]
async fn requests_that_call_the_server_by_another_name_are_refused_in_words() {
    let server = Running::start(config()).await;
    for (headers, status) in [
        ("", "400"),
        ("host: localhost\r\nhost: localhost\r\n", "400"),
        ("host: rooms.example.org\r\n", "421"),
        ("host: 127.0.0.1\r\n", "200"),
    ] {
        for path in ["/", "/web/main.js"] {
            let answer = plain_with(&server, path, headers).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{headers:?}: {answer}");
            let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
            assert!(!body.is_empty());
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn pages_of_other_servers_open_no_socket() {
    let server = Running::start(config()).await;
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let host = server.address;
    for (origin, status) in [
        ("origin: http://evil.example.org\r\n".to_owned(), "403"),
        ("origin: null\r\n".to_owned(), "403"),
        (format!("origin: http://{host}\r\n"), "101"),
        (String::new(), "101"),
    ] {
        let mut stream = TcpStream::connect(host).await.expect("the server listens");
        let request = format!("GET /ws/tea HTTP/1.1\r\nhost: {host}\r\n{origin}{upgrade}\r\n");
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut line = [0; 12];
        stream.read_exact(&mut line).await.expect("the server answers");
        assert_eq!(String::from_utf8_lossy(&line), format!("HTTP/1.1 {status}"), "{origin:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn plain_http_on_the_port_of_https_is_told_so() {
    let tls = tls::self_signed(&[]).expect("OpenSSL makes a certificate");
    let server = Running::start(ServerConfig { tls: Some(tls), ..config() }).await;
    let answer = plain(&server, "/").await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("use https://"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn tests_may_steer_the_page_only_when_allowed() {
    let server = Running::start(ServerConfig { allow_control: true, ..config() }).await;
    assert!(plain(&server, "/web/control.js").await.starts_with("HTTP/1.1 200"));
    assert!(plain(&server, "/").await.contains("'unsafe-eval'"));
    server.stop().await;
}

#[tokio::test]
async fn plain_http_is_for_loopback_only() {
    let listen = vec![SocketAddr::from(([0, 0, 0, 0], 0))];
    let refused = Server::bind(ServerConfig { listen, ..config() }).await;
    assert!(matches!(refused, Err(ServeError::PlainHttp(_))));
}

#[tokio::test]
async fn a_certificate_made_at_start_serves_https() {
    let tls = tls::self_signed(&[[127, 0, 0, 1].into()]).expect("OpenSSL makes a certificate");
    let server = Running::start(ServerConfig { tls: Some(tls), ..config() }).await;
    let mut builder = SslConnector::builder(SslMethod::tls()).expect("OpenSSL works");
    builder.set_verify(SslVerifyMode::NONE);
    let connector = builder.build().configure().expect("OpenSSL works");
    let ssl = connector.into_ssl("localhost").expect("OpenSSL works");
    let stream = TcpStream::connect(server.address).await.expect("the server listens");
    let mut stream = tokio_openssl::SslStream::new(ssl, stream).expect("OpenSSL works");
    Pin::new(&mut stream).connect().await.expect("the handshake succeeds");
    assert!(get(stream, "/").await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}
