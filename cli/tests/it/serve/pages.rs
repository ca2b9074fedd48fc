//! What the server gives over http, and how it insists on https.

use std::net::SocketAddr;
use std::pin::Pin;

use lapwing::serve::{ServeError, Server, ServerConfig, tls};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{Running, config};

async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
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

#[tokio::test]
async fn tests_may_steer_the_page_only_when_allowed() {
    let server = Running::start(ServerConfig { allow_control: true, ..config() }).await;
    assert!(plain(&server, "/web/control.js").await.starts_with("HTTP/1.1 200"));
    assert!(plain(&server, "/").await.contains("'unsafe-eval'"));
    server.stop().await;
}

#[tokio::test]
async fn plain_http_is_for_loopback_only() {
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
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
