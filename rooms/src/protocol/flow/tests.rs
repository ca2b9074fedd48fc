//! The order of messages, fair and hostile.

use proptest::prelude::*;

use super::*;
use crate::protocol::blocks::BLOCK_BYTES_MIN;

const BLOCK: u64 = BLOCK_BYTES_MIN;
const SIZE: u64 = 10 * BLOCK;

fn offered() -> Flow {
    Flow::new(SIZE, Blocks::judge(SIZE, BLOCK).expect("fair"))
}

/// Blocks were asked for, and have passed.
fn wanted(ranges: &[BlockRange]) -> Flow {
    let mut flow = offered();
    flow.ask_list().expect("it is offered");
    assert_eq!(flow.check(0, 320), Ok(Carries::List));
    flow.pass(320);
    flow.want(ranges).expect("fair");
    flow
}

#[test]
fn only_what_is_asked_for_passes() {
    let mut flow = wanted(&[BlockRange(2, 1), BlockRange(8, 2)]);
    assert_eq!((flow.sent(), flow.acked()), (7 * BLOCK, 7 * BLOCK));
    assert_eq!(flow.check(0, 1), Err(FlowError::Misplaced));
    assert_eq!(flow.check(2 * BLOCK, BLOCK as usize + 1), Err(FlowError::Misplaced));
    assert_eq!(flow.check(2 * BLOCK, BLOCK as usize), Ok(Carries::Data));
    flow.pass(BLOCK as usize);
    assert_eq!(flow.next(), Some(8 * BLOCK..SIZE));
    flow.pass(2 * BLOCK as usize);
    assert!(flow.is_complete());
    assert_eq!(flow.check(SIZE, 1), Err(FlowError::Misplaced));
    assert_eq!(flow.want(&[]), Err(FlowError::OutOfOrder), "it is not acknowledged");
    flow.ack(SIZE).expect("it was sent");
    flow.want(&[BlockRange(9, 1)]).expect("once more");
    assert_eq!((flow.sent(), flow.next()), (9 * BLOCK, Some(9 * BLOCK..SIZE)));
}

#[test]
fn messages_out_of_order_are_refused() {
    let mut none = Flow::new(SIZE, None);
    assert_eq!(none.ask_list(), Err(FlowError::NoBlocks));
    assert_eq!(none.check(0, 1), Err(FlowError::OutOfOrder));
    assert_eq!(none.ack(0), Err(FlowError::OutOfOrder));
    assert_eq!(none.accept(SIZE + 1), Err(FlowError::Beyond));
    let mut flow = offered();
    assert_eq!(flow.want(&[]), Err(FlowError::OutOfOrder));
    flow.ask_list().expect("it is offered");
    assert_eq!(flow.ask_list(), Err(FlowError::OutOfOrder), "twice");
    assert_eq!(flow.accept(0), Err(FlowError::OutOfOrder));
    for (offset, length) in [(1, 1), (0, 0), (0, 321)] {
        assert_eq!(flow.check(offset, length), Err(FlowError::Misplaced));
    }
    flow.pass(319);
    assert_eq!(flow.want(&[]), Err(FlowError::OutOfOrder), "the list is not whole");
    flow.pass(1);
    assert_eq!(flow.check(320, 1), Err(FlowError::Misplaced));
    let beyond = flow.want(&[BlockRange(9, 2)]);
    assert_eq!(beyond, Err(FlowError::Blocks(BlocksError::OutOfRange)));
    flow.want(&[BlockRange(0, 10)]).expect("all of it");
    assert_eq!(flow.ask_list(), Err(FlowError::OutOfOrder), "twice");
    assert_eq!(flow.ack(1), Err(FlowError::Beyond));
}

#[test]
fn blocks_are_asked_for_a_few_times_only() {
    let mut flow = wanted(&[]);
    for _ in 1..WANTS_MAX {
        assert!(flow.may_want());
        flow.want(&[]).expect("within the limit");
    }
    assert!(!flow.may_want());
    assert_eq!(flow.want(&[]), Err(FlowError::TooManyWants));
}

#[test]
fn the_list_may_be_asked_for_when_all_is_there() {
    let mut flow = offered();
    flow.accept(SIZE - 1).expect("within the file");
    assert_eq!(flow.ask_list(), Err(FlowError::OutOfOrder));
    flow.pass(1);
    assert_eq!(flow.ask_list(), Err(FlowError::OutOfOrder), "it is not acknowledged");
    flow.ack(SIZE).expect("it was sent");
    flow.ask_list().expect("all is there");
    assert_eq!((flow.acked(), flow.is_complete()), (SIZE, true));
}

#[derive(Clone, Debug)]
enum Move {
    Accept(u64),
    AskList,
    Want(Vec<(u64, u64)>),
    Chunk(u64, usize),
    Next(usize),
    Ack(u64),
    AckAll,
}

fn any_move() -> impl Strategy<Value = Move> {
    let offset = || prop_oneof![0..2 * SIZE, any::<u64>()];
    prop_oneof![
        1 => offset().prop_map(Move::Accept),
        2 => Just(Move::AskList),
        2 => proptest::collection::vec((0..11_u64, 0..4_u64), 0..4).prop_map(Move::Want),
        1 => (offset(), 0..2 * BLOCK as usize).prop_map(|(at, length)| Move::Chunk(at, length)),
        6 => (1..BLOCK as usize).prop_map(Move::Next),
        1 => offset().prop_map(Move::Ack),
        3 => Just(Move::AckAll),
    ]
}

proptest! {
    /// Whatever is said, what passes is within file and list, and the counts keep their order.
    #[test]
    fn nothing_brings_it_out_of_bounds(moves in proptest::collection::vec(any_move(), 0..80)) {
        let mut flow = offered();
        for step in moves {
            let before = flow.clone();
            let refused = match step {
                Move::Accept(offset) => flow.accept(offset).is_err(),
                Move::AskList => flow.ask_list().is_err(),
                Move::Want(ranges) => {
                    let ranges: Vec<_> = ranges.into_iter().map(|(a, b)| BlockRange(a, b)).collect();
                    flow.want(&ranges).is_err()
                }
                Move::Chunk(offset, length) => chunk(&mut flow, offset, length),
                Move::Next(length) => {
                    let next = flow.next().or(flow.next_of_list()).unwrap_or(0..0);
                    let length = (length as u64).min(next.end - next.start);
                    chunk(&mut flow, next.start, length as usize)
                }
                Move::Ack(received) => flow.ack(received).is_err(),
                Move::AckAll => flow.ack(flow.sent()).is_err(),
            };
            if refused {
                prop_assert_eq!(&flow, &before, "what is refused changes nothing");
            }
            prop_assert!(flow.acked() <= flow.sent() && flow.sent() <= SIZE);
            prop_assert_eq!(flow.is_passing() && flow.next().is_none(),
                flow.is_passing() && flow.is_complete());
        }
    }
}

/// Gives whether it is refused.
fn chunk(flow: &mut Flow, offset: u64, length: usize) -> bool {
    let end = offset.saturating_add(length as u64);
    match flow.check(offset, length) {
        Ok(Carries::List) => assert!(end <= 320),
        Ok(Carries::Data) => assert!(end <= SIZE),
        Err(_) => return true,
    }
    flow.pass(length);
    false
}
