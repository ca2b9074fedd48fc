//! `lapwing plot`, and the pages that other commands leave: drawn from stored data alone.

use std::path::Path;

use lapwing_benches::lab;

use super::args::PlotArgs;
use super::stored::{self, Summary};
use super::sweep::{self, Stored};
use super::{SimError, show, store};

/// Draws the pages of folders again.
pub(super) fn plot(args: &PlotArgs) -> Result<(), SimError> {
    for folder in &args.folders {
        let mut drawn = Vec::new();
        if folder.join(sweep::TABLE).exists() {
            let stored: Stored = stored::read(&folder.join(sweep::TABLE))?;
            sweep::draw(folder, &stored)?;
            drawn.push(sweep::PAGE);
        }
        // A folder without either is told as one without a run.
        if drawn.is_empty() || folder.join(store::SUMMARY).exists() {
            draw(folder)?;
            drawn.push(store::PAGE);
        }
        for name in drawn {
            show::say(&folder.join(name).display().to_string());
        }
    }
    Ok(())
}

/// Draws the page of a run from what is stored in its folder.
pub(super) fn draw(folder: &Path) -> Result<(), SimError> {
    let Summary { notes, outcome, .. } = Summary::read(folder)?;
    let page = lab::run_page(&outcome, &notes);
    stored::write_whole(&folder.join(store::PAGE), page.html().as_bytes())
}
