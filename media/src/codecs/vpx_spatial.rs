//! Spatial layers of VP9 in the words of libvpx.

use vpx_sys::{
    SVC_LAYER_DROP_MODE_FULL_SUPERFRAME_DROP, VPX_SS_MAX_LAYERS, vpx_codec_enc_cfg_t,
    vpx_svc_extra_cfg_t, vpx_svc_frame_drop_t, vpx_svc_ref_frame_config_t,
};

use crate::codecs::temporal::{Buffer, Step};
use crate::codecs::vpx_config::DROP_BELOW_PERCENT;

/// As many as the library has room for.
const ROOM: usize = VPX_SS_MAX_LAYERS as usize;

/// Layers of both kinds that the library has room for.
const ROOM_OF_BOTH: usize = 12;

/// Of the decoder's eight buffers the first are the lowest temporal layer's, one of each size; from
/// here on the middle one's.
const MIDDLE: usize = 3;

/// The sizes of the layers, and that all may use the same quantizers.
pub(super) fn sizes(layers: u8, config: &vpx_codec_enc_cfg_t) -> vpx_svc_extra_cfg_t {
    let layers = usize::from(layers);
    let mut extra = vpx_svc_extra_cfg_t {
        max_quantizers: [config.rc_max_quantizer as i32; ROOM_OF_BOTH],
        min_quantizers: [config.rc_min_quantizer as i32; ROOM_OF_BOTH],
        scaling_factor_num: [1; ROOM_OF_BOTH],
        scaling_factor_den: [1; ROOM_OF_BOTH],
        speed_per_layer: [0; ROOM_OF_BOTH],
        temporal_layering_mode: config.temporal_layering_mode,
        loopfilter_ctrl: [0; ROOM_OF_BOTH],
    };
    for (layer, whole) in extra.scaling_factor_den[..layers].iter_mut().enumerate() {
        *whole = 1 << (layers - 1 - layer);
    }
    extra
}

/// A picture that is dropped is dropped in all sizes.
pub(super) fn dropping() -> vpx_svc_frame_drop_t {
    vpx_svc_frame_drop_t {
        framedrop_thresh: [DROP_BELOW_PERCENT as i32; ROOM],
        framedrop_mode: SVC_LAYER_DROP_MODE_FULL_SUPERFRAME_DROP,
        max_consec_drop: i32::MAX,
    }
}

/// What each layer of the next picture refers to, and where it is kept. The library takes the rate
/// of pictures from their `duration`, which is counted in ticks of the time base.
pub(super) fn references(
    layers: u8,
    step: Step,
    keyframe: bool,
    duration: i64,
) -> vpx_svc_ref_frame_config_t {
    let mut config = vpx_svc_ref_frame_config_t {
        lst_fb_idx: [0; ROOM],
        gld_fb_idx: [0; ROOM],
        alt_fb_idx: [0; ROOM],
        update_buffer_slot: [0; ROOM],
        update_last: [0; ROOM],
        update_golden: [0; ROOM],
        update_alt_ref: [0; ROOM],
        reference_last: [0; ROOM],
        reference_golden: [0; ROOM],
        reference_alt_ref: [0; ROOM],
        duration: [duration; ROOM],
    };
    for layer in 0..usize::from(layers) {
        let (last, middle) = (layer, MIDDLE + layer);
        // In a keyframe from the layer below, which was kept at this moment.
        let below = layer.saturating_sub(1);
        config.lst_fb_idx[layer] = if keyframe { below } else { last } as i32;
        config.reference_last[layer] = i32::from(!keyframe || layer > 0);
        config.gld_fb_idx[layer] = middle as i32;
        config.reference_golden[layer] = i32::from(step.sees_golden && !keyframe);
        config.alt_fb_idx[layer] = config.lst_fb_idx[layer];
        config.update_buffer_slot[layer] = match step.updates {
            // Nothing of the wrong size is left in any of its buffers.
            _ if keyframe => 1 << last | 1 << middle,
            Some(Buffer::Last) => 1 << last,
            Some(Buffer::Golden) => 1 << middle,
            None => 0,
        };
    }
    config
}
