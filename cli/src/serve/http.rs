//! Paths: the page, its files, and the WebSocket.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::assets::{Asset, CONTROL, PAGE};
use super::shared::Shared;
use super::socket;
use crate::protocol::signalling::{MESSAGE_BYTES_MAX, Mode};

/// What the page may do: everything from here, nothing from elsewhere.
const POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
                      connect-src 'self'; object-src 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The same for tests, which evaluate code in the page.
const POLICY_CONTROL: &str = "default-src 'self' 'unsafe-eval'; img-src 'self' blob: data:; media-src 'self' blob:; \
     connect-src 'self' ws://127.0.0.1:*; object-src 'none'; base-uri 'none'";

/// What the paths need.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) shared: Arc<Shared>,
    pub(super) web_dir: Option<PathBuf>,
    pub(super) allow_control: bool,
}

/// All paths of the server.
pub(super) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/r/{room}", get(page))
        .route("/web/{file}", get(file))
        .route("/ws/{room}", get(web_socket))
        .with_state(site)
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
    upgrade: WebSocketUpgrade,
) -> Response {
    let mode = query.as_deref().and_then(mode_asked_for);
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| socket::run(socket, site.shared, room, mode))
}

/// The mode named in a query such as `mode=direct`; anything else is passed over.
fn mode_asked_for(query: &str) -> Option<Mode> {
    query.split('&').find_map(|part| match part {
        "mode=direct" => Some(Mode::Direct),
        "mode=forward" => Some(Mode::Forward),
        _ => None,
    })
}
