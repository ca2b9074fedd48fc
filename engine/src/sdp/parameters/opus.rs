//! Opus (RFC 7587 section 6.1).

use std::fmt;

use super::list::{List, Pairs};

/// What a receiver of Opus wishes. Nothing of it has to be obeyed, so any two sides match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpusParameters {
    /// Samples per second that the receiver plays at most; 48000 where nothing is said.
    pub max_playback_rate: Option<u32>,
    /// Samples per second that the sender takes in at most; 48000 where nothing is said.
    pub max_capture_rate: Option<u32>,
    /// Shortest packets that the receiver likes, in milliseconds: `minptime`, of browsers.
    pub min_ptime_ms: Option<u32>,
    /// Most bits per second, on average.
    pub max_average_bitrate: Option<u32>,
    /// The receiver likes two channels.
    pub stereo: bool,
    /// The sender is likely to send two channels.
    pub sends_stereo: bool,
    /// The receiver likes a constant rate.
    pub cbr: bool,
    /// The receiver makes use of in-band FEC.
    pub in_band_fec: bool,
    /// The receiver likes pauses in silence.
    pub dtx: bool,
}

impl OpusParameters {
    /// Reads `a=fmtp`. What cannot be read counts as not said.
    pub fn parse(text: Option<&str>) -> Self {
        let list = List::new(text);
        OpusParameters {
            max_playback_rate: list.number("maxplaybackrate"),
            max_capture_rate: list.number("sprop-maxcapturerate"),
            min_ptime_ms: list.number("minptime"),
            max_average_bitrate: list.number("maxaveragebitrate"),
            stereo: list.flag("stereo"),
            sends_stereo: list.flag("sprop-stereo"),
            cbr: list.flag("cbr"),
            in_band_fec: list.flag("useinbandfec"),
            dtx: list.flag("usedtx"),
        }
    }

    /// Two sides always match.
    pub fn matches(&self, _offered: &Self) -> bool {
        true
    }
}

/// As `a=fmtp` has it; empty where nothing is said.
impl fmt::Display for OpusParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs::new(f);
        pairs.pair("minptime", self.min_ptime_ms)?;
        pairs.pair("maxplaybackrate", self.max_playback_rate)?;
        pairs.pair("sprop-maxcapturerate", self.max_capture_rate)?;
        pairs.pair("maxaveragebitrate", self.max_average_bitrate)?;
        pairs.flag("stereo", self.stereo)?;
        pairs.flag("sprop-stereo", self.sends_stereo)?;
        pairs.flag("cbr", self.cbr)?;
        pairs.flag("useinbandfec", self.in_band_fec)?;
        pairs.flag("usedtx", self.dtx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_of_stacks() {
        let chromium = OpusParameters::parse(Some("minptime=10;useinbandfec=1"));
        let expected = OpusParameters {
            min_ptime_ms: Some(10),
            in_band_fec: true,
            ..OpusParameters::default()
        };
        assert_eq!(chromium, expected);
        let baresip = "stereo=1;sprop-stereo=1;maxaveragebitrate=64000";
        let baresip = OpusParameters::parse(Some(baresip));
        assert!(baresip.stereo && baresip.sends_stereo && !baresip.in_band_fec);
        assert_eq!(baresip.max_average_bitrate, Some(64_000));
        assert!(chromium.matches(&baresip));
        assert_eq!(OpusParameters::parse(None), OpusParameters::default());
    }

    #[test]
    fn what_is_written_is_read() {
        let text = "minptime=10;maxplaybackrate=16000;sprop-maxcapturerate=8000;\
            maxaveragebitrate=20000;stereo=1;sprop-stereo=1;cbr=1;useinbandfec=1;usedtx=1";
        assert_eq!(OpusParameters::parse(Some(text)).to_string(), text);
        assert_eq!(OpusParameters::default().to_string(), "");
    }
}
