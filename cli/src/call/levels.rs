//! How loud everybody is, as a line for people.

use std::fmt;

use lapwing_rooms::call::{HeardLevel, Levels};
use lapwing_rooms::text::line;

/// A bar has so many marks, each for so many dB below full scale.
const MARKS: usize = 10;
/// See [`MARKS`]: speech at a usual distance has half of them.
const MARK_DB: usize = 6;

/// Characters of a name that are shown.
const NAME_MAX: usize = 16;

/// Levels in words.
pub(super) struct LevelLine<'a>(pub(super) &'a Levels);

impl fmt::Display for LevelLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LevelLine(levels) = self;
        write!(f, "you {}", Bar(levels.microphone))?;
        for HeardLevel { participant, level } in &levels.heard {
            let name: String = line(participant).chars().take(NAME_MAX).collect();
            write!(f, "  {} {}", name.trim_end(), Bar(*level))?;
        }
        match levels.estimate {
            Some(bps) if bps >= 1e6 => write!(f, "  estimate {:.1} Mbit/s", bps / 1e6),
            Some(bps) => write!(f, "  estimate {:.0} kbit/s", bps / 1e3),
            None => Ok(()),
        }
    }
}

/// A level as a bar and a number, always of the same width.
struct Bar(Option<i8>);

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let below = self.0.map(|level| usize::from(level.unsigned_abs()));
        let marks = below.map_or(0, |below| MARKS.saturating_sub(below / MARK_DB));
        write!(f, "[{:·<MARKS$}]", "#".repeat(marks))?;
        match self.0 {
            Some(-127) => f.write_str("  silent"),
            Some(level) => write!(f, " {level:>4} dB"),
            None => f.write_str("        "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(participant: &str, level: Option<i8>) -> HeardLevel {
        HeardLevel { participant: participant.to_owned(), level }
    }

    #[test]
    fn everybody_has_a_bar() {
        let levels = Levels {
            microphone: Some(-23),
            heard: vec![heard("Ada", Some(-127)), heard("Bob", None)],
            estimate: Some(1_240_000.0),
        };
        assert_eq!(
            LevelLine(&levels).to_string(),
            "you [#######···]  -23 dB  Ada [··········]  silent  Bob [··········]          \
             estimate 1.2 Mbit/s"
        );
        let alone = Levels { estimate: Some(300e3), ..Levels::default() };
        assert_eq!(LevelLine(&alone).to_string(), "you [··········]          estimate 300 kbit/s");
    }

    #[test]
    fn bars_grow_by_six_decibels() {
        let marks = |level| Bar(Some(level)).to_string().matches('#').count();
        assert_eq!([0, -5, -6, -31, -59, -60, -127].map(marks), [10, 10, 9, 5, 1, 0, 0]);
        let widths = [Some(0), Some(-9), Some(-100), Some(-127), None];
        assert!(widths.iter().all(|level| Bar(*level).to_string().chars().count() == 20));
    }

    #[test]
    fn names_are_harmless_and_short() {
        let name = "\u{1b}[2Ja name that would fill the whole line";
        let levels = Levels { heard: vec![heard(name, Some(-20))], ..Levels::default() };
        let text = LevelLine(&levels).to_string();
        assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}[2Ja name ["), "{text}");
    }
}
