//! A run of a sweep: where it is kept, whether it is there, and how it is made.

use std::path::{Path, PathBuf};

use super::super::args::SweepArgs;
use super::super::stored::{self, Brief, Made};
use super::super::{SimError, store, verify};

/// A run that the sweep wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) point: usize,
    pub(super) seed: u64,
}

impl Task {
    /// Its folder below that of the sweep.
    pub(super) fn folder(&self) -> PathBuf {
        PathBuf::from(format!("point-{}", self.point)).join(store::of_seed(self.seed))
    }

    /// The run, if it is there, complete, and the one that is wanted.
    pub(super) fn stored(&self, out: &Path, made: &Made) -> Option<Brief> {
        let path = out.join(self.folder()).join(store::SUMMARY);
        // One that cannot be read is made again.
        let brief: Brief = stored::read(&path).ok()?;
        let wanted = Made { point: Some(self.point), ..made.clone() };
        (brief.made == wanted && brief.seed == self.seed).then_some(brief)
    }

    /// Makes the run in a process of its own.
    pub(super) fn run(&self, args: &SweepArgs, made: &Made) -> Result<Brief, SimError> {
        let out = &args.out;
        let folder = out.join(self.folder()).display().to_string();
        let point = self.point.to_string();
        let more = ["--json", "--summary-by", &made.program, "--point", &point, "--out", &folder];
        let more = [&more[..], &args.changes.words()].concat();
        let output = verify::child(&args.scenario, self.seed, &more)?;
        self.stored(out, made).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = match said.trim() {
                "" => "it left no summary of this scenario and program",
                said => said,
            };
            SimError::Child(said.to_owned())
        })
    }
}
