//! NAL units in a byte stream (annex B of H.264 and of H.265): each after `00 00 01`.

use std::ops::Range;

/// What is written before each unit.
pub(super) const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The places of units in a byte stream. Zeros that fill it up are no part of a unit.
#[derive(Clone, Debug)]
pub(super) struct NalUnits<'f> {
    stream: &'f [u8],
    /// Where the unit begins that is next; none after the last.
    next: Option<usize>,
}

impl<'f> NalUnits<'f> {
    /// `None` where the stream does not begin with a start code.
    pub(super) fn of(stream: &'f [u8]) -> Option<Self> {
        let (at, start) = start_code(stream, 0)?;
        let only_zeros = stream[..at].iter().all(|byte| *byte == 0);
        only_zeros.then_some(NalUnits { stream, next: Some(start) })
    }
}

impl Iterator for NalUnits<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let start = self.next?;
            let found = start_code(self.stream, start);
            self.next = found.map(|(_, next)| next);
            let end = found.map_or(self.stream.len(), |(at, _)| at);
            let zeros = self.stream[start..end].iter().rev().take_while(|byte| **byte == 0);
            let end = end - zeros.count();
            if start < end {
                return Some(start..end);
            }
        }
    }
}

/// The next start code from `from` on: where it begins, and what is after it.
fn start_code(stream: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while let [a, b, c] = *stream.get(at..at + 3)? {
        match (a, b, c) {
            (0, 0, 1) => return Some((at, at + 3)),
            // None begins at this byte or the next two.
            (_, _, 2..) => at += 3,
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::NalUnits;

    fn units(stream: &[u8]) -> Option<Vec<&[u8]>> {
        Some(NalUnits::of(stream)?.map(|range| &stream[range]).collect())
    }

    #[test]
    fn units_lie_between_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 1, 0, 0, 0, 0, 1, 0x68, 0, 2, 0, 0, 1, 0x65, 3, 0, 0];
        let expected: Vec<&[u8]> = vec![&[0x67, 1], &[0x68, 0, 2], &[0x65, 3]];
        assert_eq!(units(&stream), Some(expected));
    }

    #[test]
    fn empty_units_are_none() {
        assert_eq!(units(&[0, 0, 1, 0, 0, 1, 0x65, 9]), Some(vec![&[0x65, 9][..]]));
        assert_eq!(units(&[0, 0, 1]), Some(vec![]));
    }

    #[test]
    fn what_has_no_start_code_is_no_stream() {
        assert_eq!(units(&[]), None);
        assert_eq!(units(&[0x65, 0, 0, 1, 0x65]), None);
        assert_eq!(units(&[0, 0]), None);
    }
}
