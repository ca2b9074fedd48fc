//! Telephone events (RFC 4733 section 2.4.1).

use std::fmt;

/// Events that a receiver understands, as a set: `0-15,66`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvents([u64; 4]);

/// The keys of a telephone and A to D, which hold where nothing is said.
impl Default for TelephoneEvents {
    fn default() -> Self {
        TelephoneEvents([0xffff, 0, 0, 0])
    }
}

impl TelephoneEvents {
    /// Reads `a=fmtp`; none where it is no list of events.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let Some(text) = text else { return Some(Self::default()) };
        // SDP leaves out the name that the media type has for it; some write it all the same.
        let list = text.trim_ascii().strip_prefix("events=").unwrap_or(text);
        let mut events = TelephoneEvents([0; 4]);
        for range in list.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let first: u8 = first.trim_ascii().parse().ok()?;
            let last: u8 = last.trim_ascii().parse().ok()?;
            if first > last {
                return None;
            }
            (first..=last).for_each(|event| events.insert(event));
        }
        Some(events)
    }

    /// The receiver understands this event; 0 to 9 are the digits, 10 is `*`, 11 is `#`.
    pub fn contains(&self, event: u8) -> bool {
        self.0[usize::from(event / 64)] & (1 << (event % 64)) != 0
    }

    /// Events that both sides understand.
    pub fn common(&self, other: &Self) -> Self {
        TelephoneEvents(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    fn insert(&mut self, event: u8) {
        self.0[usize::from(event / 64)] |= 1 << (event % 64);
    }
}

/// As `a=fmtp` has it; empty where there is no event.
impl fmt::Display for TelephoneEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut event = 0;
        let mut mark = "";
        while event <= u16::from(u8::MAX) {
            let is_in = |event: u16| u8::try_from(event).is_ok_and(|event| self.contains(event));
            if !is_in(event) {
                event += 1;
                continue;
            }
            let first = event;
            while is_in(event + 1) {
                event += 1;
            }
            write!(f, "{mark}{first}")?;
            if event > first {
                write!(f, "-{event}")?;
            }
            mark = ",";
            event += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_sets() {
        for (text, written) in [
            ("0-15", "0-15"),
            ("0-11,66,70-71", "0-11,66,70-71"),
            ("66, 0 - 3,4", "0-4,66"),
            ("0-255", "0-255"),
            ("events=0-16", "0-16"),
        ] {
            let read = TelephoneEvents::parse(Some(text)).expect("readable");
            assert_eq!(read.to_string(), written);
        }
        for text in ["", "a", "15-0", "256", "1-", "1,,2"] {
            assert_eq!(TelephoneEvents::parse(Some(text)), None, "{text}");
        }
        assert_eq!(
            TelephoneEvents::parse(None).map(|all| all.to_string()).as_deref(),
            Some("0-15")
        );
    }

    #[test]
    fn what_both_understand() {
        let read = |text| TelephoneEvents::parse(Some(text)).expect("readable");
        let common = read("0-15").common(&read("10-20,66"));
        assert_eq!(common.to_string(), "10-15");
        assert!(common.contains(11) && !common.contains(16) && !common.contains(66));
    }
}
