//! Figures of the engine's in the words of the report.

use std::time::Duration;

use lapwing_engine::{OutboundRtpStats, Stats};

use super::report::{ConnectionReport, DataReport, TrackReport};

/// The connection.
pub(super) fn connection(stats: &Stats) -> ConnectionReport {
    let transport = &stats.transport;
    let mut report = ConnectionReport {
        dtls_version: match transport.tls_version {
            // As on the wire (RFC 6347 section 4.1, RFC 9147 section 5.3).
            Some("FEFD") => "1.2".to_owned(),
            Some("FEFC") => "1.3".to_owned(),
            other => other.unwrap_or_default().to_owned(),
        },
        srtp_cipher: transport.srtp_cipher.map(|cipher| cipher.to_string()).unwrap_or_default(),
        bytes_sent: transport.bytes_sent,
        bytes_received: transport.bytes_received,
        packets_sent: transport.packets_sent,
        packets_received: transport.packets_received,
        ..ConnectionReport::default()
    };
    if let Some(pair) = &stats.candidate_pair {
        report.local = pair.pair.local.to_string();
        report.local_kind = pair.pair.local_kind.to_string();
        report.remote = pair.pair.remote.to_string();
        report.protocol = pair.pair.protocol.to_string();
        report.current_round_trip_time = pair.current_round_trip_time;
        report.available_outgoing_bitrate =
            pair.available_outgoing_bitrate.map(|rate| rate.as_bps());
    }
    report
}

/// Joins the figures of RTCP to the tracks by their m-lines.
pub(super) fn add_rtcp(tracks: &mut [TrackReport], stats: &Stats) {
    for track in tracks {
        if track.direction == "outbound" {
            let is_it = |figures: &&OutboundRtpStats| {
                let rid = figures.rid.map(|rid| rid.to_string());
                figures.mid.as_str() == track.mid && rid == track.rid
            };
            let Some(figures) = stats.outbound_rtp.iter().find(is_it) else { continue };
            track.round_trip_time = figures.round_trip_time;
            track.packets_lost = figures.packets_lost;
            track.fraction_lost = figures.fraction_lost;
            (track.nack_count, track.pli_count) = (figures.nack_count, figures.pli_count);
        } else {
            let same = stats.inbound_rtp.iter().find(|figures| figures.mid.as_str() == track.mid);
            let Some(figures) = same else { continue };
            track.fraction_lost = figures.fraction_lost;
            track.jitter = Some(figures.jitter);
            (track.nack_count, track.pli_count) = (figures.nack_count, figures.pli_count);
        }
    }
}

/// The median of all echoes, the fastest and the slowest.
pub(super) fn add_echoes(report: &mut DataReport, echoes: &mut [Duration]) {
    echoes.sort_unstable();
    let ms = |echo: &Duration| echo.as_secs_f64() * 1e3;
    report.echoes = echoes.len();
    report.echo_ms = echoes.get(echoes.len() / 2).map(ms);
    report.echo_ms_min = echoes.first().map(ms);
    report.echo_ms_max = echoes.last().map(ms);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let mut report = DataReport::default();
        add_echoes(&mut report, &mut []);
        assert_eq!((report.echo_ms, report.echoes), (None, 0));
        let mut echoes = [9, 1, 4].map(Duration::from_millis);
        add_echoes(&mut report, &mut echoes);
        let seen = (report.echo_ms_min, report.echo_ms, report.echo_ms_max, report.echoes);
        assert_eq!(seen, (Some(1.0), Some(4.0), Some(9.0), 3));
    }
}
