//! What happens in the rooms, on the standard output.

use std::time::{SystemTime, UNIX_EPOCH};

use lapwing_rooms::hub::Note;

/// A line in words.
pub(super) fn words(note: &Note) {
    println!("{note}");
}

/// One JSON object a line.
pub(super) fn json(note: &Note) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut line = serde_json::to_value(note).expect("notes are plain data");
    line["unixMs"] = since.as_millis().try_into().unwrap_or(u64::MAX).into();
    println!("{line}");
}
