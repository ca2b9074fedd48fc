//! Why a dependency descriptor is not understood.

use std::fmt;

/// Why a dependency descriptor is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DependencyError {
    /// It ends too early.
    Truncated,
    /// It refers to a structure, or a template of one, that did not come.
    UnknownTemplate,
    /// More templates, or spatial layers, than there are numbers for.
    TooManyTemplates,
    /// A frame refers to more frames than any codec's does.
    TooManyReferences,
}

impl fmt::Display for DependencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DependencyError::Truncated => "the descriptor ends too early",
            DependencyError::UnknownTemplate => "the descriptor's template did not come",
            DependencyError::TooManyTemplates => "the structure has too many templates or layers",
            DependencyError::TooManyReferences => "the frame refers to too many frames",
        })
    }
}

impl std::error::Error for DependencyError {}
