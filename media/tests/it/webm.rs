//! WebM, as ffmpeg sees it.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::files::FileError;
use lapwing_media::sinks::{WebmTracks, WebmWriter};

use crate::clips;

/// Writes both tracks of a clip, pictures first: the writer has to sort them.
fn webm(video: &[EncodedFrame], audio: &[EncodedFrame]) -> Vec<u8> {
    let tracks = WebmTracks { video: video.first().map(|frame| frame.codec), audio: Some(1) };
    let mut writer = WebmWriter::new(Cursor::new(Vec::new()), tracks).unwrap();
    let (mut video, mut audio) = (video.iter().peekable(), audio.iter());
    loop {
        // Half a second of pictures, then as much sound.
        let mut some = false;
        for frame in video.by_ref().take(12) {
            writer.write(frame).unwrap();
            some = true;
        }
        for packet in audio.by_ref().take(24) {
            writer.write(packet).unwrap();
            some = true;
        }
        if !some {
            return writer.finish().unwrap().into_inner();
        }
    }
}

/// A file that is gone when the test is over.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("lapwing-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Temporary(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What `program` prints, or `None` with a word on standard error when it is not installed.
fn run(program: &str, arguments: &[&str], file: &Path) -> Option<String> {
    let mut command = Command::new(program);
    match command.args(["-v", "error"]).args(arguments).arg(file).output() {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && errors.is_empty(), "{program}: {errors}");
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(error) => {
            eprintln!("skipped: {program} cannot be run here ({error})");
            None
        }
    }
}

#[test]
fn ffprobe_finds_both_tracks_whole() {
    let packets = &clips::packets()[..250];
    for (name, codec) in [(clips::VP8, "vp8"), (clips::AV1, "av1")] {
        let frames = clips::frames(name);
        let file = Temporary::new(&format!("{codec}.webm"), &webm(&frames, packets));
        let entries = "stream=codec_name,width,height,nb_read_packets,sample_rate,channels";
        let arguments = ["-count_packets", "-show_entries", entries, "-of", "compact=p=0"];
        let Some(streams) = run("ffprobe", &arguments, &file.0) else { return };
        let size = if codec == "vp8" { (640, 360) } else { (320, 180) };
        let video =
            format!("codec_name={codec}|width={}|height={}|nb_read_packets=125", size.0, size.1);
        assert!(streams.contains(&video), "{streams}");
        let audio = "codec_name=opus|sample_rate=48000|channels=1|nb_read_packets=250";
        assert!(streams.contains(audio), "{streams}");

        let arguments = ["-show_entries", "format=duration", "-of", "csv=p=0"];
        let duration = run("ffprobe", &arguments, &file.0).unwrap_or_default();
        let seconds: f64 = duration.trim().parse().unwrap_or_default();
        assert!((4.9..5.1).contains(&seconds), "{duration}");
    }
}

#[test]
fn ffmpeg_decodes_every_picture_and_seeks() {
    for name in [clips::VP8, clips::AV1] {
        let bytes = webm(&clips::frames(name), &clips::packets()[..250]);
        let file = Temporary::new("decode.webm", &bytes);
        let arguments = ["-count_frames", "-select_streams", "v", "-show_entries"];
        let arguments = [&arguments[..], &["stream=nb_read_frames", "-of", "csv=p=0"]].concat();
        let Some(count) = run("ffprobe", &arguments, &file.0) else { return };
        assert_eq!(count.trim(), "125", "{name}");
        let arguments = ["-read_intervals", "0.5%+#1", "-select_streams", "v"];
        let arguments = [&arguments[..], &["-show_entries", "packet=flags", "-of", "csv=p=0"]];
        let flags = run("ffprobe", &arguments.concat(), &file.0).unwrap_or_default();
        assert!(flags.starts_with('K'), "{name} does not seek to its key frame: {flags}");
    }
}

/// Ids of elements of Matroska as they stand in a file.
fn contains(bytes: &[u8], id: &[u8]) -> bool {
    bytes.windows(id.len()).any(|window| window == id)
}

#[test]
fn the_file_has_an_index_and_a_length() {
    let bytes = webm(&clips::frames(clips::VP8), &clips::packets()[..100]);
    assert!(bytes.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]));
    let (cues, duration) = ([0x1c, 0x53, 0xbb, 0x6b], [0x44, 0x89]);
    assert!(contains(&bytes, &cues) && contains(&bytes, &duration));
    assert!(contains(&bytes, b"webm") && contains(&bytes, b"OpusHead"));
}

#[test]
fn pictures_before_the_first_key_frame_are_dropped() {
    let frames = clips::frames(clips::VP8);
    let tracks = WebmTracks { video: Some(Codec::Vp8), audio: None };
    let mut writer = WebmWriter::new(Cursor::new(Vec::new()), tracks).unwrap();
    frames[1..4].iter().for_each(|frame| writer.write(frame).unwrap());
    assert_eq!(writer.dropped(), 3);
    writer.write(&frames[0]).unwrap();
    assert_eq!(writer.dropped(), 3);
    let bytes = writer.finish().unwrap().into_inner();
    assert!(bytes.len() > frames[0].data.len());
}

#[test]
fn a_stalled_track_does_not_hold_the_other_for_ever() {
    let tracks = WebmTracks { video: Some(Codec::Vp8), audio: Some(1) };
    let mut writer = WebmWriter::new(Cursor::new(Vec::new()), tracks).unwrap();
    let packet = &clips::packets()[10];
    for index in 0..5_000 {
        let time = MediaTime::new(960 * index, 48_000);
        writer.write(&EncodedFrame { time, ..packet.clone() }).unwrap();
    }
    // No picture came: sound beyond the bound was dropped, and the rest makes a file.
    assert!(writer.dropped() > 4_000, "{}", writer.dropped());
    let bytes = writer.finish().unwrap().into_inner();
    assert!(contains(&bytes, b"OpusHead") && !contains(&bytes, b"V_VP8"));
}

#[test]
fn what_webm_does_not_hold_is_refused() {
    let tracks =
        |video, audio| WebmWriter::new(Cursor::new(Vec::new()), WebmTracks { video, audio });
    let refused = |result: Result<_, FileError>| matches!(result, Err(FileError::Rejected { .. }));
    assert!(refused(tracks(None, None).map(drop)));
    assert!(refused(tracks(Some(Codec::H264), None).map(drop)));
    assert!(refused(tracks(None, Some(3)).map(drop)));
    let mut writer = tracks(Some(Codec::Vp8), None).unwrap();
    assert!(refused(writer.write(&clips::packets()[0])));
    assert!(refused(writer.write(&clips::frames(clips::AV1)[0])));
    assert!(refused(writer.finish().map(drop)));
}
