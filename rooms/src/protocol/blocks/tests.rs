//! Lists of blocks, fair and hostile.

use proptest::prelude::*;

use super::*;
use crate::protocol::data::{FILE_BYTES_MAX, FileMessage, TEXT_BYTES_MAX, TRANSFER_ID_MAX};

const MIB: u64 = 1024 * 1024;

fn four() -> Blocks {
    Blocks::judge(4 * MIB - 5, MIB).expect("fair").expect("several")
}

#[test]
fn blocks_grow_with_the_file() {
    let small = Blocks::of(32 * 1024 * MIB).expect("several");
    assert_eq!((small.block_bytes(), small.list_bytes()), (MIB, MIB));
    let next = Blocks::of(32 * 1024 * MIB + 1).expect("several");
    assert_eq!((next.block_bytes(), next.count()), (2 * MIB, 16 * 1024 + 1));
    let largest = Blocks::of(FILE_BYTES_MAX).expect("several");
    assert_eq!((largest.block_bytes(), largest.count()), (1 << 38, BLOCKS_MAX));
    assert_eq!(Blocks::of(MIB), None);
    assert_eq!(four().bytes(3), 3 * MIB..4 * MIB - 5);
    assert_eq!(four().bytes(u64::MAX), 4 * MIB - 5..4 * MIB - 5);
}

#[test]
fn block_sizes_out_of_bounds_are_refused() {
    assert_eq!(Blocks::judge(9, 0), Ok(None));
    for block in [1, 32 * 1024, 65_537, 3 * MIB, 8 * MIB, u64::MAX, 1 << 63] {
        assert_eq!(Blocks::judge(8 * MIB, block), Err(BlocksError::BlockSize), "{block}");
    }
    let most = BLOCKS_MAX * BLOCK_BYTES_MIN;
    assert!(matches!(Blocks::judge(most, BLOCK_BYTES_MIN), Ok(Some(_))));
    assert_eq!(Blocks::judge(most + 1, BLOCK_BYTES_MIN), Err(BlocksError::TooManyBlocks));
}

#[test]
fn ranges_that_make_no_sense_are_refused() {
    let blocks = four();
    for (ranges, error) in [
        (vec![BlockRange(0, 0)], BlocksError::Empty),
        (vec![BlockRange(0, 5)], BlocksError::OutOfRange),
        (vec![BlockRange(4, 1)], BlocksError::OutOfRange),
        (vec![BlockRange(u64::MAX, 2)], BlocksError::OutOfRange),
        (vec![BlockRange(1, u64::MAX)], BlocksError::OutOfRange),
        (vec![BlockRange(0, 2), BlockRange(1, 1)], BlocksError::Overlap),
        (vec![BlockRange(2, 1), BlockRange(0, 1)], BlocksError::Overlap),
        (vec![BlockRange(0, 1); BLOCK_RANGES_MAX + 1], BlocksError::TooManyRanges),
    ] {
        assert_eq!(blocks.places(&ranges), Err(error));
    }
    let places = blocks.places(&[BlockRange(0, 1), BlockRange(1, 1), BlockRange(3, 1)]);
    assert_eq!(places, Ok(VecDeque::from([0..MIB, MIB..2 * MIB, 3 * MIB..4 * MIB - 5])));
    assert_eq!(blocks.places(&[]), Ok(VecDeque::new()));
}

#[test]
fn the_longest_list_of_ranges_fits_a_text_message() {
    let ranges = vec![BlockRange(BLOCKS_MAX, BLOCKS_MAX); BLOCK_RANGES_MAX];
    let want = FileMessage::Want { id: TRANSFER_ID_MAX, ranges };
    assert!(serde_json::to_string(&want).expect("it can be written").len() <= TEXT_BYTES_MAX);
}

#[test]
fn the_shortest_gaps_are_closed_when_there_are_too_many() {
    // Gaps of one block and of three in turn, so many that a hundred of those of one are closed.
    let ranges = BLOCK_RANGES_MAX + 100;
    let missing: Vec<bool> = [true, false, true, false, false, false].repeat(ranges / 2);
    let asked = ranges_of(&missing);
    assert_eq!(asked.len(), BLOCK_RANGES_MAX);
    assert_eq!(asked[..2], [BlockRange(0, 3), BlockRange(6, 3)]);
    assert_eq!(asked.iter().map(|range| range.1).sum::<u64>(), ranges as u64 + 100);
}

proptest! {
    /// What is asked for holds all that is missing, is fair, and holds nothing else unless there
    /// are too many ranges.
    #[test]
    fn what_is_missing_is_asked_for(
        runs in proptest::collection::vec((1..4_usize, 1..9_usize), 0..3_000),
    ) {
        let missing: Vec<bool> = runs.iter()
            .flat_map(|(take, skip)| [vec![true; *take], vec![false; *skip]].concat())
            .take(BLOCKS_MAX as usize)
            .collect();
        let ranges = ranges_of(&missing);
        let count = missing.len().max(2) as u64;
        let blocks = Blocks::judge(count * BLOCK_BYTES_MIN, BLOCK_BYTES_MIN).expect("fair");
        let places = blocks.expect("several").places(&ranges).expect("fair ranges");
        prop_assert_eq!(places.len(), ranges.len());
        let mut asked = vec![false; missing.len()];
        for BlockRange(first, count) in &ranges {
            asked[*first as usize..(first + count) as usize].fill(true);
        }
        prop_assert!(missing.iter().zip(&asked).all(|(missing, asked)| *asked || !missing));
        if ranges.len() < BLOCK_RANGES_MAX {
            prop_assert_eq!(asked, missing);
        }
    }

    /// Whatever ranges come, what they lead to is within the file, in order and without overlap.
    #[test]
    fn hostile_ranges_never_leave_the_file(
        size in 2 * BLOCK_BYTES_MIN..200 * BLOCK_BYTES_MIN,
        ranges in proptest::collection::vec(
            (prop_oneof![9 => 0..220_u64, 1 => any::<u64>()],
             prop_oneof![9 => 0..9_u64, 1 => any::<u64>()]), 0..9),
    ) {
        let blocks = Blocks::judge(size, BLOCK_BYTES_MIN).expect("fair").expect("several");
        let ranges: Vec<BlockRange> = ranges.into_iter().map(|(a, b)| BlockRange(a, b)).collect();
        if let Ok(places) = blocks.places(&ranges) {
            let mut free = 0;
            for place in places {
                prop_assert!(free <= place.start && place.start < place.end);
                prop_assert!(place.end <= size);
                free = place.end;
            }
        }
    }
}
