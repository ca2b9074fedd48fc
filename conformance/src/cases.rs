//! The cases of the wall: one file each, named by what it checks.
//!
//! A file has one item for others, `pub(super) const CASE`, and stands in the list below.

mod goodput;
mod parity;
mod sdp_edits;
mod set_up;

use crate::wall::Case;

/// Declares the modules and the list of them.
macro_rules! cases {
    ($($name:ident,)*) => {
        $(mod $name;)*

        /// Every case with its name, in the order of the wall.
        pub const CASES: &[(&str, &Case)] = &[$((stringify!($name), &$name::CASE),)*];
    };
}

/// The rows of the wall: those cases that give a verdict.
pub fn rows() -> Vec<(&'static str, &'static Case)> {
    CASES.iter().copied().filter(|(_, case)| !case.measures).collect()
}

cases! {
    audio,
    audio_g711,
    audio_g711_a,
    audio_g722,
    audio_red,
    video_vp8,
    video_vp9,
    video_h264,
    video_h264_single,
    video_h265,
    video_av1,
    data,
    all,
    several,
    trickle,
    half_trickle,
    no_trickle,
    bundle_oddities,
    header_extensions,
    nack_under_loss,
    flexfec_under_loss,
    ulpfec_under_loss,
    congestion_feedback,
    marks_of_ecn,
    pli,
    simulcast,
    dtls_1_2,
    dtls_1_3,
    dtls_roles,
    srtp_profiles,
    fingerprint_mismatch,
    rsa_certificate,
    renegotiate_add,
    renegotiate_remove,
    direction,
    stop_and_reuse,
    glare,
    rollback,
    ice_restart,
    ice_lite,
    ice_lite_peer,
    aggressive_nomination,
    late_candidates,
    mdns,
    ipv6,
    data_sizes,
    data_empty,
    data_reliability,
    data_negotiated,
    data_many_channels,
    data_close,
    data_reuse,
    data_large_under_loss,
    goodput_0ms,
    goodput_50ms,
    goodput_100ms,
    snap,
    sped,
    no_common_codec,
    sdp_no_direction,
    sdp_oddities,
    sdp_orphans,
    sdp_real_offers,
    call_without_drift,
    long_call,
    peer_killed,
}
