//! The state of a connection, in full.

use std::fmt::{self, Write as _};
use std::time::Duration;

use lapwing_engine::{IceGatheringState, Rtc, SignalingState, Stats};
use lapwing_rooms::text::count;
use serde::Serialize;

/// Where a connection stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Seconds since its start.
    pub at: f64,
    /// The offer/answer exchange.
    pub signaling_state: SignalingState,
    /// Gathering.
    pub ice_gathering_state: IceGatheringState,
    /// Everything else, by W3C names.
    pub stats: Stats,
}

impl State {
    pub(super) fn of(rtc: &Rtc, at: Duration) -> State {
        State {
            at: at.as_secs_f64(),
            signaling_state: rtc.signaling_state(),
            ice_gathering_state: rtc.ice_gathering_state(),
            stats: rtc.stats(),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { connection_state, transport, candidate_pair, data_channels, .. } = &self.stats;
        writeln!(f, "state at {:.6} s", self.at)?;
        writeln!(f, "  connection  {connection_state}")?;
        writeln!(f, "  signaling   {}", self.signaling_state)?;
        writeln!(f, "  gathering   {}", self.ice_gathering_state)?;
        writeln!(f, "  ice         {}", transport.ice_state)?;
        writeln!(f, "  dtls        {}", transport.dtls_state)?;
        match candidate_pair {
            Some(stats) => {
                writeln!(f, "  pair        {} > {}", stats.pair.local, stats.pair.remote)?
            }
            None => writeln!(f, "  pair        none")?,
        }
        let (sent, received) = (transport.packets_sent, transport.packets_received);
        writeln!(f, "  datagrams   {sent} sent, {received} received")?;
        for stream in &self.stats.outbound_rtp {
            let mut line = String::new();
            let frames = count(stream.frames_sent, "frame");
            write!(line, "{} {}, {frames}", stream.mid, stream.kind)?;
            writeln!(f, "  sends       {line}, {}", count(stream.nack_count, "nack"))?;
        }
        for stream in &self.stats.inbound_rtp {
            let mut line = String::new();
            let frames = count(stream.frames_received, "frame");
            write!(line, "{} {}, {frames}", stream.mid, stream.kind)?;
            writeln!(f, "  receives    {line}, {} lost", stream.frames_lost)?;
        }
        let (sent, received) = (data_channels.messages_sent, data_channels.messages_received);
        write!(f, "  messages    {sent} sent, {received} received")
    }
}
