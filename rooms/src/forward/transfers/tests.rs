use super::*;
use crate::protocol::blocks::BlockRange;
use crate::protocol::data::UNACKED_BYTES_MAX;
use crate::protocol::flow::WANTS_MAX;

fn id(name: &str) -> ParticipantId {
    ParticipantId(name.to_owned())
}

fn offer(transfer: u64, to: &str, size: u64) -> FileMessage {
    FileMessage::Offer(FileOffer {
        id: transfer,
        to: Some(id(to)),
        from: None,
        name: "a.txt".to_owned(),
        size,
        sha256: "0".repeat(SHA256_DIGITS),
        ..FileOffer::default()
    })
}

fn say(transfers: &mut Transfers, from: &str, message: FileMessage) -> Vec<(String, FileMessage)> {
    let known = [id("ada"), id("bob"), id("eve")];
    read(transfers.text(&id(from), message, |to| known.contains(to)))
}

fn read(parcels: Vec<Parcel>) -> Vec<(String, FileMessage)> {
    let message = |content| match content {
        Content::Text(text) => serde_json::from_str(&text).expect("it is a file message"),
        Content::Binary(_) => panic!("text is expected"),
    };
    parcels.into_iter().map(|parcel| (parcel.to.0, message(parcel.content))).collect()
}

fn chunk(
    transfers: &mut Transfers,
    from: &str,
    id_: u64,
    offset: u64,
    bytes: usize,
) -> Vec<Parcel> {
    let message = ChunkHeader { id: id_, offset }.with_data(&vec![1; bytes]);
    transfers.chunk(&id(from), &message)
}

fn accepted(size: u64) -> Transfers {
    let mut transfers = Transfers::default();
    assert_eq!(say(&mut transfers, "ada", offer(7, "bob", size)).len(), 1);
    let accept = FileMessage::Accept { id: 7, offset: 0 };
    assert_eq!(say(&mut transfers, "bob", accept.clone()), [("ada".into(), accept)]);
    transfers
}

#[test]
fn a_file_passes_from_offer_to_done() {
    let mut transfers = Transfers::default();
    let sent = say(&mut transfers, "ada", offer(7, "bob", 100));
    let [(to, FileMessage::Offer(offer))] = &sent[..] else { panic!("one offer passes: {sent:?}") };
    assert_eq!((to.as_str(), offer.from.clone()), ("bob", Some(id("ada"))));
    let accept = FileMessage::Accept { id: 7, offset: 40 };
    assert_eq!(say(&mut transfers, "bob", accept.clone()), [("ada".into(), accept)]);
    assert_eq!(chunk(&mut transfers, "ada", 7, 40, 60)[0].to, id("bob"));
    let ack = FileMessage::Ack { id: 7, received: 100 };
    assert_eq!(say(&mut transfers, "bob", ack.clone()), [("ada".into(), ack)]);
    let done = FileMessage::Done { id: 7, ok: true, sha256: "0".repeat(64) };
    assert_eq!(say(&mut transfers, "bob", done.clone()), [("ada".into(), done)]);
    assert_eq!(chunk(&mut transfers, "ada", 7, 100, 1), []);
}

#[test]
fn offers_out_of_bounds_are_refused() {
    let mut transfers = Transfers::default();
    let reason = |sent: Vec<(String, FileMessage)>| match &sent[..] {
        [(to, FileMessage::Reject { reason, .. })] if to == "ada" => *reason,
        other => panic!("a reject to the sender is expected, got {other:?}"),
    };
    for bad in [offer(0, "bob", 1), offer(1 << 53, "bob", 1), offer(1, "bob", 1 << 53)] {
        assert_eq!(reason(say(&mut transfers, "ada", bad)), RejectReason::BadOffer);
    }
    let FileMessage::Offer(template) = offer(1, "bob", 1) else { unreachable!("it is an offer") };
    let long = FileOffer { name: "n".repeat(256), ..template.clone() };
    let digest = FileOffer { sha256: "G".repeat(64), ..template.clone() };
    let nobody = FileOffer { to: None, ..template };
    for bad in [long, digest] {
        let sent = say(&mut transfers, "ada", FileMessage::Offer(bad));
        assert_eq!(reason(sent), RejectReason::BadOffer);
    }
    let sent = say(&mut transfers, "ada", FileMessage::Offer(nobody));
    assert_eq!(reason(sent), RejectReason::NoReceiver);
    for stranger in ["ada", "zoe"] {
        let sent = say(&mut transfers, "ada", offer(1, stranger, 1));
        assert_eq!(reason(sent), RejectReason::NoReceiver);
    }
    say(&mut transfers, "ada", offer(1, "bob", 1));
    assert_eq!(reason(say(&mut transfers, "ada", offer(1, "bob", 1))), RejectReason::BadOffer);
}

#[test]
fn transfers_per_participant_are_limited() {
    let mut transfers = Transfers::default();
    for n in 1..=TRANSFERS_MAX as u64 {
        assert_eq!(say(&mut transfers, "ada", offer(n, "bob", 1))[0].0, "bob");
    }
    let sent = say(&mut transfers, "eve", offer(9, "bob", 1));
    let busy = FileMessage::Reject { id: 9, reason: RejectReason::Busy };
    assert_eq!(sent, [("eve".into(), busy)]);
}

#[test]
fn a_sender_that_floods_or_jumps_is_cut_off() {
    let window = UNACKED_BYTES_MAX as usize;
    let mut transfers = accepted(FILE_BYTES_MAX);
    let step = 32 * 1024;
    for offset in (0..window).step_by(step) {
        assert_eq!(chunk(&mut transfers, "ada", 7, offset as u64, step).len(), 1);
    }
    let cancel = FileMessage::Cancel { id: 7, reason: CancelReason::Protocol };
    let both = [("ada".to_owned(), cancel.clone()), ("bob".to_owned(), cancel)];
    assert_eq!(read(chunk(&mut transfers, "ada", 7, window as u64, 1)), both);
    for (offset, bytes) in [(1, 1), (0, 101)] {
        let mut transfers = accepted(100);
        assert_eq!(read(chunk(&mut transfers, "ada", 7, offset, bytes)), both);
    }
}

#[test]
fn only_those_who_take_part_are_heard() {
    let mut transfers = accepted(100);
    assert_eq!(chunk(&mut transfers, "eve", 7, 0, 1), []);
    assert_eq!(chunk(&mut transfers, "bob", 7, 0, 1), []);
    chunk(&mut transfers, "ada", 7, 0, 50);
    for from in ["ada", "eve"] {
        let done = FileMessage::Done { id: 7, ok: true, sha256: "0".repeat(64) };
        assert_eq!(say(&mut transfers, from, done), []);
        assert_eq!(say(&mut transfers, from, FileMessage::Ack { id: 7, received: 50 }), []);
        assert_eq!(say(&mut transfers, from, FileMessage::Accept { id: 7, offset: 0 }), []);
    }
    assert_eq!(say(&mut transfers, "bob", FileMessage::Ack { id: 7, received: 51 }), []);
    assert_eq!(say(&mut transfers, "bob", FileMessage::Ack { id: 7, received: 50 }).len(), 1);
    assert_eq!(say(&mut transfers, "bob", FileMessage::Ack { id: 7, received: 50 }), []);
    let stop = FileMessage::Cancel { id: 7, reason: CancelReason::Stopped };
    assert_eq!(say(&mut transfers, "eve", stop), []);
}

#[test]
fn who_leaves_ends_its_transfers() {
    let mut transfers = accepted(100);
    say(&mut transfers, "eve", offer(8, "ada", 5));
    let left = |id| FileMessage::Cancel { id, reason: CancelReason::PeerLeft };
    let parcels = read(transfers.gone(&id("ada")));
    assert_eq!(parcels, [("bob".into(), left(7)), ("eve".into(), left(8))]);
    assert_eq!(read(transfers.gone(&id("ada"))), []);
}

/// Ten blocks of 64 KiB from ada to bob, who asked for their list.
fn listing() -> Transfers {
    let mut transfers = Transfers::default();
    assert_eq!(say(&mut transfers, "ada", in_blocks(1 << 16))[0].0, "bob");
    let list = FileMessage::List { id: 7 };
    assert_eq!(say(&mut transfers, "bob", list.clone()), [("ada".into(), list)]);
    transfers
}

fn in_blocks(block: u64) -> FileMessage {
    match offer(7, "bob", 10 << 16) {
        FileMessage::Offer(offer) => FileMessage::Offer(FileOffer { block, ..offer }),
        other => other,
    }
}

fn want(ranges: &[(u64, u64)]) -> FileMessage {
    let ranges = ranges.iter().map(|(first, count)| BlockRange(*first, *count)).collect();
    FileMessage::Want { id: 7, ranges }
}

#[test]
fn blocks_pass_as_they_were_asked_for() {
    let mut transfers = listing();
    assert_eq!(chunk(&mut transfers, "ada", 7, 0, 320)[0].to, id("bob"));
    let asked = want(&[(2, 1), (9, 1)]);
    assert_eq!(say(&mut transfers, "bob", asked.clone()), [("ada".into(), asked)]);
    for offset in [2 << 16, (2 << 16) + (1 << 15), 9 << 16, (9 << 16) + (1 << 15)] {
        assert_eq!(chunk(&mut transfers, "ada", 7, offset, 1 << 15).len(), 1);
    }
    let ack = FileMessage::Ack { id: 7, received: 10 << 16 };
    assert_eq!(say(&mut transfers, "bob", ack).len(), 1);
    for _ in 1..WANTS_MAX {
        assert_eq!(say(&mut transfers, "bob", want(&[])).len(), 1, "asked for again");
    }
    let done = FileMessage::Done { id: 7, ok: true, sha256: "0".repeat(64) };
    assert_eq!(say(&mut transfers, "bob", done.clone()), [("ada".into(), done)]);
}

#[test]
fn blocks_out_of_bounds_end_the_transfer() {
    let cancel = FileMessage::Cancel { id: 7, reason: CancelReason::Protocol };
    let both = [("ada".to_owned(), cancel.clone()), ("bob".to_owned(), cancel)];
    for block in [1, 1 << 15, (1 << 16) + 1, 1 << 20] {
        let reject = FileMessage::Reject { id: 7, reason: RejectReason::BadOffer };
        let sent = say(&mut Transfers::default(), "ada", in_blocks(block));
        assert_eq!(sent, [("ada".into(), reject)]);
    }
    for bad in
        [vec![(0, 0)], vec![(0, 11)], vec![(10, 1)], vec![(3, 2), (4, 1)], vec![(0, 1); 2001]]
    {
        let mut transfers = listing();
        chunk(&mut transfers, "ada", 7, 0, 320);
        assert_eq!(say(&mut transfers, "bob", want(&bad)), both, "{:?}", bad[0]);
    }
    // Before the list is whole, twice, and where there is none.
    assert_eq!(say(&mut listing(), "bob", want(&[])), both);
    assert_eq!(say(&mut listing(), "bob", FileMessage::List { id: 7 }), both);
    assert_eq!(say(&mut accepted(100), "bob", FileMessage::List { id: 7 }), both);
    for (offset, bytes) in [(0, 321), (1, 1)] {
        assert_eq!(read(chunk(&mut listing(), "ada", 7, offset, bytes)), both);
    }
    let mut transfers = listing();
    chunk(&mut transfers, "ada", 7, 0, 320);
    say(&mut transfers, "bob", want(&[(1, 1)]));
    assert_eq!(read(chunk(&mut transfers, "ada", 7, 0, 1)), both, "it was not asked for");
}

#[test]
fn only_the_receiver_is_heard_about_blocks() {
    let mut transfers = Transfers::default();
    say(&mut transfers, "ada", in_blocks(1 << 16));
    for stranger in ["ada", "eve"] {
        assert_eq!(say(&mut transfers, stranger, FileMessage::List { id: 7 }), []);
        assert_eq!(say(&mut transfers, stranger, want(&[])), []);
    }
    assert_eq!(say(&mut transfers, "bob", FileMessage::List { id: 7 }).len(), 1);
    for stranger in ["bob", "eve"] {
        assert_eq!(chunk(&mut transfers, stranger, 7, 0, 320), []);
    }
}
