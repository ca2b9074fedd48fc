//! The sender against receivers that keep the rules, and against all others.

use proptest::prelude::*;

use super::*;
use crate::protocol::blocks::BlockRange;
use crate::protocol::data::{TRANSFER_ID_MAX, UNACKED_BYTES_MAX};
use crate::protocol::flow::WANTS_MAX;

fn card(size: u64) -> FileCard {
    FileCard {
        name: "a".to_owned(),
        folder: String::new(),
        size,
        sha256: Digest::of(b""),
        blocks: None,
    }
}

fn sending(size: u64, offset: u64) -> Sender {
    let mut sender = Sender::new(card(size));
    sender.offer(7, None, 0);
    assert_eq!(sender.on_message(&FileMessage::Accept { id: 7, offset }), None);
    sender
}

/// Sends until the window is full; gives the offsets.
fn fill(sender: &mut Sender) -> Vec<u64> {
    let mut offsets = Vec::new();
    while let Some((offset, length)) = sender.wants(0) {
        let message = sender.chunk(&vec![0; length]).expect("it was wanted");
        let (header, data) = ChunkHeader::split(&message).expect("a chunk");
        assert_eq!((header.id, header.offset, data.len()), (7, offset, length));
        offsets.push(offset);
    }
    offsets
}

fn done(ok: bool) -> FileMessage {
    let digest = Digest::of(if ok { b"" } else { b"spoiled" });
    FileMessage::Done { id: 7, ok, sha256: digest.to_string() }
}

#[test]
fn the_window_is_filled_and_opens_with_acknowledgements() {
    let mut sender = sending(100 << 20, 1 << 20);
    assert_eq!(sender.resumed_from(), 1 << 20);
    let offsets = fill(&mut sender);
    assert_eq!(offsets.len() as u64, UNACKED_BYTES_MAX / CHUNK_BYTES as u64);
    assert_eq!(offsets[0], 1 << 20);
    assert_eq!(sender.on_message(&FileMessage::Ack { id: 7, received: 2 << 20 }), None);
    assert_eq!(fill(&mut sender).len(), (1 << 20) / CHUNK_BYTES);
    assert_eq!(sender.acked(), 2 << 20);
}

#[test]
fn a_full_channel_stops_it() {
    let sender = sending(1 << 20, 0);
    assert!(sender.wants(BUFFERED_BYTES_MAX - 1).is_some());
    assert_eq!(sender.wants(BUFFERED_BYTES_MAX), None);
}

#[test]
fn an_empty_file_needs_no_chunk() {
    let mut sender = sending(0, 0);
    assert_eq!(sender.wants(0), None);
    sender.on_message(&done(true));
    assert_eq!(sender.end(), Some(SendEnd::Done));
}

#[test]
fn chunks_of_another_size_than_wanted_are_refused() {
    let mut sender = sending(10, 4);
    assert_eq!(sender.chunk(&[0; 5]), None);
    assert_eq!(sender.chunk(&[0; 7]), None);
    assert!(sender.chunk(&[0; 6]).is_some());
    assert_eq!(sender.chunk(&[]), None);
}

#[test]
fn blocks_go_out_as_they_are_asked_for() {
    let data = vec![7; (4 << 20) + 5];
    let blocks = BlockList::of(&data);
    let mut sender = Sender::new(FileCard { blocks: blocks.clone(), ..card(data.len() as u64) });
    let FileMessage::Offer(offer) = sender.offer(7, None, 0) else { panic!("it offers") };
    assert_eq!(offer.block, 1 << 20);
    assert_eq!(sender.list_chunk(0), None);
    assert_eq!(sender.on_message(&FileMessage::List { id: 7 }), None);
    assert_eq!(sender.list_chunk(BUFFERED_BYTES_MAX), None);
    let chunk = sender.list_chunk(0).expect("it was asked for");
    let list = ChunkHeader::split(&chunk).expect("a chunk");
    let expected = blocks.expect("several");
    assert_eq!(list, (ChunkHeader { id: 7, offset: 0 }, expected.bytes()));
    assert_eq!((sender.list_chunk(0), sender.wants(0)), (None, None));
    let ranges = vec![BlockRange(1, 1), BlockRange(4, 1)];
    assert_eq!(sender.on_message(&FileMessage::Want { id: 7, ranges }), None);
    assert_eq!(sender.resumed_from(), 3 << 20);
    let offsets = fill(&mut sender);
    assert_eq!((offsets.len(), offsets[0], offsets[32]), (33, 1 << 20, 4 << 20));
    assert_eq!(sender.carried(), (1 << 20) + 5);
    let received = data.len() as u64;
    assert_eq!(sender.on_message(&FileMessage::Ack { id: 7, received }), None);
    let want = FileMessage::Want { id: 7, ranges: vec![BlockRange(0, 6)] };
    let protocol = Some(FileMessage::Cancel { id: 7, reason: CancelReason::Protocol });
    assert_eq!(sender.on_message(&want), protocol, "there are five");
}

#[test]
fn a_spoiled_file_is_offered_once_more() {
    let mut sender = sending(0, 0);
    sender.on_message(&done(false));
    assert!(sender.is_waiting());
    sender.offer(7, None, 0);
    sender.on_message(&FileMessage::Accept { id: 7, offset: 0 });
    sender.on_message(&done(false));
    assert_eq!(sender.end(), Some(SendEnd::Spoiled));
}

#[test]
fn some_refusals_are_worth_another_offer() {
    for (reason, end) in [
        (RejectReason::NoReceiver, None),
        (RejectReason::Busy, None),
        (RejectReason::Declined, Some(SendEnd::Rejected(RejectReason::Declined))),
        (RejectReason::TooLarge, Some(SendEnd::Rejected(RejectReason::TooLarge))),
    ] {
        let mut sender = Sender::new(card(3));
        sender.offer(7, None, 0);
        sender.on_message(&FileMessage::Reject { id: 7, reason });
        assert_eq!(sender.end(), end);
        assert_eq!(sender.is_waiting(), end.is_none());
    }
    let mut sender = sending(3, 0);
    sender.on_message(&FileMessage::Cancel { id: 7, reason: CancelReason::PeerLeft });
    assert!(sender.is_waiting());
}

#[test]
fn breaking_the_rules_is_told_and_ends_it() {
    let protocol = Some(FileMessage::Cancel { id: 7, reason: CancelReason::Protocol });
    let breaches: [(&str, Sender, FileMessage); 6] = [
        ("past the end", sending(3, 0), FileMessage::Ack { id: 7, received: 4 }),
        ("not sent yet", sending(3, 0), FileMessage::Ack { id: 7, received: 1 }),
        ("backwards", sending(3, 2), FileMessage::Ack { id: 7, received: 1 }),
        ("done too early", sending(3, 0), done(true)),
        ("twice", sending(3, 0), FileMessage::Accept { id: 7, offset: 0 }),
        ("a lie", sending(0, 0), FileMessage::Done { id: 7, ok: true, sha256: String::new() }),
    ];
    for (what, mut sender, message) in breaches {
        assert_eq!(sender.on_message(&message), protocol, "{what}");
        assert_eq!(sender.end(), Some(SendEnd::Misbehaved), "{what}");
    }
    let mut sender = Sender::new(card(3));
    sender.offer(7, None, 0);
    assert_eq!(sender.on_message(&FileMessage::Accept { id: 7, offset: 4 }), protocol);
}

fn any_message() -> impl Strategy<Value = FileMessage> {
    let id = prop_oneof![9 => Just(7_u64), 1 => any::<u64>()];
    let offset = prop_oneof![0..200_000_u64, Just(0), any::<u64>()];
    let digest = prop_oneof![
        Just(Digest::of(b"").to_string()),
        Just(Digest::of(b"spoiled").to_string()),
        ".{0,70}"
    ];
    let reject = prop_oneof![Just(RejectReason::Busy), Just(RejectReason::Declined)];
    let cancel = prop_oneof![Just(CancelReason::PeerLeft), Just(CancelReason::Io)];
    prop_oneof![
        (id.clone(), offset.clone()).prop_map(|(id, offset)| FileMessage::Accept { id, offset }),
        (id.clone(), offset).prop_map(|(id, received)| FileMessage::Ack { id, received }),
        (id.clone(), any::<bool>(), digest).prop_map(|(id, ok, sha256)| FileMessage::Done {
            id,
            ok,
            sha256
        }),
        id.clone().prop_map(|id| FileMessage::List { id }),
        (id.clone(), 0..3_u64, 0..3_u64).prop_map(|(id, first, count)| FileMessage::Want {
            id,
            ranges: vec![BlockRange(first, count)]
        }),
        (id.clone(), reject).prop_map(|(id, reason)| FileMessage::Reject { id, reason }),
        (id.clone(), cancel).prop_map(|(id, reason)| FileMessage::Cancel { id, reason }),
        id.prop_map(|id| Sender::new(card(3)).offer(id, None, 0)),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Offer,
    Message(FileMessage),
    Send,
    Lost,
}

proptest! {
    /// Whatever is said to it, a sender stays within file and window and ends at most once.
    #[test]
    fn nothing_that_is_said_brings_it_out_of_bounds(
        size in prop_oneof![0..200_000_u64, Just(2 << 20)],
        steps in proptest::collection::vec(prop_oneof![
            1 => Just(Step::Offer),
            4 => any_message().prop_map(Step::Message),
            4 => Just(Step::Send),
            1 => Just(Step::Lost),
        ], 0..60),
    ) {
        let blocks = BlockList::of(&vec![0; 2 << 20]).filter(|_| size > 1 << 20);
        let mut sender = Sender::new(FileCard { blocks, ..card(size) });
        let mut end = None;
        for step in steps {
            match step {
                Step::Offer => { sender.offer(7, None, 0); }
                Step::Message(message) => {
                    if let Some(reply) = sender.on_message(&message) {
                        prop_assert!((1..=TRANSFER_ID_MAX).contains(&reply.id()));
                        prop_assert!(sender.end().is_some());
                    }
                }
                Step::Send => if sender.list_chunk(0).is_some() {
                    prop_assert!(!sender.is_sending());
                } else if let Some((offset, length)) = sender.wants(0) {
                    prop_assert!(length > 0 && length <= CHUNK_BYTES);
                    prop_assert!(offset + length as u64 <= size);
                    prop_assert!(sender.carried() <= WANTS_MAX as u64 * size + size);
                    prop_assert!(sender.chunk(&vec![0; length]).is_some());
                }
                Step::Lost => sender.on_lost(),
            }
            prop_assert!(sender.acked() <= size);
            prop_assert!(end.is_none() || end == sender.end(), "the end stays");
            end = sender.end();
        }
    }
}
