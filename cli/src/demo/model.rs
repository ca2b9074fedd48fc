//! What a participant saw of a call, whoever it is.

use serde::{Deserialize, Serialize};

/// One participant's view.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    /// Its name in the room.
    pub(super) name: String,
    /// From the wish to join to a connection.
    pub(super) setup_ms: Option<f64>,
    /// The selected candidate pair.
    pub(super) pair: Option<String>,
    /// Four hexadecimal digits, `FEFC` for DTLS 1.3.
    pub(super) tls_version: Option<String>,
    /// The cipher of media.
    pub(super) srtp_cipher: Option<String>,
    /// Round trip of a message over a data channel.
    pub(super) echo_ms: Option<f64>,
    /// What was sent and received.
    pub(super) tracks: Vec<TrackView>,
    /// What was measured each second.
    pub(super) samples: Vec<Sample>,
}

/// One track.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrackView {
    /// Towards the others.
    pub(super) outgoing: bool,
    /// `audio` or `video`.
    pub(super) kind: String,
    /// The codec's name.
    pub(super) codec: String,
    /// Width and height in pixels.
    pub(super) size: Option<(u32, u32)>,
    /// Frames sent or received; packets where the browser counts no frames.
    pub(super) frames: u64,
    /// Frames decoded, of what came in.
    pub(super) decoded: Option<u64>,
    /// Times that the picture stood still.
    pub(super) freezes: Option<u64>,
    /// Bits per second, over the whole call.
    pub(super) bitrate: Option<f64>,
    /// Loudness in dB below full scale.
    pub(super) level_dbfs: Option<f64>,
    /// Round trip by RTCP.
    pub(super) rtt_ms: Option<f64>,
}

/// What one second brought.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sample {
    /// Seconds since the first one.
    pub(super) at: f64,
    /// Bits per second that came in.
    pub(super) in_bps: f64,
    /// Bits per second that went out.
    pub(super) out_bps: f64,
    /// Round trip of connectivity checks.
    pub(super) rtt_ms: Option<f64>,
    /// Share of packets lost on the way here.
    pub(super) loss: Option<f64>,
}

impl TrackView {
    /// Something arrived and could be decoded, or something was sent.
    fn flows(&self) -> bool {
        self.frames > 0 && self.decoded != Some(0)
    }
}

/// What is missing for everybody to see and hear everybody; empty when all is well.
pub(super) fn faults(views: &[View]) -> Vec<String> {
    let others = views.len().saturating_sub(1);
    let mut faults = Vec::new();
    for view in views {
        for kind in ["audio", "video"] {
            for (outgoing, wanted, verb) in [(true, 1, "sends"), (false, others, "receives")] {
                let flowing = view.tracks.iter().filter(|track| {
                    track.outgoing == outgoing && track.kind == kind && track.flows()
                });
                let count = flowing.count();
                if count < wanted {
                    let name = &view.name;
                    faults.push(format!("{name} {verb} {count} of {wanted} {kind} tracks"));
                }
            }
        }
        if view.echo_ms.is_none() {
            faults.push(format!("{} got no echo over its data channel", view.name));
        }
    }
    faults
}

/// Which of these were reached by something else than a relay.
pub(super) fn not_relayed<'a>(views: &[View], names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let pair_of = |name: &str| views.iter().find(|view| view.name == name)?.pair.as_deref();
    let fault = |name: &str| match pair_of(name) {
        Some(pair) if pair.starts_with("relay ") => None,
        Some(pair) => Some(format!("{name} was to be reached by the relay, and is by {pair}")),
        None => Some(format!("{name} was to be reached by the relay, and is not")),
    };
    names.filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(outgoing: bool, kind: &str, decoded: u64) -> TrackView {
        TrackView {
            outgoing,
            kind: kind.to_owned(),
            codec: "VP8".to_owned(),
            size: None,
            frames: 7,
            decoded: (!outgoing).then_some(decoded),
            freezes: None,
            bitrate: None,
            level_dbfs: None,
            rtt_ms: None,
        }
    }

    fn view(name: &str, decoded: u64) -> View {
        let tracks = vec![
            track(true, "audio", 0),
            track(true, "video", 0),
            track(false, "audio", decoded),
            track(false, "video", decoded),
        ];
        View {
            name: name.to_owned(),
            setup_ms: None,
            pair: None,
            tls_version: None,
            srtp_cipher: None,
            echo_ms: Some(1.0),
            tracks,
            samples: Vec::new(),
        }
    }

    #[test]
    fn whoever_goes_around_the_relay_is_named() {
        let by = |pair: Option<&str>| View { pair: pair.map(str::to_owned), ..view("bob", 5) };
        let judged = |pair| not_relayed(&[view("ada", 5), by(pair)], ["bob"].into_iter());
        assert_eq!(judged(Some("relay 192.0.2.1:5 - 192.0.2.2:6")), [""; 0]);
        assert_eq!(judged(Some("host 192.0.2.1:5 - 192.0.2.2:6")).len(), 1);
        assert_eq!(judged(None), ["bob was to be reached by the relay, and is not"]);
    }

    #[test]
    fn a_track_that_is_not_decoded_does_not_count() {
        assert_eq!(faults(&[view("ada", 5), view("bob", 5)]), [""; 0]);
        let bad = faults(&[view("ada", 5), view("bob", 0)]);
        assert_eq!(bad, ["bob receives 0 of 1 audio tracks", "bob receives 0 of 1 video tracks"]);
        let third = faults(&[view("ada", 5), view("bob", 5), view("eve", 5)]);
        assert_eq!(third.len(), 6);
    }
}
