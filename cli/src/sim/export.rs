//! `lapwing sim show`.

use std::io::Write;

use lapwing_rooms::disk::{self, Secrecy};

use super::args::ShowArgs;
use super::{SimError, find, show};

/// Prints the text of a scenario that the program carries, or leaves it in a file that is not there
/// yet.
pub(super) fn export(args: &ShowArgs) -> Result<(), SimError> {
    let text = find::carried(&args.scenario)?;
    let Some(path) = &args.out else {
        show::say(text);
        return Ok(());
    };
    let written =
        disk::create(path, Secrecy::Open).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| SimError::File(path.clone(), error))?;
    show::say(&path.display().to_string());
    Ok(())
}
