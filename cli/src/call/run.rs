//! `lapwing call`, from the command line to the report.

use std::time::Instant;

use lapwing_engine::{Bitrate, Codec};
use lapwing_rooms::client::{Baggage, Bell};
use lapwing_rooms::protocol::data::FILE_BYTES_MAX;
use lapwing_rooms::transfer::{Desk, Inbox, Store};

use super::app::{Call, Parts};
use super::args::Args;
use super::error::CallError;
use super::inbound::Inbound;
use super::note::CallNote;
use super::receiving::Receiving;
use super::report::CallReport;
use super::sending::Sending;
use super::stdin::Lines;
use crate::args::Outcome;
use crate::join::{Board, Console, Interrupt, end_on_panic};

/// Codecs that are negotiated: those that can be decoded here.
const CODECS: [Codec; 4] = [Codec::Opus, Codec::Pcmu, Codec::Vp8, Codec::Av1];

/// Where the bandwidth estimate begins, in kbit/s: sound and a first picture.
const FIRST_ESTIMATE_KBPS: u64 = 600;

/// Calls, prints the report, and ends the program's run.
///
/// # Errors
/// See [`CallError`].
pub fn run(args: Args) -> Outcome {
    end_on_panic();
    let args = Args { join: args.join.with_state(), ..args };
    let bell = Bell::default();
    let interrupt = Interrupt::install(&bell).map_err(CallError::System)?;
    let lines = Lines::read(bell.clone()).map_err(CallError::System)?;
    let mut console = Console::new(args.join.json);
    let report = make_call(&args, &mut console, bell, &interrupt, lines)?;
    match args.join.json {
        true => console.tell(&CallNote::Report { report: Box::new(report.clone()) }),
        false => console.print(&report.to_string()),
    }
    match report.ok {
        true => Ok(()),
        false => Err(Box::new(CallError::Unmet(report.problems))),
    }
}

/// Calls. The report may hold problems; an error means that no call came about.
///
/// # Errors
/// See [`CallError`].
pub fn call(
    args: &Args,
    console: &mut Console,
    bell: Bell,
    interrupt: &Interrupt,
) -> Result<CallReport, CallError> {
    make_call(args, console, bell, interrupt, Lines::none())
}

fn make_call(
    args: &Args,
    console: &mut Console,
    bell: Bell,
    interrupt: &Interrupt,
    lines: Lines,
) -> Result<CallReport, CallError> {
    if let Some(folder) = &args.record {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|error| CallError::Folder(folder.clone(), error))?;
    }
    let desk = match &args.files {
        None => None,
        Some(folder) => {
            let store = Store::open(folder);
            let store = store.map_err(|error| CallError::Folder(folder.clone(), error))?;
            Some(Desk::new(Inbox::new(store, FILE_BYTES_MAX)))
        }
    };
    let sending = Sending::open(args, bell.clone())?;
    let board = args.ascii.then(Board::default);
    let inbound = Inbound::start(args.record.clone(), board.clone(), bell.clone());
    let receiving = Receiving::new(inbound.map_err(CallError::System)?);
    let baggage = Baggage {
        sources: sending.sources(),
        receives: true,
        codecs: CODECS.to_vec(),
        initial_bitrate: Some(Bitrate::kbps(FIRST_ESTIMATE_KBPS)),
    };
    let session = args.join.enter(baggage, bell).map_err(CallError::System)?;
    console.set_board(board);
    let parts = Parts { args, console, interrupt, lines, sending, receiving, desk };
    let mut app = Call::new(parts, Instant::now());
    let ended = lapwing_rooms::client::run(args.join.driver, session, &mut app);
    drop(app);
    console.set_board(None);
    ended.map_err(CallError::System)?
}
