//! Bytes that decide, and what they make.

use lapwing_engine::{CodecPreference, Direction};

/// Bytes that decide; zeros at their end.
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Script(bytes)
    }

    /// Takes steps until the bytes are over, and `most` of them.
    pub(crate) fn play(&mut self, most: usize, mut step: impl FnMut(&mut Self)) {
        for _ in 0..most {
            if self.0.is_empty() {
                return;
            }
            step(self);
        }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()).checked_rem(count).unwrap_or(0)
    }
}

pub(crate) fn way(choice: u8) -> Direction {
    [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive]
        [usize::from(choice & 3)]
}

pub(crate) fn preference(name: &str) -> CodecPreference {
    let (clock_rate, channels) = match name {
        "opus" => (48_000, Some(2)),
        "PCMU" => (8_000, Some(1)),
        _ => (90_000, None),
    };
    CodecPreference { name: name.to_owned(), clock_rate, channels, parameters: None }
}

/// A line left out, doubled, moved, cut, or other digits.
pub(crate) fn damaged(text: &str, script: &mut Script<'_>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (change, place, other) = (script.byte(), script.byte(), script.byte());
    if lines.is_empty() {
        return text.to_owned();
    }
    let (count, other) = (lines.len(), usize::from(other));
    let index = usize::from(place) % count;
    match change % 6 {
        0 => drop(lines.remove(index)),
        1 => lines.insert(index, lines[index].clone()),
        2 => lines.swap(index, other % count),
        3 => lines.truncate(index),
        4 => lines[index] = lines[index].chars().take(other).collect(),
        _ => {
            let digit = |number: usize| char::from(b"0123456789"[number % 10]);
            lines[index] = lines[index].replace(digit(other / 10), &digit(other).to_string());
        }
    }
    lines.join("\r\n")
}
