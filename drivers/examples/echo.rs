//! An echo server: who posts an offer gets the answer, and hears, sees and reads what it sends.
//!
//! `cargo run -p lapwing-drivers --example echo`, then open <http://127.0.0.1:8080>. The first
//! argument is the address for HTTP, the second the one for media: one UDP port for all.
//! `POST /offer` takes `application/sdp`, or `application/json` as `{"type":"offer","sdp":".."}`,
//! and answers in kind. Nothing trickles: each description holds all candidates.

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use std::{env, io};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use lapwing_drivers::tokio::MultiDriver;
use lapwing_engine::{Bitrate, ConnectionState, Event, Rtc, SdpType, SessionDescription};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// Connections at a time, which send back up to [`BITRATE_MAX`] each, and offers that wait.
const CONNECTIONS_MAX: usize = 100;

/// Bytes of a request. Browsers offer 10 kB with all their codecs.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// What is sent back at most, where the network carries it.
const BITRATE_MAX: Bitrate = Bitrate::mbps(3);

type Refusal = (StatusCode, String);
type Answer = Result<SessionDescription, Refusal>;

/// An offer, and where its answer goes.
type Call = (SessionDescription, oneshot::Sender<Answer>);

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let http = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let media = arguments.next().unwrap_or_else(|| "0.0.0.0:0".to_owned());
    let listener = TcpListener::bind(http).await?;
    println!("http://{}", listener.local_addr()?);
    serve(listener, media.parse().map_err(io::Error::other)?).await
}

/// Serves the page and takes offers on `http`, and sends back what comes to `media`.
pub(crate) async fn serve(http: TcpListener, media: SocketAddr) -> io::Result<()> {
    let mut driver = MultiDriver::new();
    driver.bind(media)?;
    let (calls, waiting) = mpsc::channel(CONNECTIONS_MAX);
    let app = Router::new()
        .route("/", get(async || Html(include_str!("echo.html"))))
        .route("/offer", post(take_offer))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(calls);
    tokio::select! {
        served = axum::serve(http, app) => served,
        echoed = echo(driver, waiting) => echoed,
    }
}

async fn take_offer(
    State(calls): State<mpsc::Sender<Call>>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let json = kind.starts_with(b"application/json");
    let plain = |sdp| Ok(SessionDescription { kind: SdpType::Offer, sdp });
    let offer = if json { serde_json::from_str(&body) } else { plain(body) }.map_err(refuse)?;
    let (answer, answered) = oneshot::channel();
    calls.try_send((offer, answer)).map_err(|_| busy("too many offers at a time"))?;
    let answer = answered.await.expect("every call is answered")?;
    if !json {
        return Ok(([(CONTENT_TYPE, "application/sdp")], answer.sdp).into_response());
    }
    let body = serde_json::to_string(&answer).map_err(refuse)?;
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// All connections live in this task.
async fn echo(mut driver: MultiDriver<u64>, mut calls: mpsc::Receiver<Call>) -> io::Result<()> {
    let mut keys = 0..;
    loop {
        tokio::select! {
            Some((offer, answer)) = calls.recv() => {
                let key = keys.next().expect("2^64 are enough");
                // The caller may have hung up; its connection will fail for want of a peer.
                let _ = answer.send(accept(&mut driver, key, &offer));
            }
            events = driver.turn(Duration::MAX) => {
                for (key, event) in events? {
                    on_event(&mut driver, key, event);
                }
            }
        }
    }
}

/// The answer holds all candidates, because the driver's sockets are open already.
fn accept(driver: &mut MultiDriver<u64>, key: u64, offer: &SessionDescription) -> Answer {
    if driver.len() >= CONNECTIONS_MAX {
        return Err(busy("too many connections"));
    }
    let mut rtc = Rtc::new(driver.config().map_err(refuse)?, Instant::now());
    rtc.set_desired_bitrate(Bitrate::bps(0), BITRATE_MAX);
    let mut negotiation = rtc.negotiation();
    negotiation.set_remote(offer).map_err(refuse)?;
    let answer = negotiation.create_answer().map_err(refuse)?;
    negotiation.set_local(&answer).map_err(refuse)?;
    driver.insert(key, rtc);
    Ok(answer)
}

fn refuse(error: impl std::error::Error) -> Refusal {
    (StatusCode::BAD_REQUEST, error.to_string())
}

fn busy(why: &str) -> Refusal {
    (StatusCode::SERVICE_UNAVAILABLE, why.to_owned())
}

fn on_event(driver: &mut MultiDriver<u64>, key: u64, event: Event) {
    let Some(rtc) = driver.rtc_mut(&key) else { return };
    // What cannot be sent back, for want of bandwidth or a listener, is left out.
    match event {
        Event::Frame(received) => {
            let media = rtc.media(received.mid);
            let _ = media.map(|mut media| media.write(&received.frame, Instant::now()));
        }
        Event::KeyframeRequested { mid, kind, .. } => {
            let _ = rtc.media(mid).map(|mut media| media.request_keyframe(None, kind));
        }
        Event::ChannelMessage(message) => {
            let channel = rtc.channel(message.id);
            let _ = channel.map(|mut channel| channel.write(message.binary, &message.data));
        }
        Event::ConnectionStateChanged(ConnectionState::Failed) => rtc.close(Instant::now()),
        Event::Closed(_) => drop(driver.remove(&key)),
        _ => {}
    }
}
