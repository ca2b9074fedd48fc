//! Metrics as text for those who ask by http, one after the other: programs that collect them ask a
//! few times a minute.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::config::RelayMetrics;
use super::shared::Shared;

/// How long somebody may take to ask and to listen.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of a request that are read; what it asks for does not matter.
const REQUEST_BYTES_MAX: usize = 4096;

/// Metrics that are served until this is dropped.
#[derive(Debug)]
pub struct MetricsPage {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MetricsPage {
    pub(super) fn start(address: SocketAddr, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let (address, stop) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let serve = move || {
            while let Ok((stream, _)) = listener.accept() {
                if stopped.load(Ordering::Acquire) {
                    return;
                }
                if let Err(error) = answer(stream, &text(&shared.metrics())) {
                    tracing::debug!(%error, "metrics were not told");
                }
            }
        };
        let thread = thread::Builder::new().name("relay-metrics".to_owned()).spawn(serve)?;
        Ok(MetricsPage { address, stop, thread: Some(thread) })
    }

    /// Where they are.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsPage {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // It waits for somebody.
        let woken = TcpStream::connect_timeout(&self.address, PATIENCE).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

fn answer(mut stream: TcpStream, text: &str) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = [0; REQUEST_BYTES_MAX];
    let _ = stream.read(&mut request)?;
    let length = text.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(text.as_bytes())
}

fn text(metrics: &RelayMetrics) -> String {
    let mut text = String::new();
    for (name, value) in metrics.rows() {
        let is_gauge = matches!(name, "allocations" | "connections" | "dead_threads");
        let (kind, end) = if is_gauge { ("gauge", "") } else { ("counter", "_total") };
        // Writing to a string does not fail.
        let _ = writeln!(text, "# TYPE lapwing_turn_{name}{end} {kind}");
        let _ = writeln!(text, "lapwing_turn_{name}{end} {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_a_name_and_a_kind() {
        let text = text(&RelayMetrics { allocations: 3, ..RelayMetrics::default() });
        assert!(text.starts_with("# TYPE lapwing_turn_allocations gauge\n"), "{text}");
        assert!(text.contains("\nlapwing_turn_allocations 3\n"), "{text}");
        assert!(text.contains("\n# TYPE lapwing_turn_bindings_total counter\n"), "{text}");
        assert_eq!(text.lines().count(), 2 * RelayMetrics::default().rows().len());
    }
}
