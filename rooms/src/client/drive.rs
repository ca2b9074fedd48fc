//! The loop that drives a participant, the same over every driver.

use std::io;
use std::time::{Duration, Instant};

use lapwing_drivers::{Events, Waker};
use lapwing_engine::Rtc;

use super::event::PeerEvent;
use super::log::LogFile;
use super::peer::Peer;
use super::signalling::Signalling;
use super::wake::Bell;

/// The longest wait of a turn: figures are taken at least this often.
const TURN_TIME_MAX: Duration = Duration::from_millis(250);

/// Turns in which a connection says goodbye. The first sends it; the second, what an answer to it
/// brings about.
const FAREWELL_TURNS: u32 = 2;

/// Where the loop's waits and sockets come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DriverKind {
    /// Blocking.
    #[default]
    Mio,
    /// Asynchronous, under smol.
    Smol,
    /// Asynchronous, under tokio.
    Tokio,
}

impl DriverKind {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            DriverKind::Mio => "mio",
            DriverKind::Smol => "smol",
            DriverKind::Tokio => "tokio",
        }
    }
}

/// What a program does with a participant.
pub trait App {
    /// What it comes to.
    type Outcome;

    /// Something happened.
    fn on_event(&mut self, event: PeerEvent, peer: &mut Peer, now: Instant);

    /// Called once in each turn, after the events.
    fn step(&mut self, peer: &mut Peer, now: Instant) -> Step<Self::Outcome>;
}

/// What an [`App`] wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// To be called again when something happens, at this time at the latest.
    Wait(Option<Instant>),
    /// Nothing more: leave the room.
    Over(T),
}

/// A participant and its way to the server.
#[derive(Debug)]
pub struct Session {
    /// The seat.
    pub signalling: Signalling,
    /// What other threads ring.
    pub bell: Bell,
    /// The participant.
    pub peer: Peer,
    /// Where its connections are recorded.
    pub log: Option<LogFile>,
}

/// A driver, whatever its runtime.
pub(super) trait Turn: Sized {
    fn create() -> io::Result<Self>;
    fn waker(&self) -> Waker;
    async fn turn(&mut self, rtc: &mut Rtc, wait: Duration) -> io::Result<Events>;
}

/// Drives `app` to its end and leaves the room. Runs under the runtime of `D`.
pub(super) async fn drive<D: Turn, A: App>(
    session: Session,
    app: &mut A,
) -> io::Result<A::Outcome> {
    let Session { signalling, bell, mut peer, mut log } = session;
    let mut driver: D = connect(&bell)?;
    let mut generation = peer.generation();
    let outcome = loop {
        let now = Instant::now();
        while let Some(event) = signalling.poll() {
            peer.on_signalling(event, now);
        }
        if peer.generation() != generation {
            let mut rest = peer.take_recorded();
            if let Some(mut old) = peer.take_retired() {
                farewell(&mut driver, &mut old).await?;
                rest = old.finish_recording();
            }
            if let Some(log) = &mut log {
                log.write(generation, &rest)?;
            }
            generation = peer.generation();
            driver = connect(&bell)?;
        }
        let mut wake = peer.step(now);
        while let Some(event) = peer.poll_event() {
            app.on_event(event, &mut peer, now);
        }
        match app.step(&mut peer, now) {
            Step::Wait(at) => wake = wake.into_iter().chain(at).min(),
            Step::Over(outcome) => break outcome,
        }
        while let Some(message) = peer.poll_message() {
            signalling.send(message);
        }
        let wait = wake.map_or(TURN_TIME_MAX, |at| at.saturating_duration_since(Instant::now()));
        let events = driver.turn(peer.rtc(), wait.min(TURN_TIME_MAX)).await?;
        if let Some(log) = &mut log {
            log.keep(&mut peer)?;
        }
        let now = Instant::now();
        for event in events {
            peer.on_engine(event, now);
        }
    };
    peer.close(Instant::now());
    farewell(&mut driver, peer.rtc()).await?;
    if let Some(log) = &mut log {
        log.finish(&mut peer)?;
    }
    signalling.leave();
    Ok(outcome)
}

fn connect<D: Turn>(bell: &Bell) -> io::Result<D> {
    let driver = D::create()?;
    let waker = driver.waker();
    bell.connect(move || waker.wake());
    Ok(driver)
}

async fn farewell<D: Turn>(driver: &mut D, rtc: &mut Rtc) -> io::Result<()> {
    for _ in 0..FAREWELL_TURNS {
        driver.turn(rtc, Duration::ZERO).await?;
    }
    Ok(())
}
