//! A server in this process, and words as they are typed.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use clap::Parser;
use lapwing_rooms::protocol::signalling::Mode;
use lapwing_rooms::server::{MediaConfig, Server, ServerConfig};
use tokio::sync::oneshot;

/// A bound on everything that is waited for here.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// A server on a thread of its own, until it is dropped.
pub(crate) struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(mode: Mode) -> Self {
        let loopback = [127, 0, 0, 1];
        let media = match mode {
            Mode::Direct => None,
            Mode::Forward => Some(MediaConfig {
                addresses: vec![loopback.into()],
                port: Some(0),
                advertised: Vec::new(),
            }),
        };
        let listen = vec![SocketAddr::from((loopback, 0))];
        let config = ServerConfig { mode, media, ..ServerConfig::new(listen) };
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = std::sync::mpsc::channel();
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let server = Server::bind(config).await.expect("loopback can be listened on");
                let address = server.local_addr().expect("it listens");
                bound.send(address).expect("the test waits");
                let stopped = async { stopped.await.unwrap_or_default() };
                server.run(stopped).await.expect("the server runs");
            });
        };
        let thread = Some(thread::spawn(serve));
        let address = address.recv_timeout(LONG).expect("the server binds");
        Running { address, stop: Some(stop), thread }
    }

    pub(crate) fn room(&self, name: &str) -> String {
        format!("http://{}/r/{name}", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

/// Arguments as typed.
#[derive(Parser)]
struct Line<T: clap::Args> {
    #[command(flatten)]
    args: T,
}

pub(crate) fn typed<T: clap::Args>(words: &[&str]) -> T {
    let words = std::iter::once("lapwing").chain(words.iter().copied());
    Line::parse_from(words).args
}
