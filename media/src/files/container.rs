//! Files with several tracks, Matroska and MP4: one of their tracks as frames.

mod avc;
mod matroska;
mod mp4;
mod samples;
mod survey;
mod track;

use std::io::{Read as _, SeekFrom};
use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, MediaKind, MediaTime};

use crate::codecs::{is_keyframe, obu};
use crate::files::container::avc::AvcConfig;
use crate::files::container::matroska::Matroska;
use crate::files::container::mp4::Mp4;
pub use crate::files::container::track::Storage;
use crate::files::container::track::{Description, Packet, Packets, TrackCodec, no_track};
use crate::files::opus_packet::opus_samples;
use crate::files::{FileError, FrameReader, OpusHead, Reader, magic};

/// Opens the first track of a kind whose codec is known.
fn open(
    mut file: impl Storage,
    kind: MediaKind,
) -> Result<(Box<dyn Packets>, Description), FileError> {
    let mut start = Vec::new();
    file.by_ref().take(magic::LONGEST).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    if magic::is_matroska(&start) {
        let (reader, description) = Matroska::open(file, kind)?;
        return Ok((Box::new(reader), description));
    }
    if magic::is_mp4(&start) {
        let (reader, description) = Mp4::open(file, kind)?;
        return Ok((Box::new(reader), description));
    }
    Err(FileError::Malformed { offset: 0, what: "neither Matroska nor MP4" })
}

/// Reads the pictures of a Matroska, WebM, MP4 or MOV file: its first track of VP8, VP9, AV1 or
/// H.264.
///
/// Frames come in the order of the file, each with the time it is shown at; those of AV1 and H.264
/// as the engine carries them, the latter in Annex B form with parameter sets before key frames.
/// Where H.264 stores pictures in another order than it shows them, times go back and forth.
///
/// ```no_run
/// use std::fs::File;
/// use lapwing_media::files::{Reader, VideoTrack};
///
/// let mut track = VideoTrack::new(File::open("recording.webm")?)?;
/// while let Some(frame) = track.next()? {
///     println!("{:?} {} bytes", frame.time, frame.data.len());
/// }
/// # Ok::<(), lapwing_media::files::FileError>(())
/// ```
pub struct VideoTrack {
    packets: Box<dyn Packets>,
    codec: Codec,
    size: (u32, u32),
    avc: Option<AvcConfig>,
    skipped: u64,
}

impl VideoTrack {
    /// Reads what stands before the frames.
    ///
    /// # Errors
    /// When the file is of neither format, broken, above a limit, or without such a track.
    pub fn new(file: impl Storage) -> Result<Self, FileError> {
        let (packets, description) = open(file, MediaKind::Video)?;
        let TrackCodec::Known(codec) = description.codec else {
            return Err(no_track(MediaKind::Video));
        };
        let avc = match codec {
            Codec::H264 => Some(AvcConfig::parse(&description.private)?),
            _ => None,
        };
        Ok(VideoTrack { packets, codec, size: description.size, avc, skipped: 0 })
    }

    /// The frame in the engine's form.
    fn frame(&self, packet: Packet) -> Result<EncodedFrame, FileError> {
        let malformed = |what| FileError::Malformed { offset: 0, what };
        let data = match (&self.avc, self.codec) {
            (Some(avc), _) => avc.annex_b(&packet.data)?,
            (None, Codec::Av1) => obu::normalise(&packet.data)
                .map_err(|_| malformed("a frame of AV1 that holds no OBUs"))?,
            _ => packet.data,
        };
        let keyframe = is_keyframe(self.codec, &data);
        Ok(EncodedFrame { codec: self.codec, time: packet.time, keyframe, data: data.into() })
    }
}

impl Reader for VideoTrack {
    type Item = EncodedFrame;

    fn next(&mut self) -> Result<Option<EncodedFrame>, FileError> {
        while let Some(packet) = self.packets.next()? {
            let frame = self.frame(packet)?;
            if !frame.data.is_empty() {
                return Ok(Some(frame));
            }
            self.skipped += 1;
        }
        Ok(None)
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.skipped = 0;
        self.packets.rewind()
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

impl FrameReader for VideoTrack {
    fn codec(&self) -> Codec {
        self.codec
    }

    fn size(&self) -> (u32, u32) {
        self.size
    }
}

/// What the sound of a container is encoded with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioForm {
    /// Opus with this head.
    Opus(OpusHead),
    /// AAC.
    Aac {
        /// What MPEG-4 calls `AudioSpecificConfig`.
        config: Vec<u8>,
        /// Samples per second and channel, as the container says.
        rate: u32,
        /// Channels, as the container says.
        channels: u8,
    },
}

/// A packet of sound and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioPacket {
    /// When it is heard, from the start of the file on.
    pub time: MediaTime,
    /// How long before that start it begins: what only starts the decoder, and is not heard.
    pub lead: Duration,
    /// The encoded bytes.
    pub data: Vec<u8>,
}

/// Reads the sound of a Matroska, WebM, MP4 or MOV file: its first track of Opus or AAC.
pub struct AudioTrack {
    packets: Box<dyn Packets>,
    form: AudioForm,
    skipped: u64,
}

impl AudioTrack {
    /// Reads what stands before the packets.
    ///
    /// # Errors
    /// When the file is of neither format, broken, above a limit, or without such a track, or its
    /// Opus is not on one or two channels.
    pub fn new(file: impl Storage) -> Result<Self, FileError> {
        let (packets, description) = open(file, MediaKind::Audio)?;
        let form = match description.codec {
            TrackCodec::Known(Codec::Opus) if description.private.is_empty() => {
                let channels = description.channels.clamp(1, 2);
                AudioForm::Opus(OpusHead { channels, pre_skip: 0, input_rate: 48_000, gain: 0 })
            }
            TrackCodec::Known(Codec::Opus) => {
                AudioForm::Opus(OpusHead::parse(&description.private, 0)?)
            }
            TrackCodec::Aac => {
                let Description { private: config, rate, channels, .. } = description;
                AudioForm::Aac { config, rate, channels }
            }
            TrackCodec::Known(_) => return Err(no_track(MediaKind::Audio)),
        };
        Ok(AudioTrack { packets, form, skipped: 0 })
    }

    /// What the packets are.
    pub fn form(&self) -> &AudioForm {
        &self.form
    }

    fn is_playable(&self, data: &[u8]) -> bool {
        match self.form {
            AudioForm::Opus(_) => opus_samples(data).is_some(),
            AudioForm::Aac { .. } => !data.is_empty(),
        }
    }
}

impl Reader for AudioTrack {
    type Item = AudioPacket;

    fn next(&mut self) -> Result<Option<AudioPacket>, FileError> {
        while let Some(Packet { time, lead, data }) = self.packets.next()? {
            if self.is_playable(&data) {
                return Ok(Some(AudioPacket { time, lead, data }));
            }
            self.skipped += 1;
        }
        Ok(None)
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.skipped = 0;
        self.packets.rewind()
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

impl std::fmt::Debug for VideoTrack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VideoTrack").field("codec", &self.codec).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for AudioTrack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioTrack").field("form", &self.form).finish_non_exhaustive()
    }
}
