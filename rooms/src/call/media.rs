//! What is sent in a call, and where goes what comes in.

use std::path::PathBuf;

use lapwing_engine::{Bitrate, Codec};

use super::capture::played;
use super::ears::Loudspeaker;
use super::error::CallError;
use super::eyes::Screen;
use super::inbound::Inbound;
use super::input::{Opened, SendConfig};
use super::receiving::Receiving;
use super::sending::Sending;
use crate::client::{Baggage, Bell};

/// Codecs that are negotiated: those that can be decoded here.
const CODECS: [Codec; 6] =
    [Codec::Opus, Codec::Pcmu, Codec::Vp8, Codec::Av1, Codec::Vp9, Codec::H264];

/// Where the bandwidth estimate begins, in kbit/s, as in browsers: probes look for more at once,
/// and what is sent too fast at first is late for seconds.
const FIRST_ESTIMATE_KBPS: u64 = 300;

/// What is sent, and where goes what comes in.
pub struct CallMedia {
    pub(super) sending: Sending,
    pub(super) receiving: Receiving,
}

impl CallMedia {
    /// Opens what is sent, and starts the thread for what comes in. `record` is a folder into which
    /// every participant is recorded; `opened` are devices to send, `screen` is shown pictures,
    /// `loudspeaker` plays sound. Threads ring `bell`.
    ///
    /// # Errors
    /// [`CallError::Media`] when a file cannot be played, [`CallError::System`] when there is no
    /// thread.
    pub fn open(
        send: SendConfig,
        opened: Opened,
        record: Option<PathBuf>,
        screen: Option<Box<dyn Screen>>,
        loudspeaker: Option<Box<dyn Loudspeaker>>,
        bell: &Bell,
    ) -> Result<Self, CallError> {
        // What is played comes back by the microphone, where there is one.
        let (out, played) = played();
        let sending = Sending::open(send, opened, Some(played), bell.clone())?;
        let loudspeaker = loudspeaker.map(|speaker| (speaker, out));
        let inbound = Inbound::start(record, screen, loudspeaker, bell.clone());
        let inbound = inbound.map_err(CallError::System)?;
        Ok(CallMedia { sending, receiving: Receiving::new(inbound) })
    }

    /// With what to enter the room.
    pub fn baggage(&self) -> Baggage {
        Baggage {
            sources: self.sending.sources(),
            layers: self.sending.layers(),
            receives: true,
            codecs: CODECS.to_vec(),
            initial_bitrate: Some(Bitrate::kbps(FIRST_ESTIMATE_KBPS)),
        }
    }
}
