//! What a call comes to. In JSON, names are those of W3C webrtc-stats where it has one; times are
//! in seconds unless the name says milliseconds, rates in bits per second.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::media_report::{PictureReport, ProcessingReport, SoundReport};
use crate::transfer::TransferReport;

/// The report of a whole call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallReport {
    /// The room.
    pub room: String,
    /// `direct` or `forward`.
    pub mode: String,
    /// Our id in it.
    pub id: String,
    /// Our name in it.
    pub name: String,
    /// What waited for sockets and time.
    pub driver: String,
    /// All that was expected came about.
    pub ok: bool,
    /// What did not.
    pub problems: Vec<String>,
    /// From the program's start to the seat in the room.
    pub join_ms: Option<f64>,
    /// From the moment that there was somebody to connect to until media could flow; of the first
    /// connection.
    pub setup_ms: Option<f64>,
    /// Time with a connection.
    pub connected_seconds: f64,
    /// The last connection.
    pub connection: Option<ConnectionReport>,
    /// Every track, ours first.
    pub tracks: Vec<TrackReport>,
    /// The data channels.
    pub data_channels: DataReport,
    /// Files that were received.
    pub files: Vec<TransferReport>,
    /// Recordings that were made.
    pub recordings: Vec<PathBuf>,
    /// Times that the signalling socket was lost.
    pub signalling_losses: u32,
    /// Times that the path was lost.
    pub disconnections: u32,
    /// A row for each second.
    pub series: Vec<Second>,
}

/// A connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionReport {
    /// The selected pair's address here.
    pub local: String,
    /// Its kind: `host`, `srflx`, `prflx` or `relay`.
    pub local_kind: String,
    /// The selected pair's address there.
    pub remote: String,
    /// `udp`, `tcp` or `tls`.
    pub protocol: String,
    /// `1.2` or `1.3`.
    pub dtls_version: String,
    /// As registered for DTLS-SRTP.
    pub srtp_cipher: String,
    /// Round trip of the last ICE check.
    pub current_round_trip_time: Option<f64>,
    /// Bytes of all datagrams.
    pub bytes_sent: u64,
    /// Bytes of all datagrams.
    pub bytes_received: u64,
    /// Datagrams.
    pub packets_sent: u64,
    /// Datagrams.
    pub packets_received: u64,
    /// The last estimate of what the network carries from here.
    pub available_outgoing_bitrate: Option<u64>,
}

/// A track, in one direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackReport {
    /// `outbound` or `inbound`.
    pub direction: String,
    /// Id of the participant whose it is.
    pub participant_id: String,
    /// Its name.
    pub participant: String,
    /// `audio` or `video`.
    pub kind: String,
    /// `microphone`, `camera` or `screen`.
    pub source: String,
    /// The m-line, once there was one.
    pub mid: String,
    /// The layer, of what we send in several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rid: Option<String>,
    /// The codec, once there were frames.
    pub codec: Option<String>,
    /// Of the last picture.
    pub frame_width: Option<u32>,
    /// Of the last picture.
    pub frame_height: Option<u32>,
    /// Frames handed to the engine; of sound, packets' worth.
    pub frames_sent: u64,
    /// Frames that came out of the engine.
    pub frames_received: u64,
    /// Frames that were decoded.
    pub frames_decoded: u64,
    /// Frames that were not: made or received and of no use, or too many at once.
    pub frames_dropped: u64,
    /// Keyframes among those sent or received.
    pub key_frames: u64,
    /// Pictures per second, on average.
    pub frames_per_second: Option<f64>,
    /// Freezes, as the W3C counts them.
    pub freeze_count: u32,
    /// How long they lasted together.
    pub total_freezes_duration: f64,
    /// The longest time between two pictures.
    pub longest_gap_ms: f64,
    /// Bytes of all frames.
    pub bytes: u64,
    /// Bits per second of the frames, on average.
    pub bitrate: f64,
    /// Level of all the sound, in dB below full scale.
    pub audio_level_dbfs: Option<f64>,
    /// Round trip by RTCP, of the last report.
    pub round_trip_time: Option<f64>,
    /// Packets lost: of what we send, as the other side says.
    pub packets_lost: Option<u64>,
    /// Share of packets lost in the last interval, 0 to 1.
    pub fraction_lost: Option<f64>,
    /// Interarrival jitter.
    pub jitter: Option<f64>,
    /// Retransmissions asked for.
    pub nack_count: u64,
    /// Picture loss indications.
    pub pli_count: u64,
    /// From the first connection to its first frame.
    pub first_frame_ms: Option<f64>,
    /// Of sound that came in: how it was played.
    #[serde(flatten)]
    pub sound: Option<SoundReport>,
    /// Of pictures that came in: how they were shown.
    #[serde(flatten)]
    pub pictures: Option<PictureReport>,
    /// Of sound that is sent: what was done to it before, if anything was.
    pub processing: Option<ProcessingReport>,
}

/// The data channels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataReport {
    /// Median round trip of a message on the channel `echo`; only the side which opened the
    /// channel measures it.
    pub echo_ms: Option<f64>,
    /// The fastest.
    pub echo_ms_min: Option<f64>,
    /// The slowest.
    pub echo_ms_max: Option<f64>,
    /// How many.
    pub echoes: usize,
    /// Chat lines sent.
    pub chat_sent: u64,
    /// Chat lines received.
    pub chat_received: u64,
}

/// One second of a call. Counts and rates are of that second alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Second {
    /// Its end, since the first connection.
    pub at: f64,
    /// Bits per second of all datagrams.
    pub bitrate_out: f64,
    /// Bits per second of all datagrams.
    pub bitrate_in: f64,
    /// Round trip of the last ICE check.
    pub round_trip_time_ms: Option<f64>,
    /// Share of our packets that were lost, 0 to 1: the worst track's.
    pub loss_out: Option<f64>,
    /// Share of the other side's packets that were lost.
    pub loss_in: Option<f64>,
    /// What the network is thought to carry from here, in bits per second.
    pub estimate: Option<f64>,
    /// What the video encoder was told to make, in bits per second.
    pub target_bitrate: Option<f64>,
    /// Pictures handed to the engine.
    pub pictures_sent: u64,
    /// Pictures decoded.
    pub pictures_decoded: u64,
    /// Freezes that ended in it.
    pub freezes: u32,
    /// The last echo.
    pub echo_ms: Option<f64>,
}
