//! What is the same under every driver: the loop between the standard streams, the agent and a
//! driver.

use std::io;
use std::time::{Duration, Instant};

use lapwing_drivers::{Events, Waker};
use lapwing_engine::Rtc;

use super::stdio::Stdio;
use crate::agent::{Agent, Identity};

/// The longest wait of a turn.
const TURN_TIME_MAX: Duration = Duration::from_millis(250);

/// Turns in which a connection says goodbye. The first sends it; the second, what an answer to it
/// brings about.
const FAREWELL_TURNS: u32 = 2;

/// A driver, whatever its runtime.
pub(super) trait Turn: Sized {
    fn create() -> io::Result<Self>;
    fn waker(&self) -> Waker;
    async fn turn(&mut self, rtc: &mut Rtc, wait: Duration) -> io::Result<Events>;
}

/// Runs the peer program of this name over standard input and output until it is told to end.
pub(super) async fn drive<D: Turn>(name: &str) -> io::Result<()> {
    let stdio = Stdio::start()?;
    let (seed, unix_time) = (lapwing_drivers::seed()?, lapwing_drivers::unix_time());
    let identity = Identity { name: name.to_owned(), seed, unix_time };
    let mut agent = Agent::new(identity, Instant::now());
    // A connection has sockets of its own: those of the last one go with its driver.
    let mut driver: Option<D> = None;
    let mut generation = agent.generation();
    while !agent.is_over() {
        while let Some(line) = stdio.poll() {
            take(&mut agent, line);
        }
        let wake = agent.wake(Instant::now());
        tell(&mut agent, &stdio)?;
        if agent.generation() != generation {
            generation = agent.generation();
            driver = None;
        }
        let Some(rtc) = agent.rtc() else {
            if !agent.is_over() {
                take(&mut agent, stdio.wait());
            }
            continue;
        };
        let driver = match &mut driver {
            Some(driver) => driver,
            none => {
                let created = D::create()?;
                stdio.wakes(created.waker());
                none.insert(created)
            }
        };
        let wait = wake.map_or(TURN_TIME_MAX, |at| at.saturating_duration_since(Instant::now()));
        let events = driver.turn(rtc, wait.min(TURN_TIME_MAX)).await?;
        let now = Instant::now();
        events.for_each(|event| agent.event(event, now));
    }
    for _ in 0..FAREWELL_TURNS {
        let (Some(driver), Some(rtc)) = (&mut driver, agent.rtc()) else { break };
        let events = driver.turn(rtc, Duration::ZERO).await?;
        events.for_each(|event| agent.event(event, Instant::now()));
    }
    tell(&mut agent, &stdio)
}

/// A line, or the end of them.
fn take(agent: &mut Agent, line: Option<String>) {
    match line {
        Some(line) => agent.line(&line, Instant::now()),
        None => agent.end(Instant::now()),
    }
}

fn tell(agent: &mut Agent, stdio: &Stdio) -> io::Result<()> {
    agent.take_files().iter().try_for_each(|part| part.write())?;
    stdio.write(&agent.take_lines())
}
