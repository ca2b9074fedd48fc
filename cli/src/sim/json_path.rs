//! Where in a JSON text a place is: the field that somebody has to look at.

/// What is open at the place.
enum Level {
    /// An object: the last key, and whether its value has begun.
    Object(String, bool),
    /// An array: the number of the element.
    Array(usize),
}

/// The path to the value at a line and a column, both counted from 1 as parsers do:
/// `series.flows[0].id`. Empty at the top.
pub(super) fn path_at(text: &[u8], line: usize, column: usize) -> String {
    let before = text.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let offset = before.map(<[u8]>::len).sum::<usize>().saturating_add(column).min(text.len());
    let mut levels: Vec<Level> = Vec::new();
    let mut rest = text[..offset].iter();
    while let Some(byte) = rest.next() {
        match (byte, levels.last_mut()) {
            (b'"', Some(Level::Object(key, false))) => *key = string(&mut rest),
            (b'"', _) => drop(string(&mut rest)),
            (b'{', _) => levels.push(Level::Object(String::new(), false)),
            (b'[', _) => levels.push(Level::Array(0)),
            (b'}' | b']', _) => drop(levels.pop()),
            (b':', Some(Level::Object(_, begun))) => *begun = true,
            (b',', Some(Level::Object(_, begun))) => *begun = false,
            (b',', Some(Level::Array(number))) => *number += 1,
            _ => {}
        }
    }
    written(&levels)
}

/// The text up to its end, or to the end of all; escapes stay as they are.
fn string<'t>(rest: &mut impl Iterator<Item = &'t u8>) -> String {
    let mut bytes = Vec::new();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => break,
            b'\\' => bytes.extend([Some(byte), rest.next()].into_iter().flatten()),
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn written(levels: &[Level]) -> String {
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Object(key, _) if key.is_empty() => {}
            Level::Object(key, _) if path.is_empty() => path.push_str(key),
            Level::Object(key, _) => path.extend([".", key.as_str()]),
            Level::Array(number) => path.push_str(&format!("[{number}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_paths() {
        let text = br#"{"a": 1, "b": [{"c": "x,{\"y"}, {"d": [5, 6
,7]}]}"#;
        let at = |needle: &str| {
            let text = std::str::from_utf8(text).unwrap();
            let offset = text.find(needle).unwrap();
            let line = 1 + text[..offset].matches('\n').count();
            let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
            path_at(text.as_bytes(), line, offset + 1 - start)
        };
        assert_eq!(at("1"), "a");
        assert_eq!(at("x,"), "b[0].c");
        assert_eq!(at("6"), "b[1].d[1]");
        assert_eq!(at("7"), "b[1].d[2]");
        assert_eq!(path_at(text, 9, 99), "");
        assert_eq!(path_at(b"}}]],\"", 1, 99), "");
    }
}
