//! `lapwing receive`.

use std::time::{Duration, Instant};

use lapwing_rooms::client::{App, Baggage, Bell, Label, Peer, PeerEvent, Step};
use lapwing_rooms::protocol::data::FILE_BYTES_MAX;
use lapwing_rooms::transfer::{Desk, Inbox, OlderFiles, Store, TransferNote, TransferReport};

use super::args::ReceiveArgs;
use super::error::TransferError;
use super::room;
use super::watch::Quiet;
use crate::join::{Console, Interrupt, end_on_panic};
use crate::outcome::Outcome;

/// How long the last answer may take before the room is left without it.
const LINGER_MAX: Duration = Duration::from_secs(3);

/// How often it is looked whether the other side has the last answer.
const LINGER_STEP: Duration = Duration::from_millis(20);

/// Receives files, and ends the program's run.
///
/// # Errors
/// See [`TransferError`].
pub fn receive(args: ReceiveArgs) -> Outcome {
    end_on_panic();
    let args = ReceiveArgs { join: args.join.with_state(), ..args };
    let bell = Bell::default();
    let interrupt = Interrupt::install(&bell).map_err(TransferError::System)?;
    let mut console = Console::new(args.join.json);
    let files = receive_files(&args, &mut console, bell, &interrupt)?;
    if args.join.json {
        console.tell(&TransferNote::Report { files });
    }
    Ok(())
}

/// Receives files.
///
/// # Errors
/// See [`TransferError`].
pub fn receive_files(
    args: &ReceiveArgs,
    console: &mut Console,
    bell: Bell,
    interrupt: &Interrupt,
) -> Result<Vec<TransferReport>, TransferError> {
    let store =
        Store::open(&args.out).map_err(|error| TransferError::File(args.out.clone(), error))?;
    let bytes_max = args.max_size.map_or(FILE_BYTES_MAX, |mb| mb.saturating_mul(1_000_000));
    let older = if args.reuse { OlderFiles::Reused } else { OlderFiles::Ignored };
    let inbox = Inbox::new(store, bytes_max).with_older(older);
    let session = args.join.enter(Baggage::default(), bell).map_err(TransferError::System)?;
    let mut app = ReceiveApp {
        room: args.join.url.room.clone(),
        count: args.count,
        desk: Desk::new(inbox),
        console,
        interrupt,
        quiet: Quiet::new(args.wait, Instant::now()),
        linger_until: None,
        failure: None,
    };
    lapwing_rooms::client::run(args.join.driver, session, &mut app)
        .map_err(TransferError::System)?
}

struct ReceiveApp<'a> {
    room: String,
    count: u32,
    desk: Desk,
    console: &'a mut Console,
    interrupt: &'a Interrupt,
    quiet: Quiet,
    linger_until: Option<Instant>,
    failure: Option<TransferError>,
}

type Received = Result<Vec<TransferReport>, TransferError>;

impl App for ReceiveApp<'_> {
    type Outcome = Received;

    fn on_event(&mut self, event: PeerEvent, _peer: &mut Peer, _now: Instant) {
        match event {
            PeerEvent::LinkClosed => self.desk.on_lost(),
            PeerEvent::File(from, message) => self.desk.on_message(&from, message),
            PeerEvent::FileChunk(chunk) => self.desk.on_chunk(&chunk),
            PeerEvent::Failed(error) => self.failure = Some(TransferError::Peer(error)),
            event => {
                if let Some(note) = room::note(&event, &self.room) {
                    self.console.tell(&note);
                }
            }
        }
    }

    fn step(&mut self, peer: &mut Peer, now: Instant) -> Step<Received> {
        let more = self.desk.step(peer, now);
        while let Some(note) = self.desk.poll_note() {
            self.console.tell(&note);
        }
        let enough = self.count > 0 && self.desk.reports().len() >= self.count as usize;
        let complete = enough && self.desk.is_quiet();
        if complete {
            let until = *self.linger_until.get_or_insert_with(|| {
                peer.close_files();
                now + LINGER_MAX
            });
            let said = !peer.is_open(Label::File);
            return match said || now >= until || self.failure.is_some() {
                true => Step::Over(Ok(self.desk.reports().to_vec())),
                false => Step::Wait(Some(until.min(now + LINGER_STEP))),
            };
        }
        if let Some(failure) = self.failure.take() {
            return Step::Over(Err(failure));
        }
        if self.interrupt.is_raised() {
            return Step::Over(match self.count {
                0 => Ok(self.desk.reports().to_vec()),
                _ => Err(TransferError::Interrupted),
            });
        }
        if let Some(note) = self.desk.progress(now) {
            self.console.progress(&TransferNote::Progress(note), now);
        }
        if let Some(span) = self.quiet.expired(self.desk.bytes(), now) {
            return Step::Over(Err(TransferError::Nothing(span, "a byte arriving")));
        }
        Step::Wait(if more { Some(now) } else { self.quiet.next() })
    }
}
