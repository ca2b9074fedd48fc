//! The scenarios that the crate carries.

/// A scenario of the crate: its name and the text of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name, that of the file without the ending.
    pub name: &'static str,
    /// The text of the file.
    pub text: &'static str,
}

/// The scenario of this name.
///
/// ```
/// use lapwing_simnet::scenario::{Scenario, built_in};
/// let found = built_in("rfc8867-5.1-owd50").unwrap();
/// assert_eq!(Scenario::parse(found.name, found.text).unwrap().meta.name, found.name);
/// assert_eq!(built_in("rfc8867-9.9"), None);
/// ```
pub fn built_in(name: &str) -> Option<BuiltIn> {
    BUILT_IN.iter().copied().find(|scenario| scenario.name == name)
}

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        /// All scenarios of the crate, by name.
        pub const BUILT_IN: &[BuiltIn] = &[$(BuiltIn {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $name, ".toml")),
        }),+];
    };
}

built_in! {
    "call-bulk-unbounded",
    "channels-beside-cubic-q40",
    "channels-beside-cubic-q400",
    "channels-beside-reno-q40",
    "channels-beside-reno-q400",
    "channels-bulk-rtt0-loss0",
    "channels-bulk-rtt0-loss0.1",
    "channels-bulk-rtt0-loss1",
    "channels-bulk-rtt0-loss3",
    "channels-bulk-rtt100-loss0",
    "channels-bulk-rtt100-loss0.1",
    "channels-bulk-rtt100-loss1",
    "channels-bulk-rtt100-loss3",
    "channels-bulk-rtt50-loss0",
    "channels-bulk-rtt50-loss0.1",
    "channels-bulk-rtt50-loss1",
    "channels-bulk-rtt50-loss3",
    "channels-call-alone",
    "channels-call-bulk",
    "channels-call-bulk-against",
    "channels-call-narrow-alone",
    "channels-call-narrow-bulk",
    "channels-files-rtt50",
    "channels-game-loss2",
    "channels-policer",
    "channels-requests-loss2",
    "channels-small-beside-bulk-q400",
    "channels-small-beside-bulk-q50",
    "channels-two-q40",
    "channels-two-q400",
    "forwarder-three",
    "rfc8867-5.1-owd100",
    "rfc8867-5.1-owd100-udpbg",
    "rfc8867-5.1-owd50",
    "rfc8867-5.1-owd50-udpbg",
    "rfc8867-5.2",
    "rfc8867-5.2-udpbg",
    "rfc8867-5.3",
    "rfc8867-5.3-reference",
    "rfc8867-5.3-udpbg",
    "rfc8867-5.4",
    "rfc8867-5.5",
    "rfc8867-5.6-q1000-cubic",
    "rfc8867-5.6-q1000-reno",
    "rfc8867-5.6-q300-cubic",
    "rfc8867-5.6-q300-reno",
    "rfc8867-5.7",
    "rfc8867-5.7-cubic",
    "rfc8867-5.8",
    "rfc8867-6.1",
    "rfc8867-6.2-5.1-codel-ecn",
    "rfc8867-6.2-5.1-dualpi2",
    "rfc8867-6.2-5.1-fq-codel",
    "rfc8867-6.2-5.1-pie",
    "rfc8867-6.2-5.2-codel-ecn",
    "rfc8867-6.2-5.3-codel-ecn",
    "rfc8867-6.2-5.4-codel-ecn",
    "rfc8867-6.2-5.5-codel-ecn",
    "rfc8867-6.2-5.6-q300-cubic-codel-ecn",
    "rfc8867-6.2-5.6-q300-reno-codel-ecn",
    "rfc8867-6.2-5.7-codel-ecn",
    "rfc8867-6.2-5.8-codel-ecn",
    "rfc8867-6.3",
    "rfc8868-sweep",
    "rfc8869-3.1-1up",
    "rfc8869-3.1-bidir",
    "rfc8869-3.1-bidir-cbr-offon",
    "rfc8869-3.1-bidir-cbr-onoff",
    "rfc8869-3.1-tcp",
    "rfc8869-3.2-16bidir",
    "rfc8869-3.2-16bidir-cbr-offon",
    "rfc8869-3.2-16bidir-cbr-onoff",
    "rfc8869-3.2-16bidir-tcp",
    "rfc8869-3.2-16down",
    "rfc8869-3.2-16up",
    "rfc8869-3.2-vary-n12",
    "rfc8869-3.2-vary-n16",
    "rfc8869-3.2-vary-n20",
    "rfc8869-3.2-vary-n4",
    "rfc8869-3.2-vary-n8",
    "traversal-credentials",
    "traversal-homes",
    "traversal-no-way",
    "traversal-office",
    "traversal-relay-lost",
    "traversal-udp-blocked",
    "webrtc-capacity-rises",
    "webrtc-cross-induced-loss",
    "webrtc-detects-high-rate",
    "webrtc-fair-to-tcp",
    "webrtc-floor-after-burst",
    "webrtc-follows-capacity",
    "webrtc-high-loss",
    "webrtc-initial-probe-3000",
    "webrtc-initial-probe-500",
    "webrtc-initial-probing",
    "webrtc-late-feedback",
    "webrtc-low-start",
    "webrtc-moderate-loss",
    "webrtc-no-toggling",
    "webrtc-pacing-buffer",
    "webrtc-path-stands-still",
    "webrtc-steady-state",
    "webrtc-up-down-up",
    "webrtc-up-down-up-audio",
    "webrtc-video-stops",
}
