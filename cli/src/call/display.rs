//! A report for people.

use std::fmt;

use lapwing_rooms::text::count;

use super::report::{CallReport, ConnectionReport, TrackReport};

impl fmt::Display for CallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "room {} ({}), {:.1} s connected", self.room, self.mode, self.connected_seconds)?;
        if let Some(setup) = self.setup_ms {
            write!(f, ", set up in {setup:.0} ms")?;
        }
        if let Some(connection) = &self.connection {
            write!(f, "\n{connection}")?;
        }
        for track in &self.tracks {
            write!(f, "\n{track}")?;
        }
        let data = &self.data_channels;
        if let (Some(median), Some(min), Some(max)) =
            (data.echo_ms, data.echo_ms_min, data.echo_ms_max)
        {
            let echoes = count(data.echoes, "message");
            write!(f, "\necho {median:.1} ms ({min:.1} to {max:.1}, {echoes})")?;
        }
        for file in &self.files {
            write!(f, "\n{file}")?;
        }
        for recording in &self.recordings {
            write!(f, "\nrecorded {}", recording.display())?;
        }
        for problem in &self.problems {
            write!(f, "\nproblem: {problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ConnectionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConnectionReport { local, local_kind, remote, protocol, dtls_version, .. } = self;
        write!(f, "{local} ({local_kind}) to {remote} over {protocol}, DTLS {dtls_version}")?;
        write!(f, ", {}", self.srtp_cipher)?;
        match self.current_round_trip_time {
            Some(seconds) => write!(f, ", round trip {:.1} ms", seconds * 1e3),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TrackReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codec = self.codec.as_deref().unwrap_or("no frame");
        write!(f, "{:8} {:10} {:12} {codec:5}", self.direction, self.source, self.participant)?;
        if let (Some(width), Some(height)) = (self.frame_width, self.frame_height) {
            write!(f, " {width}x{height}")?;
        }
        if let Some(rate) = self.frames_per_second.filter(|_| self.kind == "video") {
            write!(f, " {rate:.1}/s")?;
        }
        write!(f, " {:.0} kbit/s", self.bitrate / 1e3)?;
        match self.direction.as_str() {
            "outbound" => write!(f, ", {} sent", count(self.frames_sent, "frame"))?,
            _ => write!(
                f,
                ", {} received, {} decoded",
                count(self.frames_received, "frame"),
                self.frames_decoded
            )?,
        }
        if self.kind == "video" && self.direction == "inbound" {
            write!(f, ", {}", count(self.freeze_count, "freeze"))?;
        }
        if let Some(level) = self.audio_level_dbfs {
            write!(f, ", {level:.1} dBFS")?;
        }
        Ok(())
    }
}
