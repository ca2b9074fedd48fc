//! Text for people: what strangers wrote, made harmless, and numbers with their nouns.

use std::fmt::Write as _;

/// What a stranger wrote, on one line of a terminal: control characters, also those of lines and
/// of the direction of text, stand as their escapes; characters that nobody sees are left out.
///
/// ```
/// use lapwing_rooms::text::line;
/// assert_eq!(line("Zoë \u{1b}[2J"), "Zoë \\u{1b}[2J");
/// assert_eq!(line("photo\u{202e}gpj.exe"), "photo\\u{202e}gpj.exe");
/// assert_eq!(line("A\u{200b}da"), "Ada");
/// ```
pub fn line(text: &str) -> String {
    harmless(text, false)
}

/// As [`line()`], for text of several lines, which stay.
pub fn lines(text: &str) -> String {
    harmless(text, true)
}

fn harmless(text: &str, several: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if is_control(c) && !(several && c == '\n') {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// JSON that does no harm on a terminal either: what [`line()`] would escape or leave out stands as
/// JSON escapes, so that its meaning stays. The text must be one line of JSON.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) || is_invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A character that a terminal, or whatever lays text out, obeys.
pub fn is_control(c: char) -> bool {
    let turns_direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A character without width or picture, by which two texts differ that look the same.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A number with its noun: `1 fault`, `2 faults`. The plural is the noun with an `s`.
///
/// ```
/// use lapwing_rooms::text::count;
/// assert_eq!([count(0, "file"), count(1, "file")], ["0 files", "1 file"]);
/// ```
pub fn count(number: impl TryInto<u64> + Copy + std::fmt::Display, noun: &str) -> String {
    let one = number.try_into().is_ok_and(|number: u64| number == 1);
    format!("{number} {noun}{}", if one { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C0, DEL, C1, and what turns the direction of text.
    fn controls() -> impl Iterator<Item = char> {
        let ranges = [
            '\0'..='\u{1f}',
            '\u{7f}'..='\u{9f}',
            '\u{200e}'..='\u{200f}',
            '\u{202a}'..='\u{202e}',
            '\u{2066}'..='\u{2069}',
            '\u{61c}'..='\u{61c}',
            '\u{2028}'..='\u{2029}',
        ];
        ranges.into_iter().flatten()
    }

    #[test]
    fn no_control_character_is_shown() {
        for c in controls() {
            let text = format!("a{c}b");
            let shown = line(&text);
            assert!(shown.starts_with("a\\") && shown.ends_with('b'), "{c:?}: {shown:?}");
            assert!(!shown.chars().any(is_control), "{c:?}");
            assert_eq!(line(&shown), shown);
            assert_eq!(lines(&text), if c == '\n' { text.clone() } else { shown });
        }
        for c in ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{e0041}'] {
            assert_eq!(line(&format!("a{c}b")), "ab", "{c:?}");
        }
        let sequence = "\u{1b}]0;title\u{7}\u{9b}31m\r\nfake";
        assert_eq!(line(sequence), "\\u{1b}]0;title\\u{7}\\u{9b}31m\\r\\nfake");
        for plain in ["", "Grüße, 世界 🦆", "a  b", "\\u{1b}"] {
            assert_eq!(line(plain), plain);
        }
    }

    #[test]
    fn json_keeps_its_meaning() {
        for c in controls().chain(['\u{200b}', '\u{e0041}', 'ä', '"']) {
            let value = serde_json::json!({ "text": format!("a{c}b") });
            let shown = json(&value.to_string());
            assert!(!shown.chars().any(|c| is_control(c) || is_invisible(c)), "{shown:?}");
            let read: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
            assert_eq!(read, value);
        }
    }
}
