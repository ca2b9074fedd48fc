//! Pages of a test's own, served on 127.0.0.1 without any library.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A browser sends its request in one go; a connection that stays silent is one it opened ahead.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Lines of a request's head. Browsers send about fifteen.
const HEAD_LINES_MAX: usize = 100;

/// A file that is served: where, and what.
type File = (String, String);

/// A server of a few files, in the network namespace of the thread that started it, until it is
/// dropped.
#[derive(Debug)]
pub struct Pages {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Pages {
    /// Serves files, each a path as `/call.js` and its text.
    ///
    /// # Errors
    /// If no port of 127.0.0.1 is free.
    pub fn serve(files: &[(&str, &str)]) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let files: Vec<File> =
            files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
        let files = Arc::new(files);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let files = Arc::clone(&files);
                // A connection that fails is the browser's to open again. A thread each: one that
                // was opened ahead must not keep those that ask waiting.
                std::thread::spawn(move || stream.and_then(|stream| answer(&stream, &files)));
            }
        });
        Ok(Self { address, stop })
    }

    /// The address of a path, as `http://127.0.0.1:40123/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections. From a thread in another namespace this does
        // not reach it, and it waits on, which costs a thread until the test binary ends.
        let _ = TcpStream::connect_timeout(&self.address, REQUEST_TIMEOUT);
    }
}

fn answer(mut stream: &TcpStream, files: &[File]) -> io::Result<()> {
    stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines.take(HEAD_LINES_MAX) {
        if line?.is_empty() {
            break;
        }
    }
    let target = request.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let found = files.iter().find(|(known, _)| known == path);
    let (status, text) = found.map_or(("404 Not Found", ""), |(_, text)| ("200 OK", text.as_str()));
    let kind = if path.ends_with(".js") { "text/javascript" } else { "text/html" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
}

#[cfg(test)]
mod tests {
    use super::Pages;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn fetch(pages: &Pages, path: &str) -> String {
        let mut stream = TcpStream::connect(pages.address).expect("the server listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        answer
    }

    #[test]
    fn files_are_served_whatever_the_query() {
        let pages = Pages::serve(&[("/", "home"), ("/a.js", "1")]).expect("a port is free");
        assert!(fetch(&pages, "/?control=x").ends_with("\r\n\r\nhome"));
        assert!(fetch(&pages, "/a.js").contains("text/javascript"));
        assert!(fetch(&pages, "/b").starts_with("HTTP/1.1 404"));
    }
}
