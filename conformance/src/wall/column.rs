//! A column of the wall: the cases of one peer, one after the other.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::seat::Seat;
use super::{
    Case, Cell, Ends, Evidence, Expectations, LiveEnds, Outcome, Plan, Played, Record, Role, Scene,
    Side, Stop,
};
use crate::network::Network;
use crate::peer::{Manifest, PeerError, Ready};

/// The two stacks of a column in their network.
pub(super) struct Live<'a> {
    seats: [Seat<'a>; 2],
    network: &'a Network,
    peer: &'a Manifest,
    expected: &'a Expectations,
    folder: &'a Path,
    seed: u64,
}

/// How a case was played once.
struct Take {
    played: Played,
    record: Record,
    took: Duration,
}

impl<'a> Live<'a> {
    /// Nobody is started yet. What the stacks print goes into `logs`.
    pub(super) fn new(
        plan: &Plan<'a>,
        peer: &'a Manifest,
        network: &'a Network,
        logs: &Path,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(logs)?;
        let seat = |manifest, side: Side| {
            let log: PathBuf = logs.join(format!("{side}.log"));
            // A log of an earlier run would be taken for this one's.
            let _ = std::fs::remove_file(&log);
            Seat::new(manifest, side, network, log)
        };
        let seats = [seat(plan.subject, Side::Subject), seat(peer, Side::Peer)];
        let Plan { expected, folder, seed, .. } = *plan;
        Ok(Live { seats, network, peer, expected, folder, seed })
    }

    /// Who the peer says it is, if it runs.
    pub(super) fn ready(&self, side: Side) -> Option<&Ready> {
        self.seats[side.index()].ready()
    }

    /// Plays a case. What fails is tried once more, unless it is known to.
    pub(super) fn play(&mut self, name: &str, case: &Case, role: Role) -> io::Result<Cell> {
        let mut cell = Cell::new(&self.peer.name, name, role);
        let mut first_fault = None;
        loop {
            let evidence = Evidence::begin(self.folder.join(cell.folder()))?;
            let Take { played, record, took } = self.take(case, role, &evidence)?;
            cell.note(played, &record, took);
            let again = matches!(cell.outcome, Outcome::Failed { .. })
                && first_fault.is_none()
                && !self.expected.always_fails(&cell);
            if let (Outcome::Passed, Some(fault)) = (&cell.outcome, &first_fault) {
                cell.outcome = Outcome::Flaked { fault: String::clone(fault) };
            }
            evidence.outcome(&cell)?;
            if !again {
                return Ok(cell);
            }
            first_fault = Some(cell.outcome.text().to_owned());
        }
    }

    fn take(&mut self, case: &Case, role: Role, evidence: &Evidence) -> io::Result<Take> {
        let begun = Instant::now();
        let mut record = Record::default();
        let from = Side::BOTH.map(|side| log_length(self.seats[side.index()].log()));
        self.network.begin((case.links)(), self.seed);
        let played = self.acted(case, role, evidence, &mut record);
        let failed = matches!(played, Err(Stop::Fault(_)));
        for seat in &mut self.seats {
            seat.close();
            if failed {
                seat.end();
            }
        }
        let captured = self.network.finish(&evidence.keys());
        evidence.capture(&captured.pcapng)?;
        evidence.record(&record)?;
        for side in Side::BOTH {
            evidence.log(side, self.seats[side.index()].log(), from[side.index()])?;
        }
        Ok(Take { played, record, took: begun.elapsed() })
    }

    fn acted(
        &mut self,
        case: &Case,
        role: Role,
        evidence: &Evidence,
        record: &mut Record,
    ) -> Played {
        let [subject, peer] = &mut self.seats;
        let cannot = |side: Side, error: PeerError| match error {
            PeerError::Unsupported(text) => Stop::NotApplicable(text),
            error => Stop::Fault(format!("{side} cannot be started: {error}")),
        };
        let subject = subject.peer().map_err(|error| cannot(Side::Subject, error))?;
        let peer = peer.peer().map_err(|error| cannot(Side::Peer, error))?;
        let mut ends = LiveEnds::new([subject, peer], self.network);
        act(case, role, &mut ends, evidence, record)
    }
}

/// Plays a case between two ends, and notes how things stand after it.
pub(super) fn act(
    case: &Case,
    role: Role,
    ends: &mut dyn Ends,
    evidence: &Evidence,
    record: &mut Record,
) -> Played {
    able(case, role, Side::BOTH.map(|side| ends.ready(side)))?;
    let folder = Some(evidence.folder().to_owned());
    let mut scene = Scene::new(role, case.within, ends, record, folder);
    let played = (case.play)(&mut scene);
    // How things stood helps to see why; an end that is gone has nothing to say.
    for side in Side::BOTH {
        let _ = scene.facts(side);
    }
    played
}

/// Whether both stacks have what a case needs.
fn able(case: &Case, role: Role, ready: [&Ready; 2]) -> Played {
    for (side, ready) in Side::BOTH.into_iter().zip(ready) {
        let part = if role.offerer() == side { "offer" } else { "answer" };
        for feature in case.needs.iter().chain([&part]) {
            if !ready.can(feature) {
                return Err(Stop::NotApplicable(format!("{}: no {feature}", ready.peer)));
            }
        }
    }
    Ok(())
}

fn log_length(log: &Path) -> u64 {
    std::fs::metadata(log).map(|file| file.len()).unwrap_or(0)
}
