//! A whole scenario, once read.

use std::collections::BTreeMap;

use lapwing_engine::{Bitrate, MediaKind};

use crate::parts::Parts;
use crate::scenario::{
    Assertion, AudioModel, Axis, Barrier, ChannelTraffic, Cross, Expectation, Flow, IceHelper,
    Links, Meta, Options, ScenarioAction, VideoModel,
};

/// A scenario: network, traffic and what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// `[meta]`.
    pub meta: Meta,
    /// `[media.video]`.
    pub video: Option<VideoModel>,
    /// `[media.audio]`.
    pub audio: Option<AudioModel>,
    /// `[options]`.
    pub options: Options,
    /// `[[link]]`, in the order of the file, and the network that they make.
    pub links: Links,
    /// `[[nat]]`, then `[[firewall]]`.
    pub barriers: Vec<Barrier>,
    /// `[[stun_server]]`, then `[[turn_server]]`.
    pub helpers: Vec<IceHelper>,
    /// `[[flow]]`.
    pub flows: Vec<Flow>,
    /// `[[channel]]`.
    pub channels: Vec<ChannelTraffic>,
    /// `[[cross]]`.
    pub cross: Vec<Cross>,
    /// `[[action]]`.
    pub actions: Vec<ScenarioAction>,
    /// `[expect]`, and short forms in `[[expect]]`.
    pub expect: BTreeMap<Expectation, f64>,
    /// `[[expect]]`, in the order of the file.
    pub assertions: Vec<Assertion>,
    /// Parts of one's own that it names, as they were when it was read.
    pub parts: Parts,
    /// `[sweep]`: a run for each combination of values.
    pub sweep: Vec<Axis>,
}

impl Scenario {
    /// The layers of the video that a flow sends, or sends on: the most of each, lowest first.
    pub(crate) fn layers_of<'s>(&'s self, mut flow: &'s Flow) -> &'s [Bitrate] {
        // A flow forwards one before it, so that this ends.
        while let Some(origin) = flow.forwards {
            flow = &self.flows[origin];
        }
        &flow.layers
    }

    /// The most of each kind that a flow can send: all layers, or the best of those that it
    /// forwards.
    pub(crate) fn most_of(&self, flow: &Flow, kind: MediaKind) -> Bitrate {
        let model = match kind {
            MediaKind::Video => self.video.as_ref().map(|video| video.max),
            MediaKind::Audio => self.audio.as_ref().map(|audio| audio.rate),
        };
        let layers = match kind {
            MediaKind::Video => self.layers_of(flow),
            MediaKind::Audio => &[],
        };
        match (layers, flow.forwards) {
            ([.., best], Some(_)) => *best,
            ([], _) => model.unwrap_or(Bitrate::ZERO),
            (layers, None) => Bitrate::bps(layers.iter().map(|layer| layer.as_bps()).sum()),
        }
    }
}
