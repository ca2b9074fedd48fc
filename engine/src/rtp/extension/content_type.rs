//! What pictures show (webrtc.org, video-content-type).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// What pictures show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VideoContentType {
    /// Not said: a camera, in most cases.
    #[default]
    Unspecified,
    /// A screen.
    Screen,
}

impl HeaderExtension for VideoContentType {
    const KIND: ExtensionKind = ExtensionKind::VideoContentType;

    /// Only the last bit counts: the others had meanings in experiments.
    fn read(value: &[u8]) -> Option<Self> {
        Some(match value.first()? & 1 {
            0 => VideoContentType::Unspecified,
            _ => VideoContentType::Screen,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(match self {
            VideoContentType::Unspecified => 0,
            VideoContentType::Screen => 1,
        });
    }
}
