//! Paths: the page, its files, and the WebSocket.
//!
//! Every request is first looked at by the [`Gate`]: whether it calls this server by a name of its
//! own.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};

use super::access::{Gate, Refusal};
use super::assets::{Asset, CONTROL, PAGE};
use super::shared::Shared;
use super::socket::{self, Visit};
use crate::protocol::signalling::{MESSAGE_BYTES_MAX, Mode};

/// Bytes that a WebSocket reads at once. The buffer is there as long as the socket is; messages
/// that are larger get memory of their own while they come.
const READ_BYTES: usize = 8 * 1024;

/// What the page may do: everything from here, nothing from elsewhere.
const POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
                      connect-src 'self'; object-src 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The same for tests, which evaluate code in the page.
const POLICY_CONTROL: &str = "default-src 'self' 'unsafe-eval'; img-src 'self' blob: data:; media-src 'self' blob:; \
     connect-src 'self' ws://127.0.0.1:*; object-src 'none'; base-uri 'none'";

const NOTHING_HERE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Lapwing</title>\
    <h1>There is nothing here</h1><p>Rooms are at <code>/r/NAME</code>. <a href=/>Open a room</a>.\n";

/// What the paths need.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) shared: Arc<Shared>,
    pub(super) web_dir: Option<PathBuf>,
    pub(super) allow_control: bool,
    pub(super) gate: Arc<Gate>,
}

/// The name by which a request calls the server.
#[derive(Clone, Debug)]
struct Named(Authority);

/// The address that a request is from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remote(pub(super) IpAddr);

/// All paths of the server.
pub(super) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/r/{room}", get(page))
        .route("/web/{file}", get(file))
        .route("/ws/{room}", get(web_socket))
        .fallback(nothing_here)
        .layer(from_fn_with_state(Arc::clone(&site.gate), by_name))
        .with_state(site)
}

async fn by_name(
    State(gate): State<Arc<Gate>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let host = gate.host(request.uri(), request.headers())?;
    request.extensions_mut().insert(Named(host));
    Ok(next.run(request).await)
}

/// For a mistyped path: in the words of whoever asks.
async fn nothing_here(headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if !accepts.is_some_and(|accepts| accepts.contains("text/html")) {
        let text = "There is nothing here. Rooms are at /r/NAME; / opens a new one.\n";
        return (StatusCode::NOT_FOUND, text).into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (StatusCode::NOT_FOUND, headers, NOTHING_HERE).into_response()
}

async fn page(State(site): State<Site>) -> Response {
    site.asset(PAGE)
}

async fn file(State(site): State<Site>, Path(name): Path<String>) -> Response {
    site.asset(&name)
}

impl Site {
    fn asset(&self, name: &str) -> Response {
        let allowed = name != CONTROL || self.allow_control;
        let Some(asset) = Asset::find(name).filter(|_| allowed) else {
            return (StatusCode::NOT_FOUND, "There is no such file here.\n").into_response();
        };
        let policy = if self.allow_control { POLICY_CONTROL } else { POLICY };
        let headers: [(HeaderName, &str); 5] = [
            (header::CONTENT_TYPE, asset.mime),
            (header::CACHE_CONTROL, "no-cache"),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        (headers, asset.bytes(self.web_dir.as_deref())).into_response()
    }
}

async fn web_socket(
    State(site): State<Site>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    Extension(Named(host)): Extension<Named>,
    Extension(Remote(from)): Extension<Remote>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    site.gate.origin(&host, &headers)?;
    let mode = query.as_deref().and_then(mode_asked_for);
    Ok(upgrade
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * MESSAGE_BYTES_MAX)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| socket::run(socket, site.shared, Visit { room, mode, from })))
}

/// The mode named in a query such as `mode=direct`; anything else is passed over.
fn mode_asked_for(query: &str) -> Option<Mode> {
    query.split('&').find_map(|part| match part {
        "mode=direct" => Some(Mode::Direct),
        "mode=forward" => Some(Mode::Forward),
        _ => None,
    })
}
