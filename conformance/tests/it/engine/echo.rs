//! The echo server of the drivers' examples, called by its own page.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use lapwing_conformance::browser::{Browser, Kind, Options, Pages, stage};

#[path = "../../../../drivers/examples/echo.rs"]
#[expect(dead_code, reason = "the main function of a program")]
mod example;

/// The page, which hears from the harness, too.
const PAGE: &str = concat!(
    include_str!("../../../../drivers/examples/echo.html"),
    r#"<script type="module" src="/control.js"></script>"#,
);

/// For what a browser on a busy machine may take its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Resolves when a second of video was decoded.
const FRAMES: &str = "new Promise((resolve) => {
  const timer = setInterval(async () => {
    const stats = [...(await pc.getStats()).values()];
    const video = stats.find((s) => s.type === 'inbound-rtp' && s.kind === 'video');
    if (video?.framesDecoded >= 30) { clearInterval(timer); resolve(video.framesDecoded); }
  }, 100);
})";

/// Resolves with the first message that came back.
const MESSAGE: &str = "new Promise((resolve) => {
  channel.addEventListener('message', ({ data }) => resolve(data), { once: true });
  $('text').value = 'are you there?';
  const send = () => $('chat').requestSubmit();
  if (channel.readyState === 'open') send(); else channel.onopen = send;
})";

/// Runs the server on a thread of its own, for as long as the process; gives its address.
fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let http = listener.local_addr()?;
    let serve = async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        example::serve(listener, SocketAddr::from(([0, 0, 0, 0], 0))).await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || runtime.block_on(serve));
    Ok(http)
}

/// The body of the response to an offer.
fn post(server: SocketAddr, offer: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = offer.len();
    write!(
        stream,
        "POST /offer HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{offer}"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let (head, body) = response.split_once("\r\n\r\n").ok_or("no head")?;
    match head.starts_with("HTTP/1.1 200 ") {
        true => Ok(body.to_owned()),
        false => Err(response.into()),
    }
}

#[test]
fn chromium_hears_back_from_the_example() {
    stage("engine::chromium_hears_back_from_the_example", &[Kind::Chromium], || {
        let server = start()?;
        let pages =
            Pages::serve(&[("/", PAGE), ("/control.js", include_str!("../browser/control.js"))])?;
        let mut browser = Browser::launch(Kind::Chromium, &pages.url("/"), &Options::default())?;
        let offer = browser.eval_within("offer(draw())", PATIENCE)?;
        let answer = post(server, &offer.to_string())?;
        browser.eval(&format!("pc.setRemoteDescription({answer})"))?;
        let frames = browser.eval_within(FRAMES, PATIENCE)?;
        assert!(frames.as_u64() >= Some(30), "{frames}");
        assert_eq!(browser.eval_within(MESSAGE, PATIENCE)?, "are you there?");
        assert_eq!(browser.eval("$('messages').textContent")?, "are you there?");
        Ok(())
    });
}
