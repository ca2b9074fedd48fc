//! A browser as a peer: its page speaks the protocol over the control channel.

mod options;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use serde_json::Value;

use self::options::options_for;
use super::{Peer, PeerError, Ready};
use crate::browser::{Browser, ControlError, Kind, Options, Pages};
use crate::netns::Namespace;

/// The page's files.
const FILES: [(&str, &str); 19] = [
    ("/", include_str!("../../peers/page/index.html")),
    ("/key-frames.js", include_str!("../../peers/page/key-frames.js")),
    ("/key-frames-worker.js", include_str!("../../peers/page/key-frames-worker.js")),
    ("/main.js", include_str!("../../peers/page/main.js")),
    ("/pattern.js", include_str!("../../peers/page/pattern.js")),
    ("/ready.js", include_str!("../../peers/page/ready.js")),
    ("/receiver.js", include_str!("../../peers/page/receiver.js")),
    ("/tone.js", include_str!("../../peers/page/tone.js")),
    ("/tone-without-device.js", include_str!("../../peers/page/tone-without-device.js")),
    ("/track.js", include_str!("../../peers/page/track.js")),
    ("/w3c/channels.js", include_str!("../../peers/w3c/channels.js")),
    ("/w3c/code.js", include_str!("../../peers/w3c/code.js")),
    ("/w3c/connection.js", include_str!("../../peers/w3c/connection.js")),
    ("/w3c/facts.js", include_str!("../../peers/w3c/facts.js")),
    ("/w3c/fault.js", include_str!("../../peers/w3c/fault.js")),
    ("/w3c/hearing.js", include_str!("../../peers/w3c/hearing.js")),
    ("/w3c/m-lines.js", include_str!("../../peers/w3c/m-lines.js")),
    ("/w3c/messages.js", include_str!("../../peers/w3c/messages.js")),
    ("/w3c/peer.js", include_str!("../../peers/w3c/peer.js")),
];

/// A browser on a busy machine starts slowly.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// The page answers at once, unless the machine is busy.
const EVENTS_TIMEOUT: Duration = Duration::from_secs(20);

/// How long killing a browser may take.
const DEATH_TIMEOUT: Duration = Duration::from_secs(10);

/// A browser in a network namespace. It is killed on drop.
#[derive(Debug)]
pub struct BrowserPeer {
    orders: Option<Sender<Order>>,
    ready: Ready,
    events: Vec<Value>,
}

/// What the thread that owns the browser is asked for.
#[derive(Debug)]
enum Order {
    Request(Value, Duration, Sender<Result<Value, PeerError>>),
    /// What the page has to tell, after this long if it has nothing at first.
    Events(Duration, Sender<Result<Value, PeerError>>),
    End(Sender<()>),
}

impl BrowserPeer {
    /// Starts a browser: `program`, or the one on the path. What its page prints goes to the end of
    /// `log`.
    ///
    /// # Errors
    /// When it does not start, or its page does not answer.
    pub fn launch(
        kind: Kind,
        program: Option<&Path>,
        namespace: &Namespace,
        log: &Path,
    ) -> Result<Self, PeerError> {
        let (orders, inbox) = channel();
        let (sender, ready) = channel();
        let program = program.map(Path::to_owned);
        let log = log.to_owned();
        // The browser ends with the thread that started it.
        let work = move || {
            let options = Options { program, start_timeout: START_TIMEOUT, ..Options::default() };
            match Desk::open(kind, options, log) {
                Ok((mut desk, ready)) => {
                    if sender.send(Ok(ready)).is_ok() {
                        desk.serve(&inbox);
                    }
                }
                // Who does not listen has given up.
                Err(error) => _ = sender.send(Err(error)),
            }
        };
        namespace.spawn(work).map_err(|error| PeerError::Gone(error.to_string()))?;
        match ready.recv_timeout(START_TIMEOUT + EVENTS_TIMEOUT) {
            Ok(ready) => Ok(Self { orders: Some(orders), ready: ready?, events: Vec::new() }),
            Err(_) => Err(PeerError::Gone("the browser did not start".to_owned())),
        }
    }

    fn ask(
        &mut self,
        within: Duration,
        what: &str,
        order: impl FnOnce(Sender<Result<Value, PeerError>>) -> Order,
    ) -> Result<Value, PeerError> {
        let gone = || PeerError::Gone("it ended earlier".to_owned());
        let orders = self.orders.as_ref().ok_or_else(gone)?;
        let (sender, reply) = channel();
        orders.send(order(sender)).map_err(|_| gone())?;
        match reply.recv_timeout(within) {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Timeout) => {
                Err(PeerError::Silent { request: what.to_owned(), waited: within })
            }
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}

impl Peer for BrowserPeer {
    fn ready(&self) -> &Ready {
        &self.ready
    }

    fn request(&mut self, request: Value, within: Duration) -> Result<Value, PeerError> {
        let what = request["do"].as_str().unwrap_or("?").to_owned();
        // A browser that is started anew for an option takes longer than a request.
        let within = if what == "open" { START_TIMEOUT } else { within };
        self.ask(within, &what, |reply| Order::Request(request, within, reply))
    }

    fn events(&mut self) -> Vec<Value> {
        self.wait(Duration::ZERO);
        std::mem::take(&mut self.events)
    }

    fn wait(&mut self, time: Duration) {
        if !self.events.is_empty() {
            return;
        }
        let within = EVENTS_TIMEOUT + time;
        if let Ok(Value::Array(events)) =
            self.ask(within, "events", |reply| Order::Events(time, reply))
        {
            self.events.extend(events);
        }
    }

    fn kill(&mut self) {
        let Some(orders) = self.orders.take() else { return };
        let (sender, ended) = channel();
        if orders.send(Order::End(sender)).is_ok() {
            // A thread that waits for a page that hangs ends the browser when that is over.
            let _ = ended.recv_timeout(DEATH_TIMEOUT);
        }
    }
}

impl Drop for BrowserPeer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the thread in the namespace has: the browser, its page's server, its log.
struct Desk {
    kind: Kind,
    /// How the browser is started when nothing is asked for, and how it was.
    plain: Options,
    options: Options,
    pages: Pages,
    browser: Browser,
    log: PathBuf,
}

impl Desk {
    fn open(kind: Kind, options: Options, log: PathBuf) -> Result<(Desk, Ready), PeerError> {
        let pages = Pages::serve(&FILES).map_err(|error| PeerError::Failed(error.to_string()))?;
        let browser = launch(kind, &pages, &options)?;
        let mut desk = Desk { kind, plain: options.clone(), options, pages, browser, log };
        let told = desk.eval("peer.ready()", EVENTS_TIMEOUT)?;
        let mut ready: Ready = serde_json::from_value(told)
            .map_err(|error| PeerError::Failed(format!("the page is not ready: {error}")))?;
        // What pages are told of the version is rounded.
        if let Some(version) = desk.browser.version() {
            ready.version = version.rsplit(' ').next().unwrap_or_default().to_owned();
        }
        Ok((desk, ready))
    }

    fn serve(&mut self, inbox: &Receiver<Order>) {
        while let Ok(order) = inbox.recv() {
            match order {
                // Who gave up waiting does not listen.
                Order::Request(request, within, reply) => {
                    _ = reply.send(self.request(&request, within));
                }
                Order::Events(time, reply) => {
                    let js = format!("peer.events({})", time.as_millis());
                    _ = reply.send(self.eval(&js, EVENTS_TIMEOUT + time));
                }
                Order::End(ended) => {
                    self.keep_log();
                    self.browser.end();
                    _ = ended.send(());
                    return;
                }
            }
        }
        self.keep_log();
    }

    fn request(&mut self, request: &Value, within: Duration) -> Result<Value, PeerError> {
        if request["do"] == "open" {
            let options = options_for(self.kind, &self.plain, request);
            if options != self.options {
                self.options = options;
                self.start_anew()?;
            }
        }
        let mut reply = self.eval(&format!("peer.request({request})"), within)?;
        match reply.get("error") {
            Some(error) => Err(PeerError::of_reply(error)),
            None => Ok(reply["ok"].take()),
        }
    }

    fn start_anew(&mut self) -> Result<(), PeerError> {
        self.keep_log();
        self.browser.end();
        self.browser = launch(self.kind, &self.pages, &self.options)?;
        Ok(())
    }

    fn eval(&mut self, js: &str, within: Duration) -> Result<Value, PeerError> {
        self.browser.eval_within(js, within).map_err(|error| match error {
            ControlError::TimedOut { .. } => {
                PeerError::Silent { request: js.chars().take(60).collect(), waited: within }
            }
            error => PeerError::Gone(error.to_string()),
        })
    }

    /// The page's own lines; what every browser prints is left out.
    fn keep_log(&self) {
        let file = std::fs::File::options().create(true).append(true).open(&self.log);
        let lines = self.browser.console().join("\n");
        // The log helps to see why something failed; its loss is no failure.
        let _ = file.and_then(|mut file| writeln!(file, "{lines}"));
    }
}

fn launch(kind: Kind, pages: &Pages, options: &Options) -> Result<Browser, PeerError> {
    Browser::launch(kind, &pages.url("/"), options)
        .map_err(|error| PeerError::Gone(error.to_string()))
}
