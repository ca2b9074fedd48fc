//! Recordings into memory, read back by their EBML.

use std::cell::RefCell;
use std::io::Cursor;
use std::rc::Rc;

use lapwing_media::files::{AudioTrack, Reader as _, VideoTrack};
use lapwing_media::{Picture, VideoEncoder, VideoSettings, video_encoder};

use super::*;

/// Files in memory, which outlive their writers.
#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Vec<(String, SharedFile)>>>);

#[derive(Clone, Default)]
struct SharedFile(Rc<RefCell<Cursor<Vec<u8>>>>);

impl Write for SharedFile {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(data)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}

impl Folder for Memory {
    type File = SharedFile;

    fn create(&mut self, name: &dyn Fn(u32) -> String) -> std::io::Result<(PathBuf, SharedFile)> {
        let (name, file) = (name(1), SharedFile::default());
        self.0.borrow_mut().push((name.clone(), file.clone()));
        Ok((name.into(), file))
    }
}

impl Memory {
    /// Names of the files and whether they hold pictures and sound.
    fn files(&self) -> Vec<(String, bool, bool)> {
        let files = self.0.borrow();
        let has = |file: &SharedFile, text: &[u8]| {
            let bytes = file.0.borrow();
            bytes.get_ref().windows(text.len()).any(|window| window == text)
        };
        let seen = files.iter().map(|(name, file)| {
            let video = has(file, b"V_VP8") || has(file, b"V_AV1");
            (name.clone(), video, has(file, b"A_OPUS"))
        });
        seen.collect()
    }
}

struct Clip {
    encoder: Box<dyn VideoEncoder>,
    start: Instant,
    recording: Recording<Memory>,
    memory: Memory,
    ended: Vec<PathBuf>,
}

impl Clip {
    fn new(codec: Codec) -> Self {
        let memory = Memory::default();
        let settings = VideoSettings::new(64, 64, 100_000);
        Clip {
            encoder: video_encoder(codec, &settings).expect("built in"),
            start: Instant::now(),
            recording: Recording::new(memory.clone(), "ada".to_owned()),
            memory,
            ended: Vec::new(),
        }
    }

    /// A picture with its time on a clock that begins somewhere, arriving with a delay.
    fn picture(&mut self, ms: u64) {
        let time = MediaTime::new((ms + 77_000) * 90, 90_000);
        let picture = Picture::new(64, 64, time).expect("a size");
        for frame in self.encoder.encode(&picture, false).expect("it encodes") {
            let ended = self.recording.push(&frame, self.start + Duration::from_millis(ms + 9));
            self.ended.extend(ended.expect("it can be written"));
        }
    }

    fn sound(&mut self, ms: u64) {
        let time = MediaTime::new((ms + 5) * 48, 48_000);
        // The shortest packet of silence: CELT, 20 ms.
        let frame = EncodedFrame {
            codec: Codec::Opus,
            time,
            keyframe: true,
            data: vec![0xf8, 0xff, 0xfe].into(),
        };
        let ended = self.recording.push(&frame, self.start + Duration::from_millis(ms));
        self.ended.extend(ended.expect("it can be written"));
    }

    fn finish(&mut self) {
        self.ended.extend(self.recording.finish().expect("it can be written"));
    }
}

#[test]
fn sound_and_pictures_go_into_one_file() {
    let mut clip = Clip::new(Codec::Vp8);
    clip.recording.expect(MediaKind::Audio);
    clip.recording.expect(MediaKind::Video);
    for ms in (0..1000).step_by(20) {
        clip.sound(ms);
        if ms % 40 == 0 {
            clip.picture(ms);
        }
    }
    clip.finish();
    assert_eq!(clip.memory.files(), [("ada.webm".to_owned(), true, true)]);
    assert_eq!(clip.ended, [PathBuf::from("ada.webm")]);
}

#[test]
fn what_never_comes_is_not_waited_for() {
    let mut clip = Clip::new(Codec::Vp8);
    clip.recording.expect(MediaKind::Audio);
    clip.recording.expect(MediaKind::Video);
    for ms in (0..3000).step_by(20) {
        clip.sound(ms);
    }
    assert_eq!(clip.memory.files().len(), 1);
    clip.picture(3000);
    clip.finish();
    let expected = [("ada.webm".to_owned(), false, true), ("ada-2.webm".to_owned(), true, false)];
    assert_eq!(clip.memory.files(), expected);
    assert_eq!(clip.ended.len(), 2);
}

#[test]
fn a_recording_goes_on_while_only_padding_comes() {
    // Packets of padding alone are no frames: nothing is pushed for them.
    let mut clip = Clip::new(Codec::Vp8);
    clip.recording.expect(MediaKind::Audio);
    clip.recording.expect(MediaKind::Video);
    for ms in (0..12_000).step_by(20) {
        if !(1_000..11_000).contains(&ms) {
            clip.sound(ms);
        }
        if ms % 100 == 0 {
            clip.picture(ms);
        }
    }
    clip.finish();
    assert_eq!(clip.memory.files(), [("ada.webm".to_owned(), true, true)]);
    let bytes = clip.memory.0.borrow()[0].1.0.borrow().get_ref().clone();
    let mut sound = AudioTrack::new(Cursor::new(bytes.clone())).expect("there is sound");
    let heard: Vec<u128> = std::iter::from_fn(|| sound.next().expect("the file is good"))
        .map(|packet| packet.time.as_duration().as_millis())
        .collect();
    assert_eq!(heard.len(), 100);
    assert_eq!((heard[49], heard[50], heard[99]), (980, 11_000, 11_980));
    let mut pictures = VideoTrack::new(Cursor::new(bytes)).expect("there are pictures");
    let count = std::iter::from_fn(|| pictures.next().expect("the file is good")).count();
    assert_eq!(count, 120);
}

#[test]
fn another_codec_begins_another_file() {
    let mut clip = Clip::new(Codec::Vp8);
    clip.recording.expect(MediaKind::Video);
    (0..10).for_each(|index| clip.picture(index * 33));
    clip.encoder = video_encoder(Codec::Av1, &VideoSettings::new(64, 64, 100_000)).expect("there");
    (10..30).for_each(|index| clip.picture(index * 33));
    clip.finish();
    let names: Vec<String> = clip.memory.files().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["ada.webm", "ada-2.webm"]);
}

#[test]
fn places_follow_media_time_and_a_clock_that_jumps() {
    let mut clip = Clip::new(Codec::Vp8);
    let frame = |ms: u64| EncodedFrame {
        codec: Codec::Opus,
        time: MediaTime::new(ms * 48, 48_000),
        keyframe: true,
        data: vec![0xf8, 0xff, 0xfe].into(),
    };
    let start = clip.start;
    let mut place = |media: u64, arrival: u64| {
        let at = clip.recording.place(&frame(media), start + Duration::from_millis(arrival));
        at.as_millis()
    };
    assert_eq!(place(90_000, 0), 0);
    assert_eq!(place(90_020, 45), 20, "jitter of the network is not recorded");
    assert_eq!(place(89_980, 50), 0, "nothing is before the beginning");
    assert_eq!(place(90_060, 55), 60);
    assert_eq!(place(7, 1000), 1000, "another clock");
    assert_eq!(place(27, 1010), 1020);
}

#[test]
fn nothing_makes_no_file() {
    let mut clip = Clip::new(Codec::Vp8);
    clip.finish();
    assert!(clip.memory.files().is_empty() && clip.ended.is_empty());
}
