//! Watches the path of a connection: when to look for another, when to give up.

use std::time::{Duration, Instant};

use lapwing_engine::ConnectionState;

/// How long the first connection may take. DTLS and ICE both have repeated everything many times
/// by then.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(30);

/// How long the first connection may take before the person is told what may be in the way. Most
/// come about within a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a lost path may come back by itself before ICE is restarted.
const DISCONNECTED_TIME_MAX: Duration = Duration::from_secs(3);

/// How long a restart may take before the next.
const RESTART_TIME_MAX: Duration = Duration::from_secs(10);

/// Restarts in a row before giving up.
const RESTARTS_MAX: u32 = 3;

/// What is to be done about the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathAction {
    /// Restart ICE.
    Restart,
    /// Tell that the other side has not answered at all.
    TellNoAnswer,
    /// Tell that there is no path yet, and what may help.
    TellNoPath,
    /// There is no path.
    GiveUp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    /// The other side is to send its description; `tell` is when it is late.
    Expecting {
        tell: Option<Instant>,
    },
    Connecting {
        tell: Option<Instant>,
        until: Instant,
    },
    Connected,
    /// The path is gone; `restart` is when to look for another.
    Lost {
        restart: Instant,
        restarts: u32,
    },
}

/// The watch over one connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PathWatch {
    state: State,
}

impl PathWatch {
    /// There is somebody to connect to.
    pub(super) fn expect(&mut self, now: Instant) {
        self.state = State::Expecting { tell: Some(now + PATIENCE) };
    }

    /// Both descriptions are there: from now on time counts.
    pub(super) fn begin(&mut self, now: Instant) {
        if let State::Idle | State::Expecting { .. } = self.state {
            let (tell, until) = (Some(now + PATIENCE), now + CONNECT_TIME_MAX);
            self.state = State::Connecting { tell, until };
        }
    }

    /// The connection's state moved.
    pub(super) fn on_state(&mut self, state: ConnectionState, now: Instant) {
        let (restart, restarts) = match self.state {
            State::Lost { restart, restarts } => (restart, restarts),
            _ => (now + DISCONNECTED_TIME_MAX, 0),
        };
        let was_up = self.was_up();
        match state {
            ConnectionState::Connected => self.state = State::Connected,
            ConnectionState::Disconnected if was_up => {
                self.state = State::Lost { restart, restarts };
            }
            ConnectionState::Failed if was_up => {
                let restart = if restarts == 0 { now } else { restart };
                self.state = State::Lost { restart, restarts };
            }
            ConnectionState::Failed => {
                if let State::Connecting { tell: Some(tell), .. } = &mut self.state {
                    *tell = now;
                }
            }
            ConnectionState::Closed => self.state = State::Idle,
            _ => {}
        }
    }

    /// There was a path.
    pub(super) fn was_up(&self) -> bool {
        matches!(self.state, State::Connected | State::Lost { .. })
    }

    /// When [`Self::poll`] has something to say.
    pub(super) fn next(&self) -> Option<Instant> {
        match self.state {
            State::Idle | State::Connected => None,
            State::Expecting { tell } => tell,
            State::Connecting { tell, until } => tell.or(Some(until)),
            State::Lost { restart, .. } => Some(restart),
        }
    }

    /// What is to be done now.
    pub(super) fn poll(&mut self, now: Instant) -> Option<PathAction> {
        if self.next().is_none_or(|next| now < next) {
            return None;
        }
        match &mut self.state {
            State::Lost { restart, restarts } if *restarts < RESTARTS_MAX => {
                *restart = now + RESTART_TIME_MAX;
                *restarts += 1;
                Some(PathAction::Restart)
            }
            State::Expecting { tell } => tell.take().map(|_| PathAction::TellNoAnswer),
            State::Connecting { tell: tell @ Some(_), .. } => {
                *tell = None;
                Some(PathAction::TellNoPath)
            }
            _ => {
                self.state = State::Idle;
                Some(PathAction::GiveUp)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_connection_has_half_a_minute_and_is_told_to_be_late_before() {
        let start = Instant::now();
        let mut watch = PathWatch::default();
        assert_eq!(watch.next(), None);
        watch.begin(start);
        watch.begin(start + Duration::from_secs(9));
        watch.on_state(ConnectionState::Connecting, start);
        assert_eq!(watch.next(), Some(start + PATIENCE));
        assert_eq!(watch.poll(start), None);
        assert_eq!(watch.poll(start + PATIENCE), Some(PathAction::TellNoPath));
        assert_eq!(watch.next(), Some(start + CONNECT_TIME_MAX));
        assert_eq!(watch.poll(start + CONNECT_TIME_MAX), Some(PathAction::GiveUp));
        assert_eq!(watch.next(), None);
    }

    #[test]
    fn a_failure_is_told_at_once_and_once() {
        let start = Instant::now();
        let mut watch = PathWatch::default();
        watch.begin(start);
        for _ in 0..2 {
            watch.on_state(ConnectionState::Failed, start);
        }
        assert_eq!(watch.poll(start), Some(PathAction::TellNoPath));
        watch.on_state(ConnectionState::Failed, start);
        assert_eq!(watch.poll(start), None);
        watch.on_state(ConnectionState::Connected, start);
        assert_eq!(watch.next(), None);
    }

    #[test]
    fn somebody_who_does_not_answer_is_told_and_waited_for() {
        let start = Instant::now();
        let mut watch = PathWatch::default();
        watch.expect(start);
        assert_eq!(watch.poll(start + PATIENCE), Some(PathAction::TellNoAnswer));
        assert_eq!(watch.next(), None);
        watch.begin(start + CONNECT_TIME_MAX);
        assert!(watch.next().is_some());
    }

    #[test]
    fn a_lost_path_is_looked_for_three_times() {
        let start = Instant::now();
        let mut watch = PathWatch::default();
        watch.begin(start);
        watch.on_state(ConnectionState::Connected, start);
        assert_eq!(watch.next(), None);
        watch.on_state(ConnectionState::Disconnected, start);
        let mut now = start + DISCONNECTED_TIME_MAX;
        for _ in 0..RESTARTS_MAX {
            assert_eq!(watch.poll(now), Some(PathAction::Restart));
            watch.on_state(ConnectionState::Failed, now);
            now += RESTART_TIME_MAX;
        }
        assert_eq!(watch.poll(now), Some(PathAction::GiveUp));
    }

    #[test]
    fn a_path_that_comes_back_counts_anew() {
        let start = Instant::now();
        let mut watch = PathWatch::default();
        watch.begin(start);
        watch.on_state(ConnectionState::Connected, start);
        watch.on_state(ConnectionState::Failed, start);
        assert_eq!(watch.poll(start), Some(PathAction::Restart), "a failure waits for nothing");
        watch.on_state(ConnectionState::Connected, start);
        assert_eq!(watch.next(), None);
    }
}
