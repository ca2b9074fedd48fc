//! `lapwing sim check`.

use super::args::CheckArgs;
use super::{SimError, find, show};

/// Checks all files before it says what is wrong.
pub(super) fn check(args: &CheckArgs) -> Result<(), SimError> {
    let mut bad = Vec::new();
    for file in &args.files {
        let name = file.display().to_string();
        match find::read_scenario(&name, &find::read(file)?) {
            Ok(reading) => {
                find::warn(&reading.warnings);
                show::say(&format!("{name}: good"));
            }
            Err(SimError::Bad(faults)) => bad.extend(faults),
            Err(error) => return Err(error),
        }
    }
    if bad.is_empty() { Ok(()) } else { Err(SimError::Bad(bad)) }
}
