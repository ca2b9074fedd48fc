//! Our settings in the words of libvpx.

use lapwing_engine::{Codec, MediaTime};
use vpx_sys::{
    VP8_EFLAG_NO_REF_ARF, VP8_EFLAG_NO_REF_GF, VP8_EFLAG_NO_UPD_ARF, VP8_EFLAG_NO_UPD_ENTROPY,
    VP8_EFLAG_NO_UPD_GF, VP8_EFLAG_NO_UPD_LAST, VPX_EFLAG_FORCE_KF, VPX_ERROR_RESILIENT_DEFAULT,
    vp9e_temporal_layering_mode, vpx_codec_enc_cfg_t, vpx_enc_pass, vpx_kf_mode, vpx_rational,
    vpx_rc_mode,
};

use crate::codecs::spatial::{SPATIAL_LAYERS_MAX, spatial_layers, spatial_rates};
use crate::codecs::temporal::{
    Buffer, Step, TEMPORAL_LAYERS_MAX, TemporalLayers, decimators, rates,
};
use crate::codecs::vpx_context::{Control, default_config};
use crate::codecs::{CodecError, VideoContent, VideoSettings};
use crate::picture::{Picture, PictureError};

/// Longest side that 14 bits of VP8's frame header can say (RFC 6386 section 9.1).
const VP8_MAX_SIDE: u32 = 16_383;

/// Effort in real time: as fast as WebRTC endpoints run on an ordinary machine.
const VP8_CPU_USED: i32 = -6;

/// As for VP8: of 5 (good) to 9 (fast).
const VP9_CPU_USED: i32 = 8;

/// Blocks that get better bits in turn, which is how VP9 spreads a refresh over pictures.
const CYCLIC_REFRESH: i32 = 3;

/// Largest key frame, in percent of the average frame: with a buffer of 0.6 s at 30 pictures
/// per second a key frame may take half of the buffer.
const MAX_INTRA_PERCENT: i32 = 900;

/// A frame is dropped when the buffer is below this share: delay hurts more than a gap.
pub(super) const DROP_BELOW_PERCENT: u32 = 30;

/// Most threads that are of use for a picture.
const MAX_THREADS: u32 = 16;

/// What a new encoder is told, in this order.
pub(super) fn controls(codec: Codec, settings: &VideoSettings) -> Vec<(Control, i32)> {
    let threads = settings.threads.clamp(1, MAX_THREADS).ilog2() as i32;
    let detail = i32::from(settings.content == VideoContent::Detail);
    let own = match codec {
        Codec::Vp9 => vec![
            (Control::CpuUsed, VP9_CPU_USED),
            (Control::TileColumns, threads),
            (Control::RowThreads, i32::from(threads > 0)),
            (Control::AdaptiveQuantizer, CYCLIC_REFRESH),
            (Control::TuneContent, detail),
            (Control::Layered, i32::from(is_layered(settings))),
        ],
        _ => vec![
            (Control::CpuUsed, VP8_CPU_USED),
            (Control::TokenPartitions, threads.min(3)),
            (Control::ScreenContent, detail),
        ],
    };
    let both = [(Control::StaticThreshold, 1), (Control::MaxIntraBitrate, MAX_INTRA_PERCENT)];
    own.into_iter().chain(both).collect()
}

/// The library's configuration for these settings.
pub(super) fn encoder_config(
    codec: Codec,
    settings: &VideoSettings,
) -> Result<vpx_codec_enc_cfg_t, CodecError> {
    check(codec, settings)?;
    let mut config = default_config(codec)?;
    config.g_w = settings.width;
    config.g_h = settings.height;
    config.g_threads = settings.threads.clamp(1, MAX_THREADS);
    config.g_timebase = vpx_rational { num: 1, den: MediaTime::VIDEO_RATE as i32 };
    config.g_pass = vpx_enc_pass::VPX_RC_ONE_PASS;
    config.g_lag_in_frames = 0;
    config.rc_end_usage = vpx_rc_mode::VPX_CBR;
    config.rc_target_bitrate = kilobits(settings.bitrate_bps);
    config.rc_dropframe_thresh = DROP_BELOW_PERCENT;
    config.rc_resize_allowed = 0;
    config.rc_min_quantizer = 2;
    config.rc_max_quantizer = 56;
    // After a large key frame VP8 has to come down quickly: what it makes too much waits before the
    // link, and is seen as delay.
    config.rc_undershoot_pct = if codec == Codec::Vp8 { 100 } else { 30 };
    config.rc_overshoot_pct = 15;
    config.rc_buf_initial_sz = 500;
    config.rc_buf_optimal_sz = 600;
    config.rc_buf_sz = 1_000;
    config.kf_mode = vpx_kf_mode::VPX_KF_FIXED;
    config.kf_min_dist = 0;
    config.kf_max_dist = u32::MAX >> 1;
    let layered = is_layered(settings);
    // VP8 pays little for it. VP9 would predict no motion from the picture before, which only
    // layers that may be missing are worth.
    if codec == Codec::Vp8 || layered {
        config.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
    }
    // Layers begin their pattern with a key frame, so those are counted with them.
    if let Some(interval) = settings.keyframe_interval.filter(|_| !layered) {
        config.kf_max_dist = interval.max(1);
        config.kf_mode = vpx_kf_mode::VPX_KF_AUTO;
    }
    set_layers(&mut config, settings);
    Ok(config)
}

fn check(codec: Codec, settings: &VideoSettings) -> Result<(), CodecError> {
    let (width, height) = (settings.width, settings.height);
    Picture::check_size(width, height)?;
    if codec == Codec::Vp8 && width.max(height) > VP8_MAX_SIDE {
        return Err(CodecError::Size(PictureError::TooLarge { width, height }));
    }
    let setting = |expected| Err(CodecError::Setting { codec, expected });
    if !(1..=MediaTime::VIDEO_RATE).contains(&settings.frame_rate) {
        return setting("a frame rate above zero");
    }
    if !(1..=TEMPORAL_LAYERS_MAX).contains(&settings.temporal_layers) {
        return setting("one, two or three temporal layers");
    }
    if codec == Codec::Vp9 && !(1..=SPATIAL_LAYERS_MAX).contains(&settings.spatial_layers) {
        return setting("one, two or three spatial layers");
    }
    if codec == Codec::Vp8 && settings.spatial_layers != 1 {
        return setting("one spatial layer");
    }
    Ok(())
}

/// Layers of either kind: what the encoder is told to refer to.
pub(super) fn is_layered(settings: &VideoSettings) -> bool {
    settings.temporal_layers > 1 || spatial(settings) > 1
}

/// The spatial layers of pictures of the size that is set.
pub(super) fn spatial(settings: &VideoSettings) -> u8 {
    spatial_layers(settings.spatial_layers, (settings.width, settings.height))
}

fn set_layers(config: &mut vpx_codec_enc_cfg_t, settings: &VideoSettings) {
    if !is_layered(settings) {
        return;
    }
    let (layers, sizes) = (settings.temporal_layers, spatial(settings));
    config.temporal_layering_mode =
        vp9e_temporal_layering_mode::VP9E_TEMPORAL_LAYERING_MODE_BYPASS as i32;
    config.ss_number_layers = sizes.into();
    config.ts_number_layers = layers.into();
    for (size, share) in spatial_rates(sizes, config.rc_target_bitrate).enumerate() {
        config.ss_target_bitrate[size] = share.max(1);
        let first = size * usize::from(layers);
        for (index, rate) in rates(layers, share).enumerate() {
            config.layer_target_bitrate[first + index] = rate.max(1);
        }
    }
    for (index, rate) in rates(layers, config.rc_target_bitrate).enumerate() {
        config.ts_target_bitrate[index] = rate.max(1);
        config.ts_rate_decimator[index] = decimators(layers)[index];
    }
    for (index, layer) in TemporalLayers::new(layers).layers().enumerate() {
        config.ts_layer_id[index] = layer.into();
        config.ts_periodicity = index as u32 + 1;
    }
}

/// The library's flags for a picture that is no part of a pattern.
pub(super) fn plain_flags(force_key: bool) -> u32 {
    if force_key { VPX_EFLAG_FORCE_KF } else { 0 }
}

/// The library's flags for a picture of a pattern. What is in an upper layer leaves no trace in the
/// probabilities that later pictures are coded with.
pub(super) fn layer_flags(step: Step) -> u32 {
    let references = match step.sees_golden {
        true => VP8_EFLAG_NO_REF_ARF,
        false => VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_REF_GF,
    };
    let updates = match step.updates {
        Some(Buffer::Last) => VP8_EFLAG_NO_UPD_GF,
        Some(Buffer::Golden) => VP8_EFLAG_NO_UPD_LAST,
        None => VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF,
    };
    let entropy = if step.layer > 0 { VP8_EFLAG_NO_UPD_ENTROPY } else { 0 };
    references | updates | VP8_EFLAG_NO_UPD_ARF | entropy
}

/// The library's unit, at least one.
fn kilobits(bps: u32) -> u32 {
    (bps / 1_000).max(1)
}
