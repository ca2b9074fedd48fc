//! A call in the laboratory.

use std::path::Path;
use std::time::Duration;

use super::server::Running;
use super::{Authority, Cell, Laboratory, NatError, Outcome, Stack};
use crate::netns::Namespace;
use crate::peer::{BrowserPeer, Peer, PeerError, ProcessPeer};
use crate::wall::{LiveEnds, Record, Role, Scene, Side, Stop, must};

/// How long a call may take in all, programs already running.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// A check that nobody answers is over after that long, and the next kind of pair has its turn.
const ICE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the best pair may take to be in use, once frames flow.
const SETTLED_TIMEOUT: Duration = Duration::from_secs(10);

/// Has both sides of a cell call each other, and looks at what arrives and what was selected.
/// `lapwing` is the program of ours; logs go into `folder`.
///
/// # Errors
/// [`NatError`] where there is no laboratory, or what went wrong with the call.
pub fn play(cell: &Cell, lapwing: &Path, folder: &Path) -> Result<Result<Outcome, Stop>, NatError> {
    let authority = Authority::create()?;
    let laboratory = Laboratory::create(cell.translators)?;
    let _server =
        Running::start(cell.server, lapwing, &laboratory, &authority, &folder.join("server.log"))?;
    let peers = Side::BOTH.map(|side| {
        let log = folder.join(format!("{side}.log"));
        start(cell.stacks[side.index()], lapwing, laboratory.side(side), &log)
    });
    let [subject, peer] = peers;
    let (mut subject, mut peer) = match (subject, peer) {
        (Ok(subject), Ok(peer)) => (subject, peer),
        (Err(error), _) | (_, Err(error)) => return Ok(Err(Stop::fault(error.to_string()))),
    };
    let mut record = Record::default();
    let mut ends = LiveEnds::elsewhere([subject.as_mut(), peer.as_mut()]);
    let mut scene = Scene::new(Role::WeOffer, CALL_TIMEOUT, &mut ends, &mut record, None);
    let outcome = call(cell, &authority, &mut scene);
    // The record helps to see why a call failed; its loss is no failure.
    let _ = std::fs::write(folder.join("record.jsonl"), record.lines());
    Ok(outcome)
}

fn start(
    stack: Stack,
    lapwing: &Path,
    namespace: &Namespace,
    log: &Path,
) -> Result<Box<dyn Peer>, PeerError> {
    match stack {
        Stack::Lapwing => {
            let program = lapwing.display().to_string();
            let run = [program.as_str(), "conformance", "peer"].map(str::to_owned);
            Ok(Box::new(ProcessPeer::start(&run, namespace, log)?))
        }
        Stack::Browser(kind) => Ok(Box::new(BrowserPeer::launch(kind, None, namespace, log)?)),
    }
}

fn call(cell: &Cell, authority: &Authority, scene: &mut Scene<'_>) -> Result<Outcome, Stop> {
    for side in Side::BOTH {
        scene.open(side, cell.help[side.index()].options(authority))?;
    }
    let tracks = [scene.audio()?, scene.video("VP8")?];
    let begun = scene.elapsed();
    scene.negotiate(scene.offerer())?;
    scene.until("ICE to connect at both ends", ICE_TIMEOUT, |scene| {
        let works = |side| {
            let states = scene.events(side, "ice").last().map(|event| event["state"].clone());
            states.is_some_and(|state| state == "connected" || state == "completed")
        };
        Ok(Side::BOTH.into_iter().all(works))
    })?;
    let ice = scene.elapsed().saturating_sub(begun);
    scene.connected()?;
    let connected = scene.elapsed().saturating_sub(begun);
    scene.flows(&tracks)?;
    let (mut selected, mut fault): ([[String; 2]; 2], _) = Default::default();
    // The first pair that works is used at once; a better one takes over when it works too.
    let settled = scene.until("the best pair to be in use", SETTLED_TIMEOUT, |scene| {
        selected = kinds(scene)?;
        fault = cell.judge(&selected);
        Ok(fault.is_none())
    });
    must(fault.is_none(), || fault.unwrap_or_default())?;
    settled?;
    Ok(Outcome { selected, ice, connected })
}

/// Kinds of the selected candidates: each side's own, and the other's as it sees it.
fn kinds(scene: &mut Scene<'_>) -> Result<[[String; 2]; 2], Stop> {
    let mut selected: [[String; 2]; 2] = Default::default();
    for side in Side::BOTH {
        let facts = scene.facts(side)?;
        selected[side.index()] = ["local_type", "remote_type"]
            .map(|name| facts[name].as_str().unwrap_or("untold").to_owned());
    }
    Ok(selected)
}
