//! The inbox with real folders and a sender that may break off.

use std::fs;

use super::*;
use crate::transfer::{FileCard, SendEnd, Sender};

struct Pair {
    _folder: tempfile::TempDir,
    inbox: Inbox,
    data: Vec<u8>,
}

fn peer() -> ParticipantId {
    ParticipantId("bob".to_owned())
}

fn sender(data: &[u8]) -> Sender {
    let card = FileCard {
        name: "../a.bin".to_owned(),
        folder: String::new(),
        size: data.len() as u64,
        sha256: Digest::of(data),
    };
    Sender::new(card)
}

impl Pair {
    fn new(bytes: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = Inbox::new(Store::open(folder.path()).expect("a store"), 1 << 30);
        let data = (0..bytes).map(|index| (index / 7 % 253) as u8).collect();
        Pair { _folder: folder, inbox, data }
    }

    /// Offers the file and sends up to so many chunks of it.
    fn run(&mut self, sender: &mut Sender, id: u64, mut chunks: usize) {
        self.inbox.on_message(&peer(), sender.offer(id, None, 0));
        loop {
            while self.inbox.step() {}
            while let Some(message) = self.inbox.poll_message() {
                assert_eq!(sender.on_message(&message), None, "the inbox keeps the rules");
            }
            let Some((offset, length)) = sender.wants(0).filter(|_| chunks > 0) else { return };
            chunks -= 1;
            let from = offset as usize;
            let chunk = sender.chunk(&self.data[from..from + length]).expect("wanted");
            self.inbox.on_chunk(&chunk);
        }
    }

    fn events(&mut self) -> Vec<InboxEvent> {
        std::iter::from_fn(|| self.inbox.poll_event()).collect()
    }

    fn received(&mut self) -> Option<PathBuf> {
        self.events().into_iter().find_map(|event| match event {
            InboxEvent::Received { path, .. } => Some(path),
            _ => None,
        })
    }
}

#[test]
fn a_file_arrives_under_a_safe_name() {
    let mut pair = Pair::new(500_000);
    let mut sender = sender(&pair.data);
    pair.run(&mut sender, 1, usize::MAX);
    assert_eq!(sender.end(), Some(SendEnd::Done));
    let path = pair.received().expect("it arrived");
    assert_eq!(path, pair.inbox.store.folder().join("a.bin"));
    assert_eq!(fs::read(path).expect("readable"), pair.data);
}

#[test]
fn an_empty_file_arrives_too() {
    let mut pair = Pair::new(0);
    let mut sender = sender(&pair.data);
    pair.run(&mut sender, 1, usize::MAX);
    assert_eq!(sender.end(), Some(SendEnd::Done));
    assert_eq!(fs::read(pair.received().expect("it arrived")).expect("readable"), b"");
}

#[test]
fn a_broken_transfer_goes_on_where_it_was_also_in_another_program() {
    let mut pair = Pair::new(500_000);
    let mut sender = sender(&pair.data);
    pair.run(&mut sender, 1, 3);
    sender.on_lost();
    pair.inbox.on_lost();
    pair.run(&mut sender, 2, 4);
    assert_eq!(sender.resumed_from(), 3 * 32 * 1024);
    sender.on_lost();
    let store = pair.inbox.store.clone();
    pair.inbox = Inbox::new(store, 1 << 30);
    pair.run(&mut sender, 3, usize::MAX);
    assert_eq!(sender.resumed_from(), 7 * 32 * 1024);
    assert_eq!(sender.end(), Some(SendEnd::Done));
    assert_eq!(fs::read(pair.received().expect("it arrived")).expect("readable"), pair.data);
}

#[test]
fn a_part_spoiled_on_disk_is_found_out_and_the_file_comes_anew() {
    let mut pair = Pair::new(200_000);
    let mut sender = sender(&pair.data);
    pair.run(&mut sender, 1, 2);
    sender.on_lost();
    let store = pair.inbox.store.clone();
    let part = pair.inbox.transfers.remove(&1).expect("under way").part.path().to_owned();
    let mut spoiled = fs::read(&part).expect("readable");
    spoiled[5] ^= 1;
    fs::write(&part, spoiled).expect("writable");
    pair.inbox = Inbox::new(store, 1 << 30);
    pair.run(&mut sender, 2, usize::MAX);
    assert!(pair.events().contains(&InboxEvent::Spoiled { name: "a.bin".to_owned() }));
    assert!(sender.is_waiting());
    pair.run(&mut sender, 3, usize::MAX);
    assert_eq!(sender.end(), Some(SendEnd::Done));
}

/// What is done to a part on disk.
type Alteration = dyn Fn(&mut Vec<u8>);

/// Whoever alters the part does so between two chunks, or after the last.
#[test]
fn a_part_altered_within_the_run_is_never_a_good_file() {
    let change = |at: usize| move |bytes: &mut Vec<u8>| bytes[at] ^= 1;
    let longer = |bytes: &mut Vec<u8>| bytes.push(0);
    let shorter = |bytes: &mut Vec<u8>| bytes.truncate(3);
    let alterations: [(usize, &Alteration); 5] =
        [(2, &change(5)), (7, &change(5)), (7, &change(199_999)), (7, &longer), (7, &shorter)];
    for (chunks, alter) in alterations {
        let mut pair = Pair::new(200_000);
        let mut sender = sender(&pair.data);
        // The last chunk is handed in without a step, in which it would be verified.
        pair.inbox.on_message(&peer(), sender.offer(1, None, 0));
        for number in 0..7 {
            while let Some(message) = pair.inbox.poll_message() {
                assert_eq!(sender.on_message(&message), None);
            }
            let (offset, length) = sender.wants(0).expect("there is more");
            let from = offset as usize;
            let chunk = sender.chunk(&pair.data[from..from + length]).expect("wanted");
            pair.inbox.on_chunk(&chunk);
            if number + 1 == chunks {
                let path = pair.inbox.transfers[&1].part.path().to_owned();
                let mut bytes = fs::read(&path).expect("readable");
                alter(&mut bytes);
                fs::write(&path, bytes).expect("writable");
            }
        }
        while pair.inbox.step() {}
        while let Some(message) = pair.inbox.poll_message() {
            sender.on_message(&message);
        }
        assert!(sender.is_waiting(), "another attempt is due: {:?}", sender.end());
        assert!(pair.events().contains(&InboxEvent::Spoiled { name: "a.bin".to_owned() }));
        let left = fs::read_dir(pair.inbox.store.folder()).expect("there").count();
        assert_eq!(left, 0, "nothing of it is left");
    }
}

#[test]
fn a_received_file_is_no_part_of_another() {
    let mut pair = Pair::new(10);
    let secret = b"another file".to_vec();
    let part = format!("{}-{}.part", Digest::of(&secret), secret.len());
    let card =
        FileCard { name: part, folder: String::new(), size: 10, sha256: Digest::of(&pair.data) };
    let mut first = Sender::new(card);
    pair.run(&mut first, 1, usize::MAX);
    let path = pair.received().expect("it arrived");
    let mut second = sender(&secret);
    let data = std::mem::replace(&mut pair.data, secret);
    pair.run(&mut second, 2, usize::MAX);
    assert_eq!((second.end(), second.resumed_from()), (Some(SendEnd::Done), 0));
    assert_eq!(fs::read(path).expect("it is there still"), data);
}

#[test]
fn limits_are_answered_with_reasons() {
    let mut pair = Pair::new(10);
    pair.inbox.bytes_max = 100;
    let offer = |id: u64, size: usize| sender(&vec![id as u8; size]).offer(id, None, 0);
    let mut reasons = Vec::new();
    for (id, size) in [(1, 101), (2, 3), (2, 4), (3, 3), (4, 3), (5, 3), (6, 3)] {
        pair.inbox.on_message(&peer(), offer(id, size));
        while let Some(message) = pair.inbox.poll_message() {
            if let FileMessage::Reject { id, reason } = message {
                reasons.push((id, reason));
            }
        }
    }
    let expected =
        [(1, RejectReason::TooLarge), (2, RejectReason::BadOffer), (6, RejectReason::Busy)];
    assert_eq!(reasons, expected);
}

#[test]
fn the_same_file_twice_at_once_is_busy() {
    let mut pair = Pair::new(100_000);
    let (mut first, mut second) = (sender(&pair.data), sender(&pair.data));
    pair.run(&mut first, 1, 1);
    pair.run(&mut second, 2, 1);
    assert_eq!(second.put_off(), Some(RejectReason::Busy));
    assert!(second.is_waiting());
}

#[test]
fn a_chunk_out_of_place_ends_the_transfer_and_keeps_the_part() {
    let mut pair = Pair::new(100_000);
    let mut sender = sender(&pair.data);
    pair.run(&mut sender, 1, 1);
    pair.inbox.on_chunk(&ChunkHeader { id: 1, offset: 5 }.with_data(b"hostile"));
    let cancel = FileMessage::Cancel { id: 1, reason: CancelReason::Protocol };
    assert_eq!(pair.inbox.poll_message(), Some(cancel));
    let interrupted =
        InboxEvent::Interrupted { name: "a.bin".to_owned(), reason: CancelReason::Protocol };
    assert!(pair.events().contains(&interrupted));
    for noise in [&b""[..], &[0; 15], &[0xff; 20], &[0; 70_000]] {
        pair.inbox.on_chunk(noise);
    }
    assert_eq!(pair.inbox.poll_message(), None);
    sender.on_lost();
    pair.run(&mut sender, 2, usize::MAX);
    assert_eq!(sender.end(), Some(SendEnd::Done));
    assert_eq!(sender.resumed_from(), 32 * 1024);
}

#[test]
fn a_file_of_a_folder_lands_in_it_and_nowhere_else() {
    let mut pair = Pair::new(1_000);
    let folder = "../../photos/.x".to_owned();
    let card = FileCard { folder, ..sender(&pair.data).card().clone() };
    let mut sender = Sender::new(card);
    pair.inbox.on_message(&peer(), sender.offer(9, None, 3));
    assert!(!pair.inbox.is_quiet(), "three more will come");
    pair.inbox.on_message(&peer(), FileMessage::Cancel { id: 9, reason: CancelReason::Stopped });
    assert!(!pair.inbox.is_quiet());
    pair.run(&mut sender, 1, usize::MAX);
    assert!(pair.inbox.is_quiet());
    let path = pair.received().expect("it arrived");
    assert_eq!(path, pair.inbox.store.folder().join("photos/x/a.bin"));
    assert_eq!(fs::read(path).expect("it is there"), pair.data);
}
