//! The control channel: a WebSocket that the page opens to us, orders down, answers up.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde_json::{Value, json};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// A page that has connected says hello at once.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Silence {
    TimedOut,
    Broken(String),
    Threw(String),
}

impl From<io::Error> for Silence {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Broken(error.to_string()),
        }
    }
}

impl From<tungstenite::Error> for Silence {
    fn from(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Io(error) => error.into(),
            error => Self::Broken(error.to_string()),
        }
    }
}

/// Our end of the channel. One order is under way at a time.
#[derive(Debug)]
pub(super) struct Control {
    listener: TcpListener,
    page: Option<WebSocket<TcpStream>>,
    next_id: u64,
}

impl Control {
    /// Listens on a free port of 127.0.0.1 in the calling thread's namespace.
    pub(super) fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, page: None, next_id: 0 })
    }

    /// `url` with the parameter that sends its page to us.
    pub(super) fn address(&self, url: &str) -> io::Result<String> {
        let port = self.listener.local_addr()?.port();
        let (page, fragment) =
            url.split_once('#').map_or((url, None), |(page, rest)| (page, Some(rest)));
        let separator = if page.contains('?') { '&' } else { '?' };
        let fragment = fragment.map(|rest| format!("#{rest}")).unwrap_or_default();
        Ok(format!("{page}{separator}control=ws://{}:{port}{fragment}", Ipv4Addr::LOCALHOST))
    }

    /// Waits for a page to open the channel; an earlier page is forgotten.
    pub(super) fn accept(&mut self, deadline: Instant) -> Result<(), Silence> {
        self.page = None;
        while self.page.is_none() {
            self.wait_for_connection(deadline)?;
            let (stream, _) = match self.listener.accept() {
                Ok(connection) => connection,
                // The other end gave up between the two calls.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            };
            stream.set_nonblocking(false)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(HANDSHAKE_TIMEOUT))?;
            // Whoever does not speak WebSocket is not our page.
            self.page = tungstenite::accept(stream).ok();
        }
        Ok(())
    }

    fn wait_for_connection(&self, deadline: Instant) -> Result<(), Silence> {
        let left = remaining(deadline)?;
        let timeout =
            Timespec::try_from(left).map_err(|error| Silence::Broken(error.to_string()))?;
        let mut listener = [PollFd::new(&self.listener, PollFlags::IN)];
        match poll(&mut listener, Some(&timeout)) {
            Ok(0) => Err(Silence::TimedOut),
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// Has the page evaluate an expression, and waits for its value.
    pub(super) fn eval(&mut self, js: &str, deadline: Instant) -> Result<Value, Silence> {
        let page = self.page.as_mut().ok_or_else(|| Silence::Broken("no page".to_owned()))?;
        let id = self.next_id;
        self.next_id += 1;
        page.send(Message::text(json!({ "id": id, "js": js }).to_string()))?;
        loop {
            page.get_ref().set_read_timeout(Some(remaining(deadline)?))?;
            let Message::Text(text) = page.read()? else { continue };
            let answer: Value = serde_json::from_str(&text)
                .map_err(|error| Silence::Broken(format!("not JSON: {error}: {text}")))?;
            // An answer to an order that timed out earlier is of no more use.
            if answer["id"] == id {
                return read_answer(answer);
            }
        }
    }
}

fn read_answer(mut answer: Value) -> Result<Value, Silence> {
    if answer["ok"] == true {
        return Ok(answer["value"].take());
    }
    let error = &answer["error"];
    Err(Silence::Threw(error.as_str().map_or_else(|| error.to_string(), str::to_owned)))
}

fn remaining(deadline: Instant) -> Result<Duration, Silence> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Silence::TimedOut) } else { Ok(left) }
}

#[cfg(test)]
mod tests {
    use super::{Control, Silence};
    use serde_json::{Value, json};
    use std::time::{Duration, Instant};
    use tungstenite::Message;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    /// A page that answers by what `answer` makes of an order.
    fn page(url: &str, answer: impl Fn(&Value) -> Vec<Value> + Send + 'static) {
        let (_, control) = url.split_once("control=").expect("the address names the channel");
        let (mut socket, _) = tungstenite::connect(control).expect("the harness listens");
        std::thread::spawn(move || {
            while let Ok(Message::Text(text)) = socket.read() {
                let order: Value = serde_json::from_str(&text).expect("orders are JSON");
                for reply in answer(&order) {
                    let _ = socket.send(Message::text(reply.to_string()));
                }
            }
        });
    }

    fn connected(answer: impl Fn(&Value) -> Vec<Value> + Send + 'static) -> Control {
        let mut control = Control::listen().expect("a port is free");
        let url = control.address("http://127.0.0.1/").expect("the port is known");
        let page = std::thread::spawn(move || page(&url, answer));
        control.accept(soon()).expect("the page connects");
        page.join().expect("the page connected");
        control
    }

    #[test]
    fn the_parameter_goes_into_the_query() {
        let control = Control::listen().expect("a port is free");
        let address = |url| control.address(url).expect("the port is known");
        assert!(address("http://a/").starts_with("http://a/?control=ws://127.0.0.1:"));
        assert!(address("http://a/?room=x").starts_with("http://a/?room=x&control=ws://"));
        let with_fragment = address("http://a/#room");
        assert!(with_fragment.starts_with("http://a/?control=ws://"), "{with_fragment}");
        assert!(with_fragment.ends_with("#room"), "{with_fragment}");
    }

    #[test]
    fn values_and_exceptions_come_back() {
        let mut control = connected(|order| {
            let throws = order["js"] == "throw";
            vec![
                json!({ "id": order["id"], "ok": !throws, "value": order["js"], "error": "Error: x" }),
            ]
        });
        assert_eq!(control.eval("a", soon()).expect("a value"), "a");
        assert!(
            matches!(control.eval("throw", soon()), Err(Silence::Threw(text)) if text == "Error: x")
        );
    }

    #[test]
    fn late_answers_are_passed_over() {
        let mut control = connected(|order| {
            vec![
                json!({ "id": 99, "ok": true, "value": "late" }),
                json!({ "id": order["id"], "ok": true }),
            ]
        });
        assert_eq!(control.eval("a", soon()).expect("a value"), Value::Null);
    }

    #[test]
    fn silence_ends_at_the_deadline() {
        let mut control = connected(|_| Vec::new());
        let deadline = Instant::now() + Duration::from_millis(10);
        assert!(matches!(control.eval("a", deadline), Err(Silence::TimedOut)));
        let deadline = Instant::now() + Duration::from_millis(10);
        assert!(matches!(control.accept(deadline), Err(Silence::TimedOut)));
        assert!(matches!(control.eval("a", soon()), Err(Silence::Broken(_))));
    }
}
