//! What is given up first when the network carries less.

use crate::codecs::VideoContent;

/// What pictures show (W3C MediaStreamTrack Content Hints section 3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentHint {
    /// Nothing is said.
    #[default]
    None,
    /// People and things that move: a low frame rate would be seen.
    Motion,
    /// A screen with text or drawings: a low resolution could not be read.
    Detail,
}

/// What is given up last when the network carries less (W3C MediaStreamTrack Content Hints
/// section 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DegradationPreference {
    /// The frame rate stays, the resolution falls.
    MaintainFramerate,
    /// The resolution stays, the frame rate falls.
    MaintainResolution,
    /// First the frame rate falls, down to a half, then the resolution.
    #[default]
    Balanced,
}

impl From<ContentHint> for DegradationPreference {
    /// What the hint stands for where nothing else is said.
    fn from(hint: ContentHint) -> Self {
        match hint {
            ContentHint::None => DegradationPreference::Balanced,
            ContentHint::Motion => DegradationPreference::MaintainFramerate,
            ContentHint::Detail => DegradationPreference::MaintainResolution,
        }
    }
}

impl From<ContentHint> for VideoContent {
    /// What an encoder is told of it.
    fn from(hint: ContentHint) -> Self {
        match hint {
            ContentHint::None | ContentHint::Motion => VideoContent::Motion,
            ContentHint::Detail => VideoContent::Detail,
        }
    }
}
