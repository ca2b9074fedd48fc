//! What there is: stacks, cases, known failures.

use std::path::Path;

use lapwing_conformance::cases::CASES;
use lapwing_conformance::peer::{Manifest, read_manifests};
use lapwing_conformance::wall::{Case, Expectations};

use super::{ConformanceError, Scope};

impl Scope {
    /// The stacks that there are folders for.
    pub(super) fn manifests(&self) -> Result<Vec<Manifest>, ConformanceError> {
        let lapwing = std::env::current_exe()
            .map_err(|error| ConformanceError::File("this program".into(), error))?;
        // Programs are started elsewhere, so their names must hold there too.
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        read_manifests(&whole(&self.peers), &whole(&self.homes), &lapwing)
            .map_err(ConformanceError::Manifest)
    }

    /// Where the outcomes are kept.
    pub(super) fn results(&self) -> std::path::PathBuf {
        self.out.join("results.json")
    }
}

/// The manifest of this name.
pub(super) fn find<'a>(
    manifests: &'a [Manifest],
    name: &str,
) -> Result<&'a Manifest, ConformanceError> {
    let found = manifests.iter().find(|manifest| manifest.name == name);
    found.ok_or_else(|| {
        let there = manifests.iter().map(|manifest| manifest.name.clone()).collect();
        ConformanceError::Unknown("stack", name.to_owned(), there)
    })
}

/// The case of this name.
pub(super) fn case(name: &str) -> Result<(&'static str, &'static Case), ConformanceError> {
    let found = CASES.iter().find(|(case, _)| *case == name);
    found.copied().ok_or_else(|| {
        let there = CASES.iter().map(|(case, _)| (*case).to_owned()).collect();
        ConformanceError::Unknown("case", name.to_owned(), there)
    })
}

/// The list of known failures.
pub(super) fn expectations(path: &Path) -> Result<Expectations, ConformanceError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConformanceError::File(path.to_owned(), error))?;
    let cases: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    Expectations::parse(&text, &cases)
        .map_err(|error| ConformanceError::Expectations(path.to_owned(), error))
}
