//! Lists of whole numbers as they are given on the command line: `101-105,200`.

use std::fmt;
use std::num::IntErrorKind;
use std::str::FromStr;

/// Numbers of one list: more runs than that take days.
pub const NUMBERS_MAX: usize = 10_000;

/// Whole numbers in the order in which they were given, none of them twice; one at least.
///
/// ```
/// use lapwing::numbers::{BadNumbers, Numbers};
/// let seeds: Numbers = "101-103,7".parse().unwrap();
/// assert_eq!(seeds.values(), [101, 102, 103, 7]);
/// assert_eq!("3-1".parse::<Numbers>(), Err(BadNumbers::Backwards(3, 1)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(Vec<u64>);

/// Why a text is no list of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadNumbers {
    /// This part, between commas, is neither a number nor a range.
    NotANumber(String),
    /// This part has a number of more than 64 bits.
    TooLarge(String),
    /// The range ends before it begins.
    Backwards(u64, u64),
    /// This number comes a second time.
    Twice(u64),
    /// There are more than [`NUMBERS_MAX`].
    TooMany,
}

impl Numbers {
    /// The numbers.
    pub fn values(&self) -> &[u64] {
        &self.0
    }
}

impl FromStr for Numbers {
    type Err = BadNumbers;

    fn from_str(text: &str) -> Result<Numbers, BadNumbers> {
        let mut numbers = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (number(first, part)?, number(last, part)?),
                None => (number(part, part)?, number(part, part)?),
            };
            if last < first {
                return Err(BadNumbers::Backwards(first, last));
            }
            // The difference is compared: the count of all numbers has no room in 64 bits.
            if last - first >= (NUMBERS_MAX - numbers.len()) as u64 {
                return Err(BadNumbers::TooMany);
            }
            numbers.extend(first..=last);
        }
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(BadNumbers::Twice(pair[0])),
            None => Ok(Numbers(numbers)),
        }
    }
}

/// A number that stands in a part of the list. Digits alone: a sign would be that of a range.
fn number(text: &str, part: &str) -> Result<u64, BadNumbers> {
    let text = text.trim();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadNumbers::NotANumber(part.to_owned()));
    }
    text.parse().map_err(|error: std::num::ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => BadNumbers::TooLarge(part.to_owned()),
        _ => BadNumbers::NotANumber(part.to_owned()),
    })
}

impl fmt::Display for BadNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadNumbers::NotANumber(part) => {
                write!(f, "{part:?} is neither a number nor a range like 101-105")
            }
            BadNumbers::TooLarge(part) => write!(f, "{part:?} has a number of more than 64 bits"),
            BadNumbers::Backwards(first, last) => {
                write!(f, "the range {first}-{last} ends before it begins")
            }
            BadNumbers::Twice(number) => write!(f, "{number} is there twice"),
            BadNumbers::TooMany => write!(f, "there are more than {NUMBERS_MAX} numbers"),
        }
    }
}

impl std::error::Error for BadNumbers {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<u64>, BadNumbers> {
        text.parse().map(|numbers: Numbers| numbers.0)
    }

    #[test]
    fn lists_and_ranges_keep_their_order() {
        assert_eq!(read("4"), Ok(vec![4]));
        assert_eq!(read("9, 1 - 3,7-7"), Ok(vec![9, 1, 2, 3, 7]));
        assert_eq!(read(&u64::MAX.to_string()), Ok(vec![u64::MAX]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for text in ["", "1,,2", "a", "1-", "-1", "1-2-3", "+1", "1.5", "1..3"] {
            assert!(matches!(read(text), Err(BadNumbers::NotANumber(_))), "{text:?}");
        }
        assert_eq!(read("5-4"), Err(BadNumbers::Backwards(5, 4)));
        assert_eq!(read("1-3,2"), Err(BadNumbers::Twice(2)));
        let large = "18446744073709551616";
        assert_eq!(read(large), Err(BadNumbers::TooLarge(large.to_owned())));
    }

    #[test]
    fn there_is_a_limit() {
        assert_eq!(read("1-10000").map(|numbers| numbers.len()), Ok(NUMBERS_MAX));
        assert_eq!(read("1-10001"), Err(BadNumbers::TooMany));
        assert_eq!(read("0-18446744073709551615"), Err(BadNumbers::TooMany));
        assert_eq!(read("1-9999,20000,20001"), Err(BadNumbers::TooMany));
    }
}
