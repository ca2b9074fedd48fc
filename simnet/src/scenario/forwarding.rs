//! Reads what flows have to do with forwarders: layers, and flows that carry others on.

use lapwing_engine::Bitrate;

use crate::scenario::limits::MAX_VIDEO_BPS;
use crate::scenario::{Fields, Flow, Links, Problem, VideoModel, VideoSource};

/// The most layers of a simulcast.
pub(crate) const LAYERS_MAX: usize = 3;

/// The most of each simulcast layer, lowest first.
pub(super) fn layers(fields: &mut Fields<'_>) -> Vec<Bitrate> {
    let rates = fields.integers("layers_bps", 1..=MAX_VIDEO_BPS).unwrap_or_default();
    fields.at_most("layers_bps", rates.len(), LAYERS_MAX);
    if let Some(pair) = rates.windows(2).find(|pair| pair[1] <= pair[0]) {
        let (value, min, max) = (pair[1] as f64, pair[0] as f64 + 1.0, MAX_VIDEO_BPS as f64);
        fields.fault("layers_bps", Problem::OutOfRange { value, min, max });
    }
    rates.into_iter().map(Bitrate::bps).collect()
}

/// The flow that is forwarded, by its index among those before.
pub(super) fn forwards(fields: &mut Fields<'_>, before: &[Flow]) -> Option<usize> {
    let id = fields.integer("forwards", 0..=u64::from(u32::MAX))?;
    let found = before.iter().position(|flow| flow.id == id);
    if found.is_none() {
        let allowed = before.iter().map(|flow| flow.id.to_string()).collect();
        fields.fault("forwards", Problem::NotOneOf { value: id.to_string(), allowed });
    }
    found
}

/// Checks a flow against those before it, one of which it may forward.
pub(super) fn check(
    fields: &mut Fields<'_>,
    flow: &Flow,
    before: &[Flow],
    links: &Links,
    video: Option<&VideoModel>,
) {
    let is_clip = video.is_some_and(|video| matches!(video.source, VideoSource::Clip(_)));
    if !flow.layers.is_empty() {
        check_layers(fields, flow, video);
    }
    let Some(origin) = flow.forwards.map(|index| &before[index]) else { return };
    if is_clip {
        fields.fault("forwards", Problem::Excludes("video of a clip"));
    }
    if flow.controller.is_some() && origin.layers.is_empty() {
        fields.fault("controller", Problem::Excludes("forwards of a flow without layers_bps"));
    }
    let of_first = |flow: &Flow| flow.path.first().and_then(|link| links.ends(*link));
    let of_last = |flow: &Flow| flow.path.last().and_then(|link| links.ends(*link));
    if let (Some((from, _)), Some((_, to))) = (of_first(flow), of_last(origin))
        && from != to
    {
        fields.fault("forwards", Problem::Elsewhere(links.places()[to].clone()));
    }
    if let Some(kind) = flow.media.iter().find(|kind| !origin.media.contains(kind)) {
        let allowed = origin.media.iter().map(ToString::to_string).collect();
        fields.fault("media", Problem::NotOneOf { value: kind.to_string(), allowed });
    }
}

fn check_layers(fields: &mut Fields<'_>, flow: &Flow, video: Option<&VideoModel>) {
    if flow.forwards.is_some() {
        fields.fault("layers_bps", Problem::Excludes("forwards"));
    }
    let Some(video) = video else { return };
    if matches!(video.source, VideoSource::Clip(_)) {
        fields.fault("layers_bps", Problem::Excludes("video of a clip"));
    }
    let (min, max) = (video.min.as_bps() as f64, video.max.as_bps() as f64);
    let outside = flow.layers.iter().find(|rate| !(video.min..=video.max).contains(rate));
    if let Some(rate) = outside {
        let value = rate.as_bps() as f64;
        fields.fault("layers_bps", Problem::OutOfRange { value, min, max });
    }
}
