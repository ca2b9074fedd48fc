//! A run of the wall: columns side by side, each in a network of its own.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::column::{Live, act};
use super::plan::{Lane, Plan};
use super::{Cell, Column, Evidence, Record, Side, SimulatedEnds};
use crate::network::Network;
use crate::peer::{Manifest, Start};

/// What a run tells while it goes on.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A column's stack said who it is.
    Column(String, Column),
    /// The subject said who it is.
    Subject(Column),
    /// A cell is done.
    Cell(Cell),
}

/// Why a run cannot go on.
#[derive(Debug)]
pub enum RunError {
    /// There are no networks here: why.
    NoNetwork(crate::netns::Unavailable),
    /// Evidence cannot be written.
    Evidence(io::Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::NoNetwork(why) => write!(f, "no network for the cases: {why}"),
            RunError::Evidence(error) => write!(f, "evidence cannot be written: {error}"),
        }
    }
}

impl std::error::Error for RunError {}

/// Plays all cells of a plan. Each worker takes a column after the other and plays its cases in
/// order; `tell` hears of what is done.
///
/// # Errors
/// The first reason for which a worker cannot go on.
pub fn run(plan: &Plan<'_>, mut tell: impl FnMut(Progress)) -> Result<Duration, RunError> {
    let begun = Instant::now();
    let columns = |lane| {
        let some = plan.peers.iter().copied().filter(|peer| plan.rows(peer, lane).next().is_some());
        Mutex::new(some.collect::<VecDeque<_>>())
    };
    let (usual, long) = (columns(Lane::Usual), columns(Lane::Long));
    let (sender, progress) = channel();
    std::thread::scope(|scope| {
        let usual =
            (0..plan.workers.max(1)).map(|number| (format!("wall{number}"), Lane::Usual, &usual));
        let workers: Vec<_> = usual
            .chain([("long".to_owned(), Lane::Long, &long)])
            .map(|(name, lane, columns)| {
                let sender = sender.clone();
                scope.spawn(move || work(plan, &name, lane, columns, &sender))
            })
            .collect();
        drop(sender);
        progress.iter().for_each(&mut tell);
        let ended = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        ended.collect::<Result<Vec<()>, RunError>>()
    })?;
    Ok(begun.elapsed())
}

fn work(
    plan: &Plan<'_>,
    name: &str,
    lane: Lane,
    columns: &Mutex<VecDeque<&Manifest>>,
    tell: &Sender<Progress>,
) -> Result<(), RunError> {
    let mut network = None;
    loop {
        // A column is taken out whole, so a worker that panicked left the list as it was.
        let next = columns.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(peer) = next else { return Ok(()) };
        if peer.start == Start::Simulated {
            simulated(plan, peer, lane, tell).map_err(RunError::Evidence)?;
            continue;
        }
        if network.is_none() {
            let made = Network::create(name).map_err(RunError::NoNetwork)?;
            network = Some(made);
        }
        let network = network.as_ref().expect("it was made above");
        live(plan, peer, lane, network, tell).map_err(RunError::Evidence)?;
    }
}

fn live(
    plan: &Plan<'_>,
    peer: &Manifest,
    lane: Lane,
    network: &Network,
    tell: &Sender<Progress>,
) -> io::Result<()> {
    let logs = match lane {
        Lane::Usual => plan.folder.join(&peer.name),
        Lane::Long => plan.folder.join(&peer.name).join("long"),
    };
    let mut column = Live::new(plan, peer, network, &logs)?;
    let mut told = false;
    for (name, case, role) in plan.rows(peer, lane) {
        let cell = column.play(name, case, role)?;
        if let (false, Some(ready)) = (told, column.ready(Side::Peer)) {
            told = true;
            let version = format!("{} {}", ready.peer, ready.version);
            let head = Column { title: peer.title.clone(), version };
            // Who does not listen any more has all he wanted.
            let _ = tell.send(Progress::Column(peer.name.clone(), head));
        }
        if let Some(ready) = column.ready(Side::Subject) {
            let version = format!("{} {}", ready.peer, ready.version);
            let head = Column { title: plan.subject.title.clone(), version };
            let _ = tell.send(Progress::Subject(head));
        }
        let _ = tell.send(Progress::Cell(cell));
    }
    Ok(())
}

/// A column in virtual time. What fails there fails each time, so it is played once.
fn simulated(
    plan: &Plan<'_>,
    peer: &Manifest,
    lane: Lane,
    tell: &Sender<Progress>,
) -> io::Result<()> {
    let version = format!("Lapwing {}", env!("CARGO_PKG_VERSION"));
    let head = Column { title: peer.title.clone(), version };
    let _ = tell.send(Progress::Column(peer.name.clone(), head));
    for (name, case, role) in plan.rows(peer, lane) {
        let begun = Instant::now();
        let mut ends = SimulatedEnds::new((case.links)(), plan.seed);
        let mut record = Record::default();
        let mut cell = Cell::new(&peer.name, name, role);
        let evidence = Evidence::begin(plan.folder.join(cell.folder()))?;
        let played = act(case, role, &mut ends, &evidence, &mut record);
        cell.note(played, &record, begun.elapsed());
        evidence.record(&record)?;
        evidence.outcome(&cell)?;
        let _ = tell.send(Progress::Cell(cell));
    }
    Ok(())
}
