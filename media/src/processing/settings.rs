//! What a processor does, by the names of `MediaTrackSettings`.

/// Which stages run on captured sound. The first three are the constrainable properties of the
/// same names (W3C Media Capture and Streams section 4.3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessorSettings {
    /// `echoCancellation`: what was played is taken out of what was heard.
    pub echo_cancellation: bool,
    /// `noiseSuppression`: steady noise is taken out.
    pub noise_suppression: bool,
    /// `autoGainControl`: speech is brought to one level.
    pub auto_gain_control: bool,
    /// What is below 100 Hz goes: hum, wind, steps. Echo cancellation and noise suppression have
    /// it on in any case.
    pub high_pass: bool,
}

impl ProcessorSettings {
    /// Everything, as browsers do for a microphone.
    pub const ALL: ProcessorSettings = ProcessorSettings {
        echo_cancellation: true,
        noise_suppression: true,
        auto_gain_control: true,
        high_pass: true,
    };

    /// Nothing: sound passes in blocks of 10 ms, and is measured.
    pub const NONE: ProcessorSettings = ProcessorSettings {
        echo_cancellation: false,
        noise_suppression: false,
        auto_gain_control: false,
        high_pass: false,
    };
}

impl Default for ProcessorSettings {
    fn default() -> Self {
        ProcessorSettings::ALL
    }
}
