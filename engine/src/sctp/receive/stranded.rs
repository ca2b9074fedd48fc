//! Messages that can never be whole, and of which nobody tells.
//!
//! The chunks of a stream's ordered messages go out one message after the other (RFC 9260 section
//! 6.9, RFC 8260 section 2). So where a later one has begun and all before it came, nothing more
//! comes of an earlier one. Its sender has to say that it gave it up (RFC 3758 section 3.5); dcsctp
//! 0.1.16 forgets to when the time of a message is up of which a part went out, and the messages
//! behind it would wait for ever.

use super::assembly::Assembly;
use crate::sctp::data::Format;
use crate::sctp::forward::Skipped;

impl Assembly {
    /// Gives up what is stranded where all numbers up to this came. Gives the bytes that are free.
    pub(super) fn give_up_stranded(
        &mut self,
        stream: u16,
        format: Format,
        cumulative: u64,
    ) -> usize {
        let mut free = 0;
        while let Some((key, first)) = self.ordered.first_key_value()
            && !first.is_whole()
            && let Some(((later, _), _)) =
                self.ordered.range((key.0 + 1, 0)..).next().filter(|(_, run)| run.tsn <= cumulative)
        {
            let message = later.wrapping_sub(1) as u32;
            free += self.skip(format, Skipped { stream, ordered: true, message });
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::data::Piece;

    fn piece(message: u32, place: u32, is_last: bool) -> Piece<'static> {
        Piece {
            tsn: 0,
            stream: 3,
            ordered: true,
            is_first: place == 0,
            is_last,
            immediate: false,
            message,
            place,
            identifier: 53,
            payload: b"x",
        }
    }

    #[test]
    fn what_will_never_be_whole_is_given_up_once_all_before_the_next_came() {
        for format in [Format::Data, Format::Interleaved] {
            let mut assembly = Assembly::default();
            // Two pieces of a message without an end, and a message after it; one is missing.
            assembly.insert(format, 1, &piece(0, 0, false));
            assembly.insert(format, 3, &piece(1, 0, true));
            assert_eq!(assembly.give_up_stranded(3, format, 1), 0, "it may be its end");
            assembly.insert(format, 2, &piece(0, 1, false));
            assert!(assembly.take(3).is_none());
            let weight = assembly.weight();
            let free = assembly.give_up_stranded(3, format, 3);
            assert_eq!(assembly.weight(), weight - free);
            assert!(free > 0 && assembly.take(3).is_some(), "what follows has its turn");
            // One that has only begun waits for its rest.
            assembly.insert(format, 4, &piece(2, 0, false));
            assert_eq!(assembly.give_up_stranded(3, format, 4), 0);
        }
    }
}
