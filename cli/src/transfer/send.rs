//! `lapwing send`.

use std::time::{Duration, Instant};

use lapwing_rooms::client::{App, Baggage, Bell, Label, Peer, PeerEvent, Step};
use lapwing_rooms::protocol::data::{CancelReason, FileMessage, RejectReason};
use lapwing_rooms::protocol::signalling::Participant;
use lapwing_rooms::transfer::{
    Outgoing, Progress, ProgressNote, SendEnd, TransferDirection, TransferNote, TransferReport,
    transfer_id,
};

use super::args::SendArgs;
use super::error::TransferError;
use super::room;
use super::watch::Quiet;
use crate::join::{Console, Interrupt, end_on_panic};
use crate::outcome::Outcome;

/// How long to wait before somebody who has no place for a file is offered it again.
const RETRY: Duration = Duration::from_secs(2);

/// Sends a file, and ends the program's run.
///
/// # Errors
/// See [`TransferError`].
pub fn send(args: SendArgs) -> Outcome {
    end_on_panic();
    let args = SendArgs { join: args.join.with_state(), ..args };
    let bell = Bell::default();
    let interrupt = Interrupt::install(&bell).map_err(TransferError::System)?;
    let mut console = Console::new(args.join.json);
    let report = send_file(&args, &mut console, bell, &interrupt)?;
    if args.join.json {
        console.tell(&TransferNote::Report { files: vec![report] });
    }
    Ok(())
}

/// Sends a file.
///
/// # Errors
/// See [`TransferError`].
pub fn send_file(
    args: &SendArgs,
    console: &mut Console,
    bell: Bell,
    interrupt: &Interrupt,
) -> Result<TransferReport, TransferError> {
    let mut read = None;
    let file = Outgoing::open(&args.file, |bytes, size| {
        let now = Instant::now();
        let progress = read.get_or_insert_with(|| Progress::new(0, size, now));
        progress.update(bytes, now);
        let note = ProgressNote::new(bytes, size, progress);
        console.progress(&TransferNote::Progress(note), now);
    });
    let file = file.map_err(|error| TransferError::File(args.file.clone(), error))?;
    let card = file.sender.card();
    let sha256 = card.sha256.to_string();
    console.tell(&TransferNote::Ready { name: card.name.clone(), size: card.size, sha256 });
    let session = args.join.enter(Baggage::default(), bell).map_err(TransferError::System)?;
    let mut app = SendApp {
        room: args.join.url.room.clone(),
        to: args.to.clone(),
        file,
        console,
        interrupt,
        quiet: Quiet::new(args.wait, Instant::now()),
        receiver: None,
        next_offer: None,
        progress: None,
        begun: None,
        interruptions: 0,
        failure: None,
        told_waiting: false,
    };
    lapwing_rooms::client::run(args.join.driver, session, &mut app)
        .map_err(TransferError::System)?
}

struct SendApp<'a> {
    room: String,
    to: Option<String>,
    file: Outgoing,
    console: &'a mut Console,
    interrupt: &'a Interrupt,
    quiet: Quiet,
    receiver: Option<Participant>,
    /// Not before this another offer.
    next_offer: Option<Instant>,
    progress: Option<Progress>,
    /// When the first byte of this connection went, and from where on.
    begun: Option<(Instant, u64)>,
    interruptions: u32,
    failure: Option<TransferError>,
    told_waiting: bool,
}

type Sent = Result<TransferReport, TransferError>;

impl App for SendApp<'_> {
    type Outcome = Sent;

    fn on_event(&mut self, event: PeerEvent, peer: &mut Peer, now: Instant) {
        match event {
            PeerEvent::ParticipantLeft(participant, _) => {
                if self.receiver.as_ref() == Some(&participant) {
                    self.on_lost(&format!("{} left", participant.name));
                }
            }
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
        if let Some(failure) = self.failure.take() {
            return Step::Over(Err(failure));
        }
        if self.interrupt.is_raised() {
            if let Some(cancel) = self.file.sender.cancel(CancelReason::Stopped) {
                peer.send_file_message(&cancel);
            }
            return Step::Over(Err(TransferError::Interrupted));
        }
        if let Err(error) = self.offer_if_waiting(peer, now) {
            return Step::Over(Err(error));
        }
        if let Err((reason, error)) = self.file.pump(peer) {
            if let Some(cancel) = self.file.sender.cancel(reason) {
                peer.send_file_message(&cancel);
            }
            let path = self.file.path().to_owned();
            return Step::Over(Err(TransferError::File(path, error)));
        }
        self.show(now);
        if let Some(end) = self.file.sender.end() {
            return Step::Over(self.outcome(end, now));
        }
        let bytes = self.file.sender.acked();
        if let Some(span) = self.quiet.expired(bytes, now) {
            return Step::Over(Err(TransferError::Nothing(span, "a byte being taken")));
        }
        let next = [self.quiet.next(), self.next_offer.filter(|_| self.file.sender.is_waiting())];
        Step::Wait(next.into_iter().flatten().min())
    }
}

impl SendApp<'_> {
    fn on_lost(&mut self, why: &str) {
        let was_under_way = !self.file.sender.is_waiting();
        self.file.on_lost();
        if was_under_way && self.file.sender.end().is_none() {
            self.interrupted(why.to_owned());
        }
    }

    fn interrupted(&mut self, why: String) {
        self.interruptions += u32::from(self.begun.take().is_some());
        self.progress = None;
        self.receiver = None;
        self.told_waiting = false;
        self.console.tell(&TransferNote::Interrupted { why });
    }

    fn on_message(&mut self, message: &FileMessage, peer: &mut Peer, now: Instant) {
        if let FileMessage::Offer(offer) = message {
            // This program only sends.
            let reason = RejectReason::Declined;
            peer.send_file_message(&FileMessage::Reject { id: offer.id, reason });
            return;
        }
        let was_sending = self.file.sender.is_sending();
        if let Some(answer) = self.file.sender.on_message(message) {
            peer.send_file_message(&answer);
        }
        if self.file.sender.is_waiting() {
            self.next_offer = Some(now + RETRY);
            let reason = self.file.sender.put_off().map(|reason| reason.to_string());
            self.file.on_lost();
            self.interrupted(reason.unwrap_or_else(|| "the receiver left".to_owned()));
        } else if !was_sending && self.file.sender.is_sending() {
            let resumed_from = self.file.sender.resumed_from();
            let card = self.file.sender.card();
            let (name, size) = (card.name.clone(), card.size);
            self.begun = Some((now, resumed_from));
            self.progress = Some(Progress::new(resumed_from, size, now));
            self.console.tell(&TransferNote::Started { name, size, resumed_from });
        }
    }

    fn offer_if_waiting(&mut self, peer: &mut Peer, now: Instant) -> Result<(), TransferError> {
        let due = self.next_offer.is_none_or(|at| at <= now);
        if !self.file.sender.is_waiting() || !due || peer.id().is_none() {
            return Ok(());
        }
        let receiver = match self.choose(peer)? {
            Some(receiver) if peer.is_open(Label::File) => receiver,
            found => {
                if !std::mem::replace(&mut self.told_waiting, true) {
                    let what = match (&found, &self.to) {
                        (Some(found), _) => format!("a connection to {}", found.name),
                        (None, Some(to)) => format!("{to} to come"),
                        (None, None) => "somebody to come".to_owned(),
                    };
                    self.console.tell(&TransferNote::Waiting { what });
                }
                return Ok(());
            }
        };
        let offer = self.file.sender.offer(transfer_id(), Some(receiver.id.clone()));
        if peer.send_file_message(&offer) {
            self.console.tell(&TransferNote::Offered { to: receiver.name.clone() });
            self.receiver = Some(receiver);
        } else {
            self.file.on_lost();
            self.next_offer = Some(now + RETRY);
        }
        Ok(())
    }

    /// Who shall have the file, among those who are there.
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

    fn show(&mut self, now: Instant) {
        let Some(progress) = &mut self.progress else { return };
        let (bytes, size) = (self.file.sender.acked(), self.file.sender.card().size);
        progress.update(bytes, now);
        let note = TransferNote::Progress(ProgressNote::new(bytes, size, progress));
        self.console.progress(&note, now);
    }

    fn outcome(&mut self, end: SendEnd, now: Instant) -> Sent {
        if end != SendEnd::Done {
            return Err(TransferError::Ended(end));
        }
        let card = self.file.sender.card();
        let (started, from) = self.begun.unwrap_or((now, 0));
        let seconds = (now - started).as_secs_f64();
        let report = TransferReport {
            direction: TransferDirection::Sent,
            path: card.name.clone().into(),
            peer: self.receiver.as_ref().map(|p| p.name.clone()).unwrap_or_default(),
            size: card.size,
            sha256: card.sha256.to_string(),
            resumed_from: from,
            seconds,
            bytes_per_second: (card.size - from) as f64 / seconds.max(1e-3),
            interruptions: self.interruptions,
        };
        self.console.tell(&TransferNote::Done(report.clone()));
        Ok(report)
    }
}
