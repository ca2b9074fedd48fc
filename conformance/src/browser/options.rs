//! What a test may choose about a browser.

use std::path::PathBuf;
use std::time::Duration;

/// A browser's window and its fake devices. The default is a window of 1280x720 and the browser's
/// own moving test picture and beeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The browser's program, instead of the one on the path.
    pub program: Option<PathBuf>,
    /// Host addresses are hidden behind names of multicast DNS, as from pages that use no camera.
    pub mdns: bool,
    /// Width and height of the window in pixels.
    pub size: (u32, u32),
    /// What Chromium's fake camera shows: a Y4M or MJPEG file. Firefox knows no such option and
    /// refuses.
    pub fake_video: Option<PathBuf>,
    /// What Chromium's fake microphone hears: a WAV file. Firefox knows no such option and refuses.
    pub fake_audio: Option<PathBuf>,
    /// Field trials that Chromium switches on, as `WebRTC-IceHandshakeDtls/Enabled/`. Firefox knows
    /// none and refuses.
    pub field_trials: Vec<String>,
    /// Certificates with these keys are believed, whoever signed them: the SHA-256 of the public
    /// key in base64. Firefox knows no such option and refuses.
    pub trusted_keys: Vec<String>,
    /// Preferences for Firefox, as `("media.navigator.video.max_fr", "15")`, values in JavaScript.
    /// Chromium knows none and refuses.
    pub preferences: Vec<(String, String)>,
    /// How long the page may take to open its control channel. A cold start on a busy machine takes
    /// tens of seconds.
    pub start_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            program: None,
            mdns: false,
            size: (1280, 720),
            fake_video: None,
            fake_audio: None,
            field_trials: Vec::new(),
            trusted_keys: Vec::new(),
            preferences: Vec::new(),
            start_timeout: Duration::from_secs(90),
        }
    }
}
