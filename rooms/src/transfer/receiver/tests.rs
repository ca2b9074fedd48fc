//! The receiver against hostile chunks, and with a sender over connections that break.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::protocol::data::UNACKED_BYTES_MAX;
use crate::transfer::{FileCard, SendEnd, Sender};

fn offer(data: &[u8]) -> FileOffer {
    FileOffer {
        id: 7,
        to: None,
        from: None,
        name: "a".to_owned(),
        size: data.len() as u64,
        sha256: Digest::of(data).to_string(),
        ..FileOffer::default()
    }
}

#[test]
fn offers_beyond_the_limits_are_bad() {
    let fair = offer(b"abc");
    assert!(judge_offer(&fair).is_ok());
    for bad in [
        FileOffer { id: 0, ..fair.clone() },
        FileOffer { id: TRANSFER_ID_MAX + 1, ..fair.clone() },
        FileOffer { size: FILE_BYTES_MAX + 1, ..fair.clone() },
        FileOffer { size: u64::MAX, ..fair.clone() },
        FileOffer { name: "x".repeat(256), ..fair.clone() },
        FileOffer { sha256: fair.sha256.to_uppercase(), ..fair.clone() },
        FileOffer { sha256: String::new(), ..fair.clone() },
    ] {
        assert_eq!(judge_offer(&bad), Err(RejectReason::BadOffer), "{bad:?}");
    }
    assert_eq!(Receiver::new(&fair, 4).err(), Some(RejectReason::BadOffer));
}

#[test]
fn an_empty_file_is_complete_at_once() {
    let receiver = Receiver::new(&offer(b""), 0).expect("fair");
    assert!(receiver.is_complete());
    assert!(receiver.finish(Digest::of(b"")).1);
}

#[test]
fn acknowledgements_come_every_256_kib_and_at_the_end() {
    let data = vec![1; 600 * 1024];
    let mut receiver = Receiver::new(&offer(&data), 0).expect("fair");
    let acks: Vec<FileMessage> =
        data.chunks(50 * 1024).filter_map(|chunk| receiver.consumed(chunk.len())).collect();
    let expected = [300 * 1024, 600 * 1024].map(|received| FileMessage::Ack { id: 7, received });
    assert_eq!(acks, expected);
}

#[test]
fn a_spoiled_part_is_found_out() {
    let mut receiver = Receiver::new(&offer(b"abc"), 2).expect("fair");
    assert_eq!(receiver.accept(), FileMessage::Accept { id: 7, offset: 2 });
    receiver.consumed(1);
    let (message, ok) = receiver.finish(Digest::of(b"xbc"));
    assert!(!ok);
    assert!(matches!(message, FileMessage::Done { ok: false, .. }));
}

proptest! {
    /// Whatever headers come, what is written has no gap and stays within the file.
    #[test]
    fn hostile_chunks_never_leave_the_file(
        size in 0..2_000_usize,
        chunks in proptest::collection::vec((
            prop_oneof![9 => Just(7_u64), 1 => any::<u64>()],
            prop_oneof![3 => Just(None), 1 => any::<u64>().prop_map(Some), 1 => (0..3_000_u64).prop_map(Some)],
            0..900_usize,
        ), 0..40),
    ) {
        let data = vec![3; size];
        let mut receiver = Receiver::new(&offer(&data), 0).expect("fair");
        let mut written = 0;
        for (id, offset, length) in chunks {
            let offset = offset.unwrap_or(receiver.received());
            if receiver.check(ChunkHeader { id, offset }, length).is_ok() {
                prop_assert_eq!((id, offset), (7, written));
                receiver.consumed(length);
                written += length as u64;
                prop_assert!(length > 0 && written <= size as u64);
            }
        }
        prop_assert_eq!(receiver.received(), written);
        let digest = Digest::of(&data[..written as usize]);
        prop_assert_eq!(receiver.finish(digest).1, written == size as u64);
    }

    /// A file arrives whole, however often and wherever the connection breaks.
    #[test]
    fn broken_connections_lose_nothing(
        size in prop_oneof![Just(0_usize), 1..100_000_usize, Just(700_000)],
        breaks in proptest::collection::vec(0..60_usize, 0..6),
        turns in proptest::collection::vec(any::<bool>(), 200),
    ) {
        let data: Vec<u8> = (0..size).map(|i| (i * 7 + i / 251) as u8).collect();
        let sha256 = Digest::of(&data);
        let mut sender = Sender::new(FileCard { name: "a".into(), folder: String::new(), size: size as u64, sha256, blocks: None });
        let mut store = Vec::new();
        let mut there = 0;
        let mut breaks = breaks.into_iter();
        let mut turns = turns.into_iter().cycle();
        for id in 1..20 {
            let mut line = Line::new(&mut sender, id, &mut store, there);
            let cut = breaks.next();
            for step in 0..20_000 {
                if cut == Some(step) || !line.step(&mut sender, &data, turns.next() == Some(true)) {
                    break;
                }
            }
            there = line.receiver.map_or(line.there, |receiver| receiver.received());
            sender.on_lost();
            if sender.end().is_some() {
                break;
            }
        }
        prop_assert_eq!(sender.end(), Some(SendEnd::Done));
        prop_assert!(store == data);
    }
}

/// One channel: what is under way in both directions, and the receiver behind it.
struct Line<'a> {
    to_receiver: VecDeque<Wire>,
    to_sender: VecDeque<FileMessage>,
    receiver: Option<Receiver>,
    there: u64,
    store: &'a mut Vec<u8>,
}

enum Wire {
    Message(FileMessage),
    Chunk(Vec<u8>),
}

impl<'a> Line<'a> {
    fn new(sender: &mut Sender, id: u64, store: &'a mut Vec<u8>, there: u64) -> Self {
        let to_receiver = VecDeque::from([Wire::Message(sender.offer(id, None, 0))]);
        Line { to_receiver, to_sender: VecDeque::new(), receiver: None, there, store }
    }

    /// Moves one thing; false when nothing moves any more.
    fn step(&mut self, sender: &mut Sender, data: &[u8], prefer_sending: bool) -> bool {
        if let Some((offset, length)) = sender.wants(0).filter(|_| prefer_sending) {
            let from = offset as usize;
            let chunk = sender.chunk(&data[from..from + length]).expect("it was wanted");
            self.to_receiver.push_back(Wire::Chunk(chunk));
            let waiting: usize = self.to_receiver.iter().map(Wire::len).sum();
            assert!(waiting as u64 <= UNACKED_BYTES_MAX + (1 << 20), "the window bounds it");
            return true;
        }
        if let Some(message) = self.to_sender.pop_front() {
            assert_eq!(sender.on_message(&message), None, "a fair receiver is taken for one");
            return true;
        }
        match self.to_receiver.pop_front() {
            Some(wire) => self.receive(wire),
            None => return sender.wants(0).is_some(),
        }
        true
    }

    fn receive(&mut self, wire: Wire) {
        match wire {
            Wire::Message(FileMessage::Offer(offer)) => {
                let receiver = Receiver::new(&offer, self.there).expect("fair");
                self.to_sender.push_back(receiver.accept());
                self.receiver = Some(receiver);
            }
            Wire::Message(_) => {}
            Wire::Chunk(message) => {
                let (header, data) = ChunkHeader::split(&message).expect("a chunk");
                let receiver = self.receiver.as_mut().expect("it accepted");
                receiver.check(header, data.len()).expect("a fair sender");
                self.store.truncate(header.offset as usize);
                self.store.extend_from_slice(data);
                self.to_sender.extend(receiver.consumed(data.len()));
            }
        }
        let receiver = self.receiver.as_ref().expect("it accepted");
        if receiver.is_complete() {
            self.to_sender.push_back(receiver.finish(Digest::of(self.store)).0);
        }
    }
}

impl Wire {
    fn len(&self) -> usize {
        match self {
            Wire::Message(_) => 0,
            Wire::Chunk(message) => message.len(),
        }
    }
}
