//! `lapwing send`.

use std::collections::VecDeque;
use std::time::Instant;

use lapwing_rooms::client::{App, Baggage, Bell, Label, Peer, PeerEvent, Step};
use lapwing_rooms::protocol::data::{CancelReason, FileMessage, RejectReason, TRANSFERS_MAX};
use lapwing_rooms::protocol::signalling::Participant;
use lapwing_rooms::transfer::{Outgoing, Progress, ProgressNote, TransferNote, TransferReport};

use super::args::SendArgs;
use super::error::TransferError;
use super::gather::{Found, gather};
use super::room;
use super::shipment::Shipment;
use super::watch::Quiet;
use crate::join::{Console, Interrupt, end_on_panic};
use crate::outcome::Outcome;

/// Sends files, and ends the program's run.
///
/// # Errors
/// See [`TransferError`].
pub fn send(args: SendArgs) -> Outcome {
    end_on_panic();
    let args = SendArgs { join: args.join.with_state(), ..args };
    let bell = Bell::default();
    let interrupt = Interrupt::install(&bell).map_err(TransferError::System)?;
    let mut console = Console::new(args.join.json);
    let files = send_files(&args, &mut console, bell, &interrupt)?;
    if args.join.json || files.len() > 1 {
        console.tell(&TransferNote::Report { files });
    }
    Ok(())
}

/// Sends files.
///
/// # Errors
/// See [`TransferError`].
pub fn send_files(
    args: &SendArgs,
    console: &mut Console,
    bell: Bell,
    interrupt: &Interrupt,
) -> Result<Vec<TransferReport>, TransferError> {
    let found = gather(&args.files)?;
    let mut waiting = VecDeque::new();
    for Found { path, folder } in found {
        if interrupt.is_raised() {
            return Err(TransferError::Interrupted);
        }
        let mut read = None;
        let file = Outgoing::open(&path, &folder, |bytes, size| {
            let now = Instant::now();
            let progress = read.get_or_insert_with(|| Progress::new(0, size, now));
            progress.update(bytes, now);
            let note = ProgressNote::new(bytes, size, progress);
            console.progress(&TransferNote::Progress(note), now);
        });
        let file = file.map_err(|error| TransferError::File(path, error))?;
        let card = file.sender.card();
        let sha256 = card.sha256.to_string();
        console.tell(&TransferNote::Ready { name: card.name.clone(), size: card.size, sha256 });
        waiting.push_back(file);
    }
    let session = args.join.enter(Baggage::default(), bell).map_err(TransferError::System)?;
    let size = waiting.iter().map(|file| file.sender.card().size).sum();
    let mut app = SendApp {
        room: args.join.url.room.clone(),
        to: args.to.clone(),
        waiting,
        under_way: Vec::new(),
        sent: Vec::new(),
        size,
        console,
        interrupt,
        quiet: Quiet::new(args.wait, Instant::now()),
        progress: None,
        failure: None,
        told_waiting: false,
    };
    lapwing_rooms::client::run(args.join.driver, session, &mut app)
        .map_err(TransferError::System)?
}

struct SendApp<'a> {
    room: String,
    to: Option<String>,
    waiting: VecDeque<Outgoing>,
    under_way: Vec<Shipment>,
    sent: Vec<TransferReport>,
    /// Bytes of all files.
    size: u64,
    console: &'a mut Console,
    interrupt: &'a Interrupt,
    quiet: Quiet,
    progress: Option<Progress>,
    failure: Option<TransferError>,
    told_waiting: bool,
}

type Sent = Result<Vec<TransferReport>, TransferError>;

impl App for SendApp<'_> {
    type Outcome = Sent;

    fn on_event(&mut self, event: PeerEvent, peer: &mut Peer, now: Instant) {
        match event {
            // That a receiver left says nothing of what it said before, which may come later. A
            // server between says on the channel when there is nothing more.
            PeerEvent::LinkClosed => self.on_lost("the connection was closed"),
            PeerEvent::File(_, message) => self.on_message(&message, peer, now),
            PeerEvent::Failed(error) => self.failure = Some(TransferError::Peer(error)),
            event => {
                if let Some(note) = room::note(&event, &self.room) {
                    self.console.tell(&note);
                }
            }
        }
    }

    fn step(&mut self, peer: &mut Peer, now: Instant) -> Step<Sent> {
        match self.advance(peer, now) {
            Ok(true) => Step::Over(Ok(std::mem::take(&mut self.sent))),
            Ok(false) => {
                let offers = self.under_way.iter().filter_map(Shipment::next);
                Step::Wait(offers.chain(self.quiet.next()).min())
            }
            Err(error) => Step::Over(Err(error)),
        }
    }
}

impl SendApp<'_> {
    /// Does what can be done now. Gives whether all files are sent.
    fn advance(&mut self, peer: &mut Peer, now: Instant) -> Result<bool, TransferError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.interrupt.is_raised() {
            self.under_way.iter_mut().for_each(|file| file.cancel(CancelReason::Stopped, peer));
            return Err(TransferError::Interrupted);
        }
        self.finish(peer, now)?;
        self.offer(peer, now)?;
        for file in &mut self.under_way {
            file.pump(peer)?;
        }
        self.show(now);
        if let Some(span) = self.quiet.expired(self.acked(), now) {
            return Err(TransferError::Nothing(span, "a byte being taken"));
        }
        Ok(self.under_way.is_empty() && self.waiting.is_empty())
    }

    fn on_lost(&mut self, why: &str) {
        let broke_off = self.under_way.iter_mut().fold(false, |any, file| file.on_lost() | any);
        if broke_off {
            self.interrupted(TransferNote::Interrupted { why: why.to_owned() });
        }
    }

    fn interrupted(&mut self, note: TransferNote) {
        self.progress = None;
        self.told_waiting = false;
        self.console.tell(&note);
    }

    fn on_message(&mut self, message: &FileMessage, peer: &mut Peer, now: Instant) {
        if let FileMessage::Offer(offer) = message {
            // This program only sends.
            let reason = RejectReason::Declined;
            peer.send_file_message(&FileMessage::Reject { id: offer.id, reason });
            return;
        }
        for index in 0..self.under_way.len() {
            match self.under_way[index].on_message(message, peer, now) {
                Some(note @ TransferNote::Interrupted { .. }) => self.interrupted(note),
                Some(note) => {
                    self.started(&note, now);
                    self.console.tell(&note);
                }
                None => {}
            }
        }
    }

    /// A file begins to flow: what was there of it already counts as done, but not as speed.
    fn started(&mut self, note: &TransferNote, now: Instant) {
        let acked = self.acked();
        match (&mut self.progress, note) {
            (Some(progress), TransferNote::Started { resumed_from, .. }) => {
                progress.skip(*resumed_from);
            }
            (Some(_), _) => {}
            (none, _) => *none = Some(Progress::new(acked, self.size, now)),
        }
    }

    /// Offers what is to be offered. The last file waits until all others are there, so that the
    /// receiver knows the end.
    fn offer(&mut self, peer: &mut Peer, now: Instant) -> Result<(), TransferError> {
        let room = match self.waiting.len() {
            1 => usize::from(self.under_way.is_empty()),
            more => TRANSFERS_MAX.saturating_sub(self.under_way.len()).min(more.saturating_sub(1)),
        };
        self.under_way.extend(self.waiting.drain(..room).map(Shipment::new));
        if peer.id().is_none() || !self.under_way.iter().any(|file| file.is_due(now)) {
            return Ok(());
        }
        let Some(receiver) = self.receiver(peer)? else { return Ok(()) };
        let mut more = (self.waiting.len() + self.under_way.len()) as u64;
        for file in &mut self.under_way {
            more -= 1;
            if file.is_due(now) {
                file.offer(&receiver, more, peer, now);
                self.console.tell(&TransferNote::Offered { to: receiver.name.clone() });
            }
        }
        Ok(())
    }

    /// Who gets the files, when there is a way to them.
    fn receiver(&mut self, peer: &mut Peer) -> Result<Option<Participant>, TransferError> {
        let found = self.choose(peer)?;
        if found.is_some() && peer.is_open(Label::File) {
            return Ok(found);
        }
        if !std::mem::replace(&mut self.told_waiting, true) {
            let what = match (&found, &self.to) {
                (Some(found), _) => format!("a connection to {}", found.name),
                (None, Some(to)) => format!("{to} to come"),
                (None, None) => "somebody to come".to_owned(),
            };
            self.console.tell(&TransferNote::Waiting { what });
        }
        Ok(None)
    }

    /// Who shall have the files, among those who are there.
    fn choose(&self, peer: &Peer) -> Result<Option<Participant>, TransferError> {
        let mut fitting: Vec<&Participant> = peer.participants().collect();
        if let Some(to) = &self.to {
            fitting.retain(|p| p.id.0 == *to || p.name == *to);
        }
        match fitting.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some((*one).clone())),
            several => {
                let names = several.iter().map(|p| format!("{} ({})", p.name, p.id)).collect();
                Err(TransferError::Ambiguous(names))
            }
        }
    }

    /// Bytes that the receiver has, of all files.
    fn acked(&self) -> u64 {
        let sent: u64 = self.sent.iter().map(|report| report.size).sum();
        sent + self.under_way.iter().map(Shipment::acked).sum::<u64>()
    }

    fn show(&mut self, now: Instant) {
        let bytes = self.acked();
        let Some(progress) = &mut self.progress else { return };
        progress.update(bytes, now);
        let note = TransferNote::Progress(ProgressNote::new(bytes, self.size, progress));
        self.console.progress(&note, now);
    }

    /// Takes out files that are over. One that was not taken ends the others.
    fn finish(&mut self, peer: &mut Peer, now: Instant) -> Result<(), TransferError> {
        let mut index = 0;
        while index < self.under_way.len() {
            match self.under_way[index].outcome(now) {
                None => index += 1,
                Some(Ok(report)) => {
                    self.under_way.remove(index);
                    self.console.tell(&TransferNote::Done(report.clone()));
                    self.sent.push(report);
                }
                Some(Err(error)) => {
                    self.under_way.remove(index);
                    self.under_way.iter_mut().for_each(|f| f.cancel(CancelReason::Stopped, peer));
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}
