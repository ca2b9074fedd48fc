//! The signalling client: a thread that keeps a seat in a room.
//!
//! 1. It connects and joins; if the very first attempt fails, that is the end.
//! 2. Messages go both ways, pings keep the socket alive.
//! 3. When the socket is lost it comes back after a while, with the token of the last welcome, so
//!    that the seat and the peer connections survive.

use std::fmt;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};

use super::certificate::Trust;
use super::error::ClientError;
use super::retry::Retry;
use super::secret::Secret;
use super::socket::Socket;
use super::thread::spawn;
use super::url::RoomUrl;
use super::wake::Bell;
use crate::protocol::signalling::{ClientMessage, ServerMessage, VERSION};

/// How often the server is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(15);

/// How long the server may give none: less than it waits itself.
const SILENCE_MAX: Duration = Duration::from_secs(40);

/// What the thread tells.
#[derive(Debug)]
pub enum SignallingEvent {
    /// The server said something.
    Message(Box<ServerMessage>),
    /// The socket was lost and a new one will be tried; what was sent meanwhile is lost too.
    Lost {
        /// Why.
        error: ClientError,
        /// When the next attempt comes.
        retry: Duration,
    },
    /// It is over; nothing comes after this.
    Closed(ClientError),
}

/// How to get in.
#[derive(Clone, Debug)]
pub struct SignallingConfig {
    /// The room.
    pub url: RoomUrl,
    /// The participant's name.
    pub name: String,
    /// Which certificates of the server are taken.
    pub trust: Trust,
    /// The room's password.
    pub password: Option<Secret>,
    /// The secret by which a seat is got back that was lost with an earlier program.
    pub owner: Option<Secret>,
}

enum Command {
    Send(ClientMessage),
    Leave,
}

/// A seat in a room, or the attempt to get one.
pub struct Signalling {
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<SignallingEvent>,
    pipe: PipeWriter,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Signalling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signalling")
    }
}

impl Signalling {
    /// Starts the thread, which rings `bell` after each event.
    ///
    /// # Errors
    /// When the system gives no pipe or no thread.
    pub fn start(config: SignallingConfig, bell: Bell) -> std::io::Result<Self> {
        let (reader, pipe) = std::io::pipe()?;
        let (commands, inbox) = mpsc::channel();
        let (outbox, events) = mpsc::channel();
        let client =
            Client { config, inbox, pipe: reader, outbox, bell, token: None, ever_joined: false };
        let thread = spawn("signalling", move || client.run())?;
        Ok(Signalling { commands, events, pipe, thread: Some(thread) })
    }

    /// Sends a message, or drops it when the socket is lost: the next welcome makes good for it.
    pub fn send(&self, message: ClientMessage) {
        self.command(Command::Send(message));
    }

    /// The next event that is there.
    pub fn poll(&self) -> Option<SignallingEvent> {
        self.events.try_recv().ok()
    }

    /// Gives the seat up, and waits until the server was told.
    pub fn leave(mut self) {
        self.command(Command::Leave);
        if let Some(thread) = self.thread.take() {
            // It panics in no case; and if it did, there would be nothing left to leave.
            let _ = thread.join();
        }
    }

    fn command(&self, command: Command) {
        // Without the thread there is nobody to be told, and its last event has said so.
        if self.commands.send(command).is_ok() {
            let _ = (&self.pipe).write(&[0]);
        }
    }
}

/// The thread's side.
struct Client {
    config: SignallingConfig,
    inbox: mpsc::Receiver<Command>,
    pipe: PipeReader,
    outbox: mpsc::Sender<SignallingEvent>,
    bell: Bell,
    token: Option<String>,
    ever_joined: bool,
}

/// Why a socket is given up.
enum End {
    Left,
    Failed(ClientError),
}

impl Client {
    fn run(mut self) {
        let mut retry = Retry::default();
        loop {
            let error = match self.seat(&mut retry) {
                End::Left => return self.tell(SignallingEvent::Closed(ClientError::Ended)),
                End::Failed(error) => error,
            };
            if error.is_final() || !self.ever_joined {
                return self.tell(SignallingEvent::Closed(error));
            }
            let wait = retry.next_wait(random());
            self.tell(SignallingEvent::Lost { error, retry: wait });
            if self.wait(wait) {
                return self.tell(SignallingEvent::Closed(ClientError::Ended));
            }
        }
    }

    fn tell(&self, event: SignallingEvent) {
        // A receiver that is gone wants to know nothing.
        let _ = self.outbox.send(event);
        self.bell.ring();
    }

    /// Waits for the next attempt; true when the seat is to be given up instead.
    fn wait(&mut self, span: Duration) -> bool {
        let end = Instant::now() + span;
        loop {
            match self.inbox.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Command::Send(_)) => {}
                Ok(Command::Leave) | Err(mpsc::RecvTimeoutError::Disconnected) => return true,
                Err(mpsc::RecvTimeoutError::Timeout) => return false,
            }
        }
    }

    /// One socket from its opening to its end.
    fn seat(&mut self, retry: &mut Retry) -> End {
        match self.try_seat(retry) {
            Ok(()) => End::Left,
            Err(error) => End::Failed(error),
        }
    }

    fn try_seat(&mut self, retry: &mut Retry) -> Result<(), ClientError> {
        let mut socket = Socket::connect(&self.config.url, self.config.trust)?;
        let join = ClientMessage::Join {
            version: VERSION,
            name: self.config.name.clone(),
            resume: self.token.clone(),
            password: self.config.password.as_ref().map(Secret::reveal),
            owner: self.config.owner.as_ref().map(Secret::reveal),
        };
        socket.send(to_json(&join))?;
        let start = Instant::now();
        let (mut heard, mut ping) = (start, start + PING_EVERY);
        let mut pings = 0;
        loop {
            while let Some(text) = socket.receive()? {
                heard = Instant::now();
                self.on_text(&text, retry)?;
            }
            while let Ok(command) = self.inbox.try_recv() {
                match command {
                    Command::Send(message) => socket.send(to_json(&message))?,
                    Command::Leave => {
                        socket.send(to_json(&ClientMessage::Leave))?;
                        socket.close();
                        return Ok(());
                    }
                }
            }
            if socket.has_unsent() {
                socket.flush()?;
            }
            let now = Instant::now();
            if now >= heard + SILENCE_MAX {
                return Err(ClientError::Silent);
            }
            if now >= ping {
                ping = now + PING_EVERY;
                pings += 1;
                socket.send(to_json(&ClientMessage::Ping { n: pings }))?;
            }
            self.wait_ready(&socket, ping.min(heard + SILENCE_MAX))?;
        }
    }

    fn on_text(&mut self, text: &str, retry: &mut Retry) -> Result<(), ClientError> {
        if text.is_empty() {
            return Ok(());
        }
        match serde_json::from_str::<ServerMessage>(text) {
            Ok(ServerMessage::Pong { .. }) => {}
            Ok(ServerMessage::Error(error)) if error.fatal => {
                return Err(ClientError::Server(error));
            }
            Ok(message) => {
                if let ServerMessage::Welcome(welcome) = &message {
                    self.token = Some(welcome.resume.clone());
                    self.ever_joined = true;
                    retry.succeeded();
                }
                self.tell(SignallingEvent::Message(Box::new(message)));
            }
            // A later version may say more.
            // Its fault is told without its text, which may be what people said.
            Err(error) => tracing::debug!(
                kind = ?error.classify(),
                column = error.column(),
                "message of the server passed over"
            ),
        }
        Ok(())
    }

    /// Waits for the socket, a command or `until`.
    fn wait_ready(&mut self, socket: &Socket, until: Instant) -> Result<(), ClientError> {
        let wants = match socket.has_unsent() {
            true => PollFlags::IN | PollFlags::OUT,
            false => PollFlags::IN,
        };
        let mut fds = [
            PollFd::from_borrowed_fd(socket.as_fd(), wants),
            PollFd::new(&self.pipe, PollFlags::IN),
        ];
        let span = until.saturating_duration_since(Instant::now());
        let timeout =
            Timespec { tv_sec: span.as_secs() as i64, tv_nsec: span.subsec_nanos().into() };
        match rustix::event::poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(ClientError::Lost(error.to_string())),
        }
        if fds[1].revents().contains(PollFlags::IN) {
            // The bytes say only that something is in the inbox.
            let _ = self.pipe.read(&mut [0; 512]);
        }
        Ok(())
    }
}

fn to_json(message: &ClientMessage) -> String {
    serde_json::to_string(message).expect("a message of the protocol can be written as JSON")
}

/// From 0 to 1.
fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness clients come back together, which is no reason to stop.
    let _ = openssl::rand::rand_bytes(&mut bytes);
    f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX)
}
