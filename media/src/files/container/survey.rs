//! A walk over the elements of a Matroska file before a library reads them: nothing that it would
//! take into memory may be above a limit.

use std::io::{BufReader, Read, Seek};

use crate::files::FileError;
use crate::files::container::track::MAX_FRAME_BYTES;
use crate::files::input::Input;

/// Most bytes of elements before the first cluster: tracks, indices, tags, attached pictures.
const MAX_HEAD_BYTES: u64 = 32 << 20;

/// Most bytes of one such element but attachments, which become larger in memory.
const MAX_ELEMENT_BYTES: u64 = 4 << 20;

const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const ATTACHMENTS: u32 = 0x1941_a469;
const VOID: u32 = 0xec;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;

/// The header of an element.
#[derive(Clone, Copy, Debug)]
struct Element {
    id: u32,
    /// `None` when it is not known.
    size: Option<u64>,
}

/// Walks a file from its start. Whether all of its elements are whole.
pub(super) fn survey<R: Read + Seek>(
    input: &mut Input<BufReader<R>>,
    length: u64,
) -> Result<bool, FileError> {
    let mut head = 0;
    let mut clusters = false;
    loop {
        let offset = input.offset();
        if offset == length {
            return Ok(true);
        }
        let element = match header(input) {
            Ok(Some(element)) => element,
            // What follows the clusters may be anything.
            Err(FileError::Malformed { .. }) if clusters => return Ok(false),
            Ok(None) => return Ok(false),
            Err(error) => return Err(error),
        };
        let malformed = |what| FileError::Malformed { offset, what };
        if element.id == SEGMENT || element.id == CLUSTER {
            clusters |= element.id == CLUSTER;
            continue;
        }
        let what = "an element of unknown size that is no segment or cluster";
        let size = element.size.ok_or(malformed(what))?;
        let limit = match element.id {
            SIMPLE_BLOCK | BLOCK_GROUP => MAX_FRAME_BYTES,
            VOID => u64::MAX,
            ATTACHMENTS => MAX_HEAD_BYTES,
            EBML => 1 << 10,
            // Nobody reads what comes after the clusters.
            _ if clusters => u64::MAX,
            _ => MAX_ELEMENT_BYTES,
        };
        if !clusters && element.id != VOID {
            head += size.min(limit);
        }
        if size > limit || head > MAX_HEAD_BYTES {
            return Err(malformed("an element above the size limit"));
        }
        match input.offset().checked_add(size) {
            Some(end) if end <= length => input.skip(size)?,
            _ => return Ok(false),
        }
    }
}

/// The header of the next element, `None` when the file ends within it.
fn header<R: Read>(input: &mut Input<R>) -> Result<Option<Element>, FileError> {
    let Some((id, _)) = number(input, 4)? else { return Ok(None) };
    let Some((size, length)) = number(input, 8)? else { return Ok(None) };
    // Without the bit that tells the length; all ones are no size.
    let ones = (1 << (7 * length)) - 1;
    let id = u32::try_from(id).expect("it has four bytes at most");
    Ok(Some(Element { id, size: Some(size & ones).filter(|&size| size != ones) }))
}

/// A number that tells its own length (RFC 8794 section 4), with its marker, and that length.
/// `None` when the file ends within it.
fn number<R: Read>(input: &mut Input<R>, limit: u32) -> Result<Option<(u64, u32)>, FileError> {
    let offset = input.offset();
    let Some(&first) = input.up_to(1)?.first() else { return Ok(None) };
    let length = first.leading_zeros() + 1;
    if length > limit {
        return Err(FileError::Malformed { offset, what: "no element of EBML" });
    }
    let rest = input.up_to(length as usize - 1)?;
    if rest.len() + 1 < length as usize {
        return Ok(None);
    }
    let value = rest.iter().fold(u64::from(first), |value, &byte| value << 8 | u64::from(byte));
    Ok(Some((value, length)))
}
