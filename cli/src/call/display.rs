//! A report for people.

use std::fmt;

use lapwing_rooms::call::{CallReport, ConnectionReport, TrackReport};
use lapwing_rooms::text::count;

/// A report in words.
pub(super) struct Words<'a, T>(pub(super) &'a T);

impl fmt::Display for Words<'_, CallReport> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Words(report) = self;
        write!(
            f,
            "room {} ({}), {:.1} s connected",
            report.room, report.mode, report.connected_seconds
        )?;
        if let Some(setup) = report.setup_ms {
            write!(f, ", set up in {setup:.0} ms")?;
        }
        if let Some(connection) = &report.connection {
            write!(f, "\n{}", Words(connection))?;
        }
        for track in &report.tracks {
            write!(f, "\n{}", Words(track))?;
        }
        let data = &report.data_channels;
        if let (Some(median), Some(min), Some(max)) =
            (data.echo_ms, data.echo_ms_min, data.echo_ms_max)
        {
            let echoes = count(data.echoes, "message");
            write!(f, "\necho {median:.1} ms ({min:.1} to {max:.1}, {echoes})")?;
        }
        for file in &report.files {
            write!(f, "\n{file}")?;
        }
        for recording in &report.recordings {
            write!(f, "\nrecorded {}", recording.display())?;
        }
        for problem in &report.problems {
            write!(f, "\nproblem: {problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Words<'_, ConnectionReport> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Words(report) = self;
        let ConnectionReport { local, local_kind, remote, protocol, dtls_version, .. } = *report;
        write!(f, "{local} ({local_kind}) to {remote} over {protocol}, DTLS {dtls_version}")?;
        write!(f, ", {}", report.srtp_cipher)?;
        match report.current_round_trip_time {
            Some(seconds) => write!(f, ", round trip {:.1} ms", seconds * 1e3),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Words<'_, TrackReport> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Words(report) = self;
        let codec = report.codec.as_deref().unwrap_or("no frame");
        write!(
            f,
            "{:8} {:10} {:12} {codec:5}",
            report.direction, report.source, report.participant
        )?;
        if let (Some(width), Some(height)) = (report.frame_width, report.frame_height) {
            write!(f, " {width}x{height}")?;
        }
        if let Some(rid) = &report.rid {
            write!(f, " layer {rid}")?;
        }
        if let Some(rate) = report.frames_per_second.filter(|_| report.kind == "video") {
            write!(f, " {rate:.1}/s")?;
        }
        write!(f, " {:.0} kbit/s", report.bitrate / 1e3)?;
        match report.direction.as_str() {
            "outbound" => write!(f, ", {} sent", count(report.frames_sent, "frame"))?,
            _ => write!(
                f,
                ", {} received, {} decoded",
                count(report.frames_received, "frame"),
                report.frames_decoded
            )?,
        }
        if report.kind == "video" && report.direction == "inbound" {
            write!(f, ", {}", count(report.freeze_count, "freeze"))?;
        }
        if let Some(pictures) = &report.pictures {
            if let Some(delay) = pictures.delay_ms() {
                write!(f, ", {delay:.0} ms buffered")?;
            }
            let offsets = pictures.sound_offset_ms.zip(pictures.sound_offset_worst_ms);
            if let Some((offset, worst)) = offsets {
                write!(f, ", {offset:+.0} ms behind its sound (at worst {worst:+.0})")?;
            }
        }
        if let Some(level) = report.audio_level_dbfs {
            write!(f, ", {level:.1} dBFS")?;
        }
        if let Some(sound) = &report.sound {
            write!(f, ", {:.1} % concealed", sound.concealed() * 1e2)?;
            if let Some(delay) = sound.delay_ms() {
                write!(f, ", {delay:.0} ms buffered")?;
            }
        }
        if let Some(processing) = &report.processing {
            let count = processing.captured_blocks / 100;
            write!(f, ", {count} s processed")?;
            if let Some(gain) = processing.gain_db {
                write!(f, " (gain {gain:+.1} dB)")?;
            }
        }
        Ok(())
    }
}
