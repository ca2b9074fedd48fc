//! A whole scenario, once read.

use std::collections::BTreeMap;

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
