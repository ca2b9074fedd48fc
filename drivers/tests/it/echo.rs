//! The echo server of the examples.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use lapwing_drivers::tokio::Driver;
use lapwing_engine::{SdpType, SessionDescription};
use tokio::net::TcpListener;

use crate::program::{Program, Signal};

#[path = "../../examples/echo.rs"]
#[expect(dead_code, reason = "the main function of a program")]
mod example;

/// A call takes about a second; a minute means that it hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// Starts the server on the running runtime; gives its address.
async fn start() -> SocketAddr {
    let local: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let listener = TcpListener::bind(local).await.expect("a free port");
    let http = listener.local_addr().expect("it is bound");
    tokio::spawn(example::serve(listener, local));
    http
}

/// Status and body of the response to a request.
async fn request(server: SocketAddr, head: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let request = format!(
        "{head}\r\nHost: {server}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let exchange = move || {
        let mut stream = TcpStream::connect(server)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        // A server that refuses may hang up before it has read all.
        let _ = stream.write_all(request.as_bytes());
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        std::io::Result::Ok(String::from_utf8_lossy(&response).into_owned())
    };
    let exchanged = tokio::task::spawn_blocking(exchange).await.expect("no panic");
    let response = exchanged.expect("the server listens");
    let (head, body) = response.split_once("\r\n\r\n").expect("head and body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), body.to_owned())
}

async fn post(server: SocketAddr, content_type: &str, body: &str) -> (u16, String) {
    request(server, &format!("POST /offer HTTP/1.1\r\nContent-Type: {content_type}"), body).await
}

/// The offer of a program that calls.
fn offer_of(program: &mut Program) -> SessionDescription {
    match program.signals.pop() {
        Some(Signal::Description(offer)) => offer,
        other => panic!("no offer: {other:?}"),
    }
}

#[test]
fn frames_and_messages_come_back() {
    crate::tokio::runtime().block_on(async {
        let server = start().await;
        let (mut driver, mut program) = (Driver::new(), Program::caller());
        let mut rtc = program.rtc();
        program.start(&mut rtc);
        let offer = serde_json::to_string(&offer_of(&mut program)).expect("it is text");
        let (status, answer) = post(server, "application/json", &offer).await;
        assert_eq!(status, 200, "{answer}");
        let answer: SessionDescription = serde_json::from_str(&answer).expect("a description");
        assert_eq!(answer.kind, SdpType::Answer);
        program.signal(&mut rtc, Signal::Description(answer));
        let deadline = Instant::now() + DEADLINE;
        while !program.over {
            assert!(Instant::now() < deadline, "{} frames came", program.frames.len());
            let driver = tokio::time::timeout(Duration::from_secs(1), driver.turn(&mut rtc));
            let Ok(events) = driver.await else { continue };
            for event in events.expect("the driver works") {
                program.event(&mut rtc, event);
            }
        }
        program.check_from("caller");
    });
}

#[test]
fn who_posts_plain_sdp_gets_plain_sdp_with_all_candidates() {
    crate::tokio::runtime().block_on(async {
        let server = start().await;
        let mut program = Program::caller();
        program.start(&mut program.rtc());
        let offer = offer_of(&mut program);
        let (status, answer) = post(server, "application/sdp", &offer.sdp).await;
        assert_eq!(status, 200, "{answer}");
        assert!(answer.starts_with("v=0\r\n"), "{answer}");
        assert!(answer.contains("a=candidate:"), "{answer}");
    });
}

#[test]
fn what_is_no_offer_is_refused() {
    crate::tokio::runtime().block_on(async {
        let server = start().await;
        assert_eq!(request(server, "GET / HTTP/1.1", "").await.0, 200);
        assert_eq!(post(server, "application/sdp", "v=1").await.0, 400);
        assert_eq!(post(server, "application/json", "{").await.0, 400);
        let answer = r#"{"type":"answer","sdp":"v=0"}"#;
        assert_eq!(post(server, "application/json", answer).await.0, 400);
        assert_eq!(post(server, "application/sdp", &"a".repeat(70_000)).await.0, 413);
    });
}

#[test]
fn there_is_a_bound_on_connections() {
    crate::tokio::runtime().block_on(async {
        let server = start().await;
        let mut program = Program::caller();
        program.start(&mut program.rtc());
        let offer = offer_of(&mut program);
        for _ in 0..100 {
            assert_eq!(post(server, "application/sdp", &offer.sdp).await.0, 200);
        }
        assert_eq!(post(server, "application/sdp", &offer.sdp).await.0, 503);
    });
}
