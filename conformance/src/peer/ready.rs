//! The first line of a peer: who it is and what it can do.

use serde::{Deserialize, Serialize};

/// What a peer makes and reads of media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentKind {
    /// Numbered pictures and tones, made and read.
    Codecs,
    /// It sends back what it receives.
    Echo,
    /// No media.
    #[default]
    None,
}

/// Who a peer is and what it can do: the event `ready` of the protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The stack.
    pub peer: String,
    /// Its version.
    pub version: String,
    /// What it makes of media.
    #[serde(default)]
    pub content: ContentKind,
    /// Audio codecs, by their names in `a=rtpmap`.
    #[serde(default)]
    pub audio: Vec<String>,
    /// Video codecs.
    #[serde(default)]
    pub video: Vec<String>,
    /// Codecs that it does not make or read, and can send back.
    #[serde(default)]
    pub echo: Vec<String>,
    /// Features by the names of the protocol.
    #[serde(default)]
    pub features: Vec<String>,
}

impl Ready {
    /// It can do this.
    pub fn can(&self, feature: &str) -> bool {
        self.features.iter().any(|has| has == feature)
    }

    /// It can send back what it receives with this codec.
    pub fn can_echo(&self, name: &str) -> bool {
        let echoes = self.content == ContentKind::Echo && self.has_codec(name);
        echoes || self.echo.iter().any(|has| has.eq_ignore_ascii_case(name))
    }

    /// It sends and receives this codec.
    pub fn has_codec(&self, name: &str) -> bool {
        self.audio.iter().chain(&self.video).any(|has| has.eq_ignore_ascii_case(name))
    }
}
