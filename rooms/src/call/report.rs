//! What a call comes to. In JSON, names are those of W3C webrtc-stats where it has one; times are
//! in seconds unless the name says milliseconds, rates in bits per second.

use std::path::PathBuf;

use lapwing_media::AudioReceiverStats;
use lapwing_media::processing::ProcessorStats;
use serde::{Deserialize, Serialize};

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
    /// Of sound that is sent: what was done to it before, if anything was.
    pub processing: Option<ProcessingReport>,
}

/// What the processing of captured sound came to. The first two have the names of W3C's
/// `RTCAudioSourceStats`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessingReport {
    /// What was played over its echo in the microphone, in dB.
    pub echo_return_loss: Option<f64>,
    /// What the linear filter takes out of the echo, in dB.
    pub echo_return_loss_enhancement: Option<f64>,
    /// Delay of the echo behind what was played, in milliseconds.
    pub echo_delay_ms: Option<f64>,
    /// Gain of the last block, in dB.
    pub gain_db: Option<f64>,
    /// Blocks of 10 ms that were captured.
    pub captured_blocks: u64,
    /// Blocks of 10 ms that were played meanwhile.
    pub rendered_blocks: u64,
    /// Blocks captured while it was not known what was played.
    pub missing_blocks: u64,
    /// Blocks played that were dropped.
    pub dropped_blocks: u64,
}

impl ProcessingReport {
    /// What a processor counted.
    pub(super) fn new(stats: &ProcessorStats) -> Self {
        ProcessingReport {
            echo_return_loss: stats.echo_return_loss,
            echo_return_loss_enhancement: stats.echo_return_loss_enhancement,
            echo_delay_ms: stats.echo_delay.map(|delay| delay.as_secs_f64() * 1e3),
            gain_db: stats.gain_db.map(f64::from),
            captured_blocks: stats.captured_blocks,
            rendered_blocks: stats.rendered_blocks,
            missing_blocks: stats.missing_blocks,
            dropped_blocks: stats.dropped_blocks,
        }
    }
}

/// How the sound of a track was played, by the names of W3C's `RTCInboundRtpStreamStats`. Samples
/// are those of one channel at 48 kHz.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoundReport {
    /// Samples played since the first packet.
    pub total_samples_received: u64,
    /// Samples made up because packets were lost or late.
    pub concealed_samples: u64,
    /// Those of them that are silence or comfort noise.
    pub silent_concealed_samples: u64,
    /// Times that concealment began.
    pub concealment_events: u64,
    /// Samples added to play slower.
    pub inserted_samples_for_deceleration: u64,
    /// Samples taken out to play faster.
    pub removed_samples_for_acceleration: u64,
    /// Time that samples waited to be played: the sum over all of them.
    pub jitter_buffer_delay: f64,
    /// What the receiver aimed at: the sum over all of them.
    pub jitter_buffer_target_delay: f64,
    /// What it would have aimed at without a hint.
    pub jitter_buffer_minimum_delay: f64,
    /// Samples that came out of packets.
    pub jitter_buffer_emitted_count: u64,
    /// Concealment of 150 ms and more.
    pub interruption_count: u64,
    /// How long that lasted together.
    pub total_interruption_duration: f64,
    /// Frames that came back out of the copy in the next packet.
    pub repaired_frames: u64,
}

impl SoundReport {
    /// What a receiver counted.
    pub(super) fn new(stats: &AudioReceiverStats) -> Self {
        SoundReport {
            total_samples_received: stats.total_samples_received,
            concealed_samples: stats.concealed_samples,
            silent_concealed_samples: stats.silent_concealed_samples,
            concealment_events: stats.concealment_events,
            inserted_samples_for_deceleration: stats.inserted_samples_for_deceleration,
            removed_samples_for_acceleration: stats.removed_samples_for_acceleration,
            jitter_buffer_delay: stats.jitter_buffer_delay.as_secs_f64(),
            jitter_buffer_target_delay: stats.jitter_buffer_target_delay.as_secs_f64(),
            jitter_buffer_minimum_delay: stats.jitter_buffer_minimum_delay.as_secs_f64(),
            jitter_buffer_emitted_count: stats.jitter_buffer_emitted_count,
            interruption_count: stats.interruption_count,
            total_interruption_duration: stats.total_interruption_duration.as_secs_f64(),
            repaired_frames: stats.repaired_frames,
        }
    }

    /// The share of what was played that was made up.
    pub fn concealed(&self) -> f64 {
        self.concealed_samples as f64 / self.total_samples_received.max(1) as f64
    }

    /// How long a sample waited, on average, in milliseconds.
    pub fn delay_ms(&self) -> Option<f64> {
        let count = self.jitter_buffer_emitted_count;
        (count > 0).then(|| self.jitter_buffer_delay * 1e3 / count as f64)
    }
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
