//! What is sent beside media, so that losses are made up for without waiting for them to be sent
//! again.

/// What a connection has of redundancy. A session that has none of it leaves it out of its
/// descriptions.
///
/// ```
/// use lapwing_engine::{AudioRedundancy, Config, VideoFec};
/// let mut config = Config::seeded(7);
/// config.redundancy.audio = AudioRedundancy::Send { distance: 1 };
/// config.redundancy.video = VideoFec::FlexFec;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redundancy {
    /// Of sound.
    pub audio: AudioRedundancy,
    /// Of pictures.
    pub video: VideoFec,
}

/// Frames of Opus that are sent again with those after them (RED, RFC 2198).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioRedundancy {
    /// Not in descriptions.
    Off,
    /// Taken where the peer sends it, and not sent: what browsers do unless they are asked.
    #[default]
    Receive,
    /// Sent too, where the peer takes it.
    Send {
        /// With how many frames after it each is sent again, 15 at most. One makes up for any
        /// single loss and takes as much as the sound once more; zero sends none.
        distance: u8,
    },
}

impl AudioRedundancy {
    /// With how many frames each is sent again.
    pub(crate) fn distance(self) -> usize {
        match self {
            AudioRedundancy::Off | AudioRedundancy::Receive => 0,
            AudioRedundancy::Send { distance } => distance.into(),
        }
    }
}

/// Packets of parity for pictures. How many are sent follows the loss that the peer reports and the
/// round trip: none where nothing is lost, or where what is lost is sent again soon enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VideoFec {
    /// Not in descriptions.
    #[default]
    Off,
    /// In a stream of their own (draft-ietf-payload-flexible-fec-scheme-03): what Chromium has
    /// under its trials `WebRTC-FlexFEC-03-Advertised` and `WebRTC-FlexFEC-03`. Simulcast goes
    /// without.
    FlexFec,
    /// Within the stream of the pictures, in an envelope (RFC 5109, RFC 2198): what browsers have.
    Ulpfec,
}
