//! What tests connect to: each is a thread that serves one connection or a few.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Bounds every read and write of a server, so that a test that fails ends.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Serves this many connections with `each`, one after the other.
pub(super) fn serve<T: Send + 'static>(
    connections: usize,
    mut each: impl FnMut(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<Vec<T>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let server = thread::spawn(move || {
        let accept = |_| {
            let (stream, _) = listener.accept().expect("somebody connects");
            patient(&stream);
            each(stream)
        };
        (0..connections).map(accept).collect()
    });
    (address, server)
}

pub(super) fn patient(stream: &TcpStream) {
    stream.set_read_timeout(Some(PATIENCE)).expect("it is open");
    stream.set_write_timeout(Some(PATIENCE)).expect("it is open");
}

/// Gives back what comes until the end.
pub(super) fn echo(mut stream: impl Read + Write) {
    let mut buffer = [0; 4_096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => stream.write_all(&buffer[..count]).expect("it is open"),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// A port where nobody listens.
pub(super) fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}
