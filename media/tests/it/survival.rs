//! Recordings of programs that are killed: everything but the last moments is there.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Cursor, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::files::{AudioTrack, FileError, Reader, VideoTrack};
use lapwing_media::sinks::{WebmTracks, WebmWriter};
use lapwing_media::sources::TestPattern;
use lapwing_media::{VideoSettings, video_encoder};

use crate::clips;
use crate::elements::{Element, duration_ms, elements, find, segment};

/// Tells the child where to record to.
const CHILD: &str = "LAPWING_RECORD_UNTIL_KILLED";

/// What the child prints after each second of the recording.
const SECOND: &str = "another second";

/// Seconds the child records at most; then it waits for its end.
const SECONDS_MAX: u64 = 600;

/// Writes the frame of either track that is due at `index` times 20 ms.
fn write_some<W: Write + std::io::Seek>(
    writer: &mut WebmWriter<W>,
    (video, audio): (&[EncodedFrame], &[EncodedFrame]),
    index: u64,
) {
    let at = Duration::from_millis(20 * index);
    if index.is_multiple_of(2) {
        let frame = &video[index as usize / 2 % video.len()];
        let time = MediaTime::from_duration(at, 90_000);
        writer.write(&EncodedFrame { time, ..frame.clone() }).unwrap();
    }
    let packet = &audio[index as usize % audio.len()];
    let time = MediaTime::from_duration(at, 48_000);
    writer.write(&EncodedFrame { time, ..packet.clone() }).unwrap();
}

/// Not a test of its own: what [`a_killed_program_leaves_a_recording`] runs and kills.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let file = BufWriter::new(File::create(path).unwrap());
    let tracks = WebmTracks { video: Some(Codec::Vp8), audio: Some(1) };
    let mut writer = WebmWriter::new(file, tracks).unwrap();
    let (video, audio) = (clips::frames(clips::VP8), clips::packets());
    for index in 0..50 * SECONDS_MAX {
        write_some(&mut writer, (&video, &audio), index);
        if index % 50 == 49 {
            println!("{SECOND}");
        }
    }
    let _ = std::io::stdin().read(&mut [0]);
    unreachable!("it is killed before");
}

/// All that a reader gives before it ends or finds that the file is cut off.
fn readable<R: Reader>(mut reader: R) -> Vec<R::Item> {
    let mut items = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(item)) => items.push(item),
            Ok(None) | Err(FileError::Truncated { .. }) => return items,
            Err(error) => panic!("after {} items: {error}", items.len()),
        }
    }
}

#[test]
fn a_killed_program_leaves_a_recording() {
    let name = format!("lapwing-killed-{}.webm", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "survival::child", "--nocapture"])
        .env(CHILD, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let seconds = output.lines().map_while(Result::ok).filter(|line| line.contains(SECOND));
    assert_eq!(seconds.take(20).count(), 20, "the child records");
    // The signal that no program can catch.
    child.kill().unwrap();
    child.wait().unwrap();
    let bytes = std::fs::read(&path).unwrap();

    let duration = duration_ms(&bytes);
    assert!(duration > 17_000.0, "{duration}");
    let end = Duration::from_secs_f64(duration / 1_000.0);
    let open = || File::open(&path).unwrap();
    let pictures = readable(VideoTrack::new(open()).unwrap());
    for (index, frame) in (0..).zip(&pictures) {
        assert_eq!(frame.time.as_duration(), Duration::from_millis(40 * index));
    }
    let last = pictures.last().unwrap().time.as_duration();
    // The kill may fall between a cluster and the duration that belongs to it.
    assert!(last < end + Duration::from_secs(2) && last + Duration::from_secs(1) > end, "{last:?}");
    let sound = readable(AudioTrack::new(open()).unwrap());
    let last = sound.last().unwrap().time.as_duration();
    assert!(last < end + Duration::from_secs(2) && last + Duration::from_secs(1) > end, "{last:?}");
    the_index_holds(&bytes);
    seeks(&path, end);
    std::fs::remove_file(&path).unwrap();
}

/// Each entry of the index points to a cluster with a key frame at its time.
fn the_index_holds(file: &[u8]) {
    let base = elements(file_head(file), 0).last().expect("a segment").content;
    let head = elements(&file_head(file)[base..], base);
    let cues = find(&head, 0x1c53_bb6b);
    let points = elements(cues.data, cues.content);
    let points: Vec<_> = points.iter().filter(|point| point.id == 0xbb).collect();
    assert!(points.len() >= 3, "a key frame every five seconds");
    for (number, point) in points.iter().enumerate() {
        let inner = elements(point.data, 0);
        let time = find(&inner, 0xb3).number();
        assert_eq!(time, 5_000 * number as u64);
        let position = find(&elements(find(&inner, 0xb7).data, 0), 0xf1).number();
        let cluster = &file[base + position as usize..];
        assert_eq!(cluster[..4], [0x1f, 0x43, 0xb6, 0x75]);
        let size = u64::from_be_bytes(*cluster[4..].first_chunk().unwrap()) & !(1 << 56);
        let blocks = elements(&cluster[12..12 + size as usize], 0);
        let start = find(&blocks, 0xe7).number();
        let key = blocks.iter().find(|block| block.id == 0xa3 && block.data[0] == 0x81).unwrap();
        let since = u16::from_be_bytes([key.data[1], key.data[2]]);
        assert_eq!((start + u64::from(since), key.data[3]), (time, 0x80));
    }
}

/// What stands before the first cluster.
fn file_head(file: &[u8]) -> &[u8] {
    let cluster = [0x1f, 0x43, 0xb6, 0x75];
    &file[..file.windows(4).position(|window| window == cluster).expect("a cluster")]
}

/// What another program says: the duration, and that it goes to the key frame before a place.
fn seeks(path: &std::path::Path, end: Duration) {
    let run = |arguments: &[&str]| {
        let mut command = Command::new("ffprobe");
        match command.args(["-v", "quiet"]).args(arguments).arg(path).output() {
            Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
            Err(error) => {
                eprintln!("skipped: ffprobe cannot be run here ({error})");
                None
            }
        }
    };
    let Some(told) = run(&["-show_entries", "format=duration", "-of", "csv=p=0"]) else { return };
    let told: f64 = told.trim().parse().unwrap();
    assert!((told - end.as_secs_f64()).abs() < 0.01, "{told} {end:?}");
    let entries = ["-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"];
    let place = ["-select_streams", "v", "-read_intervals", "13%+#1"];
    let packet = run(&[&place[..], &entries].concat()).unwrap();
    assert!(packet.starts_with("10.000000,K"), "{packet}");
}

/// A small recording, and where its blocks end with their track and the count so far.
fn small() -> Vec<u8> {
    let settings = VideoSettings::new(64, 48, 20_000);
    let mut encoder = video_encoder(Codec::Vp8, &settings).unwrap();
    let pattern = TestPattern::new(64, 48, 25).unwrap();
    let pictures = (0..75).map(|number| pattern.picture(number));
    let video: Vec<EncodedFrame> = pictures
        .flat_map(|picture| {
            let force = picture.time().ticks() % 180_000 == 0;
            encoder.encode(&picture, force).unwrap()
        })
        .collect();
    let audio = clips::packets();
    let tracks = WebmTracks { video: Some(Codec::Vp8), audio: Some(1) };
    let mut writer = WebmWriter::new(Cursor::new(Vec::new()), tracks).unwrap();
    (0..150).for_each(|index| write_some(&mut writer, (&video, &audio), index));
    writer.finish().unwrap().into_inner()
}

/// Where each block of a track ends.
fn block_ends(segment: &[Element<'_>], track: u8) -> Vec<usize> {
    let clusters = segment.iter().filter(|element| element.id == 0x1f43_b675);
    let blocks = clusters.flat_map(|cluster| elements(cluster.data, cluster.content));
    blocks
        .filter(|block| block.id == 0xa3 && block.data[0] == 0x80 | track)
        .map(|block| block.end())
        .collect()
}

#[test]
fn a_file_cut_anywhere_is_read_up_to_there() {
    let file = small();
    let parts = segment(&file);
    let clusters: Vec<_> = parts.iter().filter(|element| element.id == 0x1f43_b675).collect();
    assert!(clusters.len() >= 3 && clusters.iter().all(|cluster| cluster.sized));
    let (pictures, packets) = (block_ends(&parts, 1), block_ends(&parts, 2));
    assert_eq!((pictures.len(), packets.len()), (75, 150));
    let start = clusters[clusters.len() - 2].start;
    for length in start..=file.len() {
        let cut = || Cursor::new(file[..length].to_vec());
        let expected = |ends: &[usize]| ends.iter().filter(|&&end| end <= length).count();
        let frames = readable(VideoTrack::new(cut()).unwrap());
        assert_eq!(frames.len(), expected(&pictures), "pictures, cut at {length}");
        let sound = readable(AudioTrack::new(cut()).unwrap());
        assert_eq!(sound.len(), expected(&packets), "sound, cut at {length}");
    }
}

#[test]
fn a_head_cut_anywhere_is_an_error_or_an_empty_file() {
    let file = small();
    let first = find(&segment(&file), 0x1f43_b675).start;
    let step = |length: usize| length < 600 || first - length < 300 || length.is_multiple_of(97);
    for length in (0..=first).filter(|&length| step(length)) {
        let cut = Cursor::new(file[..length].to_vec());
        if let Ok(track) = VideoTrack::new(cut) {
            assert!(readable(track).is_empty());
        }
    }
}

#[test]
fn what_is_known_of_a_whole_file_is_right() {
    let file = small();
    let top = elements(&file, 0);
    assert_eq!((top.len(), top[1].sized, top[1].end()), (2, true, file.len()));
    let parts = segment(&file);
    let duration = duration_ms(&file);
    assert!((2_980.0..3_060.0).contains(&duration), "{duration}");
    // The list of places names what is there.
    let places = find(&parts, 0x114d_9b74);
    for place in elements(places.data, 0) {
        let inner = elements(place.data, 0);
        let position = find(&inner, 0x53ac).number() as usize;
        let id = find(&inner, 0x53ab).number() as u32;
        assert!(parts.iter().any(|part| part.start == top[1].content + position && part.id == id));
    }
    // A key frame begins a cluster, and none is longer than a second.
    let mut last = 0;
    for cluster in parts.iter().filter(|element| element.id == 0x1f43_b675) {
        let inner = elements(cluster.data, cluster.content);
        let start = find(&inner, 0xe7).number();
        for block in inner.iter().filter(|element| element.id == 0xa3) {
            let since = u64::from(u16::from_be_bytes([block.data[1], block.data[2]]));
            assert!(since < 1_000 && start + since >= last, "times never go back");
            last = start + since;
        }
    }
    assert_eq!(last, 2_980);
}

#[test]
fn times_that_go_back_or_jump_are_written_in_order() {
    let packets = clips::packets();
    let tracks = WebmTracks { video: None, audio: Some(1) };
    let mut writer = WebmWriter::new(Cursor::new(Vec::new()), tracks).unwrap();
    let times = [0, 20, 10, 40, 100_000, 60, u64::MAX / 48];
    for (ms, packet) in times.into_iter().zip(&packets) {
        let time = MediaTime::new(ms * 48, 48_000);
        writer.write(&EncodedFrame { time, ..packet.clone() }).unwrap();
    }
    let file = writer.finish().unwrap().into_inner();
    let sound = readable(AudioTrack::new(Cursor::new(file)).unwrap());
    let times: Vec<_> = sound.iter().map(|packet| packet.time.as_duration().as_millis()).collect();
    assert_eq!(times[..6], [0, 20, 20, 40, 100_000, 100_000]);
    assert_eq!(times.len(), 7);
    assert!(times[6] > 100_000);
}
