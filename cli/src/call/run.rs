//! `lapwing call`, from the command line to the report.

use std::time::Instant;

use lapwing_rooms::call::{Call, CallMedia, CallReport, Loudspeaker, Screen};
use lapwing_rooms::client::Bell;
use lapwing_rooms::protocol::data::FILE_BYTES_MAX;
use lapwing_rooms::transfer::{Desk, Inbox, Store};

use super::app::CallApp;
use super::args::Args;
use super::devices::{self, Together};
use super::display::Words;
use super::error::CallFailure;
use super::note::CallNote;
use super::screen::TextScreen;
use super::stdin::Lines;
use super::tape::Tape;
use crate::args::LOG;
use crate::join::{Board, Console, Interrupt, end_on_panic};
use crate::outcome::Outcome;

/// Calls, prints the report, and ends the program's run.
///
/// # Errors
/// See [`CallFailure`].
pub fn run(args: Args) -> Outcome {
    end_on_panic();
    let args = Args { join: args.join.with_state(), ..args };
    let bell = Bell::default();
    let interrupt = Interrupt::install(&bell).map_err(CallFailure::system)?;
    let lines = Lines::read(bell.clone()).map_err(CallFailure::system)?;
    let mut console = Console::new(args.join.json);
    let report = make_call(&args, &mut console, bell, &interrupt, lines)?;
    match args.join.json {
        true => console.tell(&CallNote::Report { report: Box::new(report.clone()) }),
        false => console.print(&Words(&report).to_string()),
    }
    match report.ok {
        true => Ok(()),
        false => Err(Box::new(CallFailure::Unmet(report.problems))),
    }
}

/// Calls. The report may hold problems; an error means that no call came about.
///
/// # Errors
/// See [`CallFailure`].
pub fn call(
    args: &Args,
    console: &mut Console,
    bell: Bell,
    interrupt: &Interrupt,
) -> Result<CallReport, CallFailure> {
    make_call(args, console, bell, interrupt, Lines::none())
}

fn make_call(
    args: &Args,
    console: &mut Console,
    bell: Bell,
    interrupt: &Interrupt,
    lines: Lines,
) -> Result<CallReport, CallFailure> {
    if let Some(folder) = &args.record {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|error| CallFailure::Folder(folder.clone(), error))?;
    }
    let desk = match &args.files {
        None => None,
        Some(folder) => {
            let store = Store::open(folder);
            let store = store.map_err(|error| CallFailure::Folder(folder.clone(), error))?;
            Some(Desk::new(Inbox::new(store, FILE_BYTES_MAX)))
        }
    };
    let board = args.ascii.then(Board::default);
    let screen = |board: Board| -> Box<dyn Screen> { Box::new(TextScreen::new(board)) };
    let screen = board.clone().map(screen);
    let loudspeaker = loudspeaker(args)?;
    let opened = devices::open(&args.video, &args.audio, args.size)?;
    let record = args.record.clone();
    let media = CallMedia::open(args.send(), opened, record, screen, loudspeaker, &bell)?;
    let session = args.join.enter(media.baggage(), bell).map_err(CallFailure::system)?;
    console.set_board(board);
    let call = Call::new(args.call(), media, desk, Instant::now());
    let room = &args.join.url.room;
    let levels = args.shows_levels(std::env::var_os(LOG).is_some());
    let mut app = CallApp { call, room, console, interrupt, lines, levels };
    let ended = lapwing_rooms::client::run(args.join.driver, session, &mut app);
    drop(app);
    console.set_board(None);
    console.end_status();
    Ok(ended.map_err(CallFailure::system)??)
}

/// What plays, where anything is to.
fn loudspeaker(args: &Args) -> Result<Option<Box<dyn Loudspeaker>>, CallFailure> {
    let mut all: Vec<Box<dyn Loudspeaker>> = Vec::new();
    if let Some(path) = &args.play {
        let tape = Tape::create(path);
        all.push(Box::new(tape.map_err(|error| CallFailure::Unwritable(path.clone(), error))?));
    }
    if let Some(id) = &args.speaker {
        all.push(Box::new(devices::open_speaker(id)?));
    }
    Ok((!all.is_empty()).then(|| Box::new(Together(all)) as Box<dyn Loudspeaker>))
}
