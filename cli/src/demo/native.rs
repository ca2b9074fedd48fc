//! A native peer's part: what it prints, read as a view.

use std::time::Duration;

use lapwing_rooms::call::{CallReport, Second, TrackReport};
use serde_json::Value;

use super::children::Part;
use super::error::DemoError;
use super::model::{Sample, TrackView, View};

/// Waits until the peer has a connection.
pub(super) fn await_connected(peer: &mut Part, within: Duration) -> Result<(), DemoError> {
    peer.await_line("that it is connected", within, |line| {
        (line["event"] == "connected").then_some(())
    })
}

/// What the peer saw, by the report that ends what it printed.
pub(super) fn view(name: &'static str, lines: &[String]) -> Result<View, DemoError> {
    let last = lines.iter().rev().find_map(|line| {
        let value: Value = serde_json::from_str(line).ok()?;
        (value["event"] == "report").then(|| value["report"].clone())
    });
    let last = last.ok_or_else(|| DemoError::Ended(name, lines.join("\n")))?;
    let report: CallReport =
        serde_json::from_value(last).map_err(|error| DemoError::Unreadable(name, error))?;
    let connection = report.connection.as_ref();
    Ok(View {
        name: name.to_owned(),
        setup_ms: report.setup_ms,
        pair: connection
            .map(|pair| format!("{} {} - {}", pair.local_kind, pair.local, pair.remote)),
        tls_version: connection.map(|pair| pair.dtls_version.clone()),
        srtp_cipher: connection.map(|pair| pair.srtp_cipher.clone()),
        echo_ms: report.data_channels.echo_ms,
        tracks: report.tracks.iter().map(track).collect(),
        samples: report.series.iter().map(sample).collect(),
    })
}

fn track(track: &TrackReport) -> TrackView {
    let outgoing = track.direction == "outbound";
    TrackView {
        outgoing,
        kind: track.kind.clone(),
        codec: track.codec.clone().unwrap_or_else(|| "-".to_owned()),
        size: track.frame_width.zip(track.frame_height),
        frames: if outgoing { track.frames_sent } else { track.frames_received },
        decoded: (!outgoing).then_some(track.frames_decoded),
        freezes: (!outgoing && track.kind == "video").then_some(track.freeze_count.into()),
        bitrate: Some(track.bitrate),
        level_dbfs: track.audio_level_dbfs,
        rtt_ms: track.round_trip_time.map(|seconds| seconds * 1000.0),
    }
}

fn sample(second: &Second) -> Sample {
    Sample {
        at: second.at,
        in_bps: second.bitrate_in,
        out_bps: second.bitrate_out,
        rtt_ms: second.round_trip_time_ms,
        loss: second.loss_in,
    }
}
