//! The inbox with real folders and a sender that may break off.

use std::fs;
use std::path::Path;

use super::*;
use crate::protocol::flow::WANTS_MAX;
use crate::transfer::{BlockList, FileCard, SendEnd, Sender};

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
        blocks: BlockList::of(data),
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
            self.answer(sender);
            let Some((offset, length)) = sender.wants(0).filter(|_| chunks > 0) else { return };
            chunks -= 1;
            let from = offset as usize;
            let chunk = sender.chunk(&self.data[from..from + length]).expect("wanted");
            self.inbox.on_chunk(&chunk);
        }
    }

    /// Lets the inbox say what it has to, and the list follow if it was asked for.
    fn answer(&mut self, sender: &mut Sender) {
        loop {
            while self.inbox.step() {}
            while let Some(message) = self.inbox.poll_message() {
                assert_eq!(sender.on_message(&message), None, "the inbox keeps the rules");
            }
            let Some(list) = sender.list_chunk(0) else { return };
            self.inbox.on_chunk(&list);
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

const MIB: u64 = 1 << 20;

/// Changes what is on disk, and gives an inbox of another program.
fn alter(pair: &mut Pair, path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("readable");
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("writable");
    pair.inbox = Inbox::new(pair.inbox.store.clone(), 1 << 30).with_older(pair.inbox.older);
}

/// Sends the first 3.5 MiB of 5 and a bit, breaks off, and spoils the second block.
fn broken_and_spoiled() -> (Pair, Sender) {
    let mut pair = Pair::new(5 * MIB as usize + 9);
    let mut sender = sender(&pair.data);
    pair.run(&mut sender, 1, 3 * 32 + 16);
    assert_eq!(sender.carried(), 3 * MIB + MIB / 2);
    sender.on_lost();
    let part = pair.inbox.transfers.remove(&1).expect("under way").part.path().to_owned();
    alter(&mut pair, &part, MIB as usize + 5);
    pair.events();
    (pair, sender)
}

#[test]
fn of_a_spoiled_part_only_what_is_wrong_or_missing_comes() {
    let (mut pair, mut sender) = broken_and_spoiled();
    pair.run(&mut sender, 2, usize::MAX);
    assert_eq!(sender.end(), Some(SendEnd::Done));
    // Of the half block nothing is known.
    assert_eq!((sender.resumed_from(), sender.carried()), (2 * MIB, 3 * MIB + 9));
    let events = pair.events();
    assert!(
        matches!(&events[0], InboxEvent::Started { resumed_from, .. } if *resumed_from == 2 * MIB)
    );
    let [_, InboxEvent::Received { path, carried, .. }] = &events[..] else {
        panic!("it starts and arrives: {events:?}")
    };
    assert_eq!(*carried, 3 * MIB + 9);
    assert!(fs::read(path).expect("readable") == pair.data);
}

#[test]
fn a_sender_without_a_list_goes_on_from_the_length_and_then_from_the_start() {
    let (mut pair, listing) = broken_and_spoiled();
    let mut sender = Sender::new(FileCard { blocks: None, ..listing.card().clone() });
    pair.run(&mut sender, 2, usize::MAX);
    assert_eq!(sender.resumed_from(), 3 * MIB + MIB / 2);
    assert!(pair.events().contains(&InboxEvent::Spoiled { name: "a.bin".to_owned() }));
    pair.run(&mut sender, 3, usize::MAX);
    assert_eq!((sender.end(), sender.resumed_from()), (Some(SendEnd::Done), 0));
}

#[test]
fn a_part_altered_after_its_block_came_is_mended() {
    let mut pair = Pair::new(5 * MIB as usize);
    let mut sender = sender(&pair.data);
    pair.run(&mut sender, 1, 4 * 32);
    let path = pair.inbox.transfers[&1].part.path().to_owned();
    let mut bytes = fs::read(&path).expect("readable");
    bytes[7] ^= 1;
    fs::write(&path, bytes).expect("writable");
    while let Some((offset, length)) = sender.wants(0) {
        let from = offset as usize;
        let chunk = sender.chunk(&pair.data[from..from + length]).expect("wanted");
        pair.inbox.on_chunk(&chunk);
        pair.answer(&mut sender);
    }
    assert_eq!((sender.end(), sender.carried()), (Some(SendEnd::Done), 6 * MIB));
    let mending = InboxEvent::Mending { name: "a.bin".to_owned(), bytes: MIB };
    let events = pair.events();
    assert!(events.contains(&mending), "{events:?}");
    assert!(matches!(&events[2], InboxEvent::Received { carried, .. } if *carried == 6 * MIB));
}

#[test]
fn what_never_comes_right_is_given_up() {
    let mut pair = Pair::new(2 * MIB as usize);
    let (other, good) = (vec![1; 2 * MIB as usize], sender(&pair.data).card().clone());
    // A list of other bytes, which never come; and the right list for a digest of other bytes.
    let wrong =
        FileCard { sha256: Digest::of(&other), blocks: BlockList::of(&other), ..good.clone() };
    let odd = FileCard { sha256: Digest::of(&other), ..good };
    for (id, card, times) in [(1, wrong, 1 + WANTS_MAX as u64), (2, odd, 1)] {
        let mut sender = Sender::new(card);
        pair.run(&mut sender, id, usize::MAX);
        assert!(sender.is_waiting(), "it may offer once more");
        assert_eq!(sender.carried(), times * 2 * MIB);
        assert!(pair.events().contains(&InboxEvent::Spoiled { name: "a.bin".to_owned() }));
        let left = fs::read_dir(pair.inbox.store.folder()).expect("there").count();
        assert_eq!(left, 0, "nothing of it is left");
    }
}

#[test]
fn of_a_changed_file_only_changed_blocks_come_where_older_files_are_used() {
    for (older, carried) in [(OlderFiles::Reused, MIB + 9), (OlderFiles::Ignored, 5 * MIB + 9)] {
        let mut pair = Pair::new(5 * MIB as usize + 9);
        pair.inbox.older = older;
        let mut first = sender(&pair.data);
        pair.run(&mut first, 1, usize::MAX);
        pair.events();
        pair.data[2 * MIB as usize + 3] ^= 1;
        let mut second = sender(&pair.data);
        pair.run(&mut second, 2, usize::MAX);
        // The last block is shorter, and not looked for in files of others.
        assert_eq!((second.end(), second.carried()), (Some(SendEnd::Done), carried));
        let path = pair.received().expect("it arrived");
        assert!(fs::read(&path).expect("readable") == pair.data);
        assert!(path.ends_with("a (2).bin"), "{path:?}");
        // The newest of that name is the one that is looked at.
        pair.data[9] ^= 1;
        let mut third = sender(&pair.data);
        pair.run(&mut third, 3, 32);
        assert_eq!(third.resumed_from(), 5 * MIB + 9 - carried);
        third.on_lost();
        // What was copied is in the part now, and is not copied again.
        pair.inbox.on_lost();
        pair.inbox.older = OlderFiles::Ignored;
        pair.run(&mut third, 4, usize::MAX);
        let there = if older == OlderFiles::Reused { 5 * MIB } else { MIB };
        assert_eq!((third.end(), third.resumed_from()), (Some(SendEnd::Done), there));
    }
}

#[test]
fn a_hostile_list_ends_the_transfer_and_keeps_the_part() {
    for (offset, bytes) in [(1, 1), (0, 193), (0, 60_000), (u64::MAX >> 12, 32)] {
        let (mut pair, mut sender) = broken_and_spoiled();
        pair.inbox.on_message(&peer(), sender.offer(2, None, 0));
        assert_eq!(pair.inbox.poll_message(), Some(FileMessage::List { id: 2 }));
        pair.inbox.on_chunk(&ChunkHeader { id: 2, offset }.with_data(&vec![0; bytes]));
        let cancel = FileMessage::Cancel { id: 2, reason: CancelReason::Protocol };
        assert_eq!(pair.inbox.poll_message(), Some(cancel));
        sender.on_lost();
        pair.run(&mut sender, 3, usize::MAX);
        assert_eq!((sender.end(), sender.resumed_from()), (Some(SendEnd::Done), 2 * MIB));
    }
}

#[test]
fn a_received_file_is_no_part_of_another() {
    let mut pair = Pair::new(10);
    let secret = b"another file".to_vec();
    let part = format!("{}-{}.part", Digest::of(&secret), secret.len());
    let card = FileCard {
        name: part,
        folder: String::new(),
        size: 10,
        sha256: Digest::of(&pair.data),
        blocks: None,
    };
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
