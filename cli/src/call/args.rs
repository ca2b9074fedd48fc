//! What `lapwing call` takes.

use std::path::PathBuf;
use std::time::Duration;

use lapwing_engine::Codec;
use lapwing_media::processing::{CleanerSettings, ProcessorSettings};
use lapwing_media::sending::ContentHint;
use lapwing_rooms::call::{CallConfig, SendConfig, Size};

use super::devices::{Pictures, Sound};
use crate::join::JoinArgs;

const EXAMPLES: &str = "Examples:
  lapwing call http://127.0.0.1:8080/r/tea
      Joins the room with a test pattern and a tone, and shows what happens.
  lapwing call http://127.0.0.1:8080/r/tea --video clip.ivf --audio speech.wav --record calls
      Sends files, again and again, and records every participant as WebM.
  lapwing call http://127.0.0.1:8080/r/tea --video camera --audio microphone --speaker
      Talks, with what there is at this machine.
  lapwing call 'http://127.0.0.1:8080/r/tea?mode=direct' --codec av1 --ascii
      Between two, without the server; shows the other's pictures in the terminal.
  lapwing call http://127.0.0.1:8080/r/tea --size 1280x720 --layers 3 --max-bitrate 3000
      Sends three sizes at once; everybody gets the one that suits the network there.
  lapwing call http://127.0.0.1:8080/r/tea --seconds 20 --expect-tracks 2 --json
      A check for scripts: ends after twenty connected seconds with a report, and with status 1
      unless two tracks came in.
  lapwing call http://127.0.0.1:8080/r/tea --log tea.log
      Logs what enters the engine; \"lapwing replay tea.log\" does it all again, offline.

Lines typed are sent as chat; lines from others are printed. The host of a room, which is whoever is
there longest, types /lock and /unlock, /admit NAME and /deny NAME. Ctrl-C ends the call and prints
the report.

Exit status: 0 when the call came about and every announced track came in (of those who left before
sending anything, none is expected), or with --expect-tracks when so many did; 1 when not, or when no
call came about; 2 when the command is wrong; 101 after a fault of the program itself; 130 after a
second Ctrl-C.";

/// Call the people in a room.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The room, and how to get there.
    #[command(flatten)]
    pub join: JoinArgs,
    /// Pictures to send: a file, "pattern", "none", or a device: "camera", "screen" or "window",
    /// with the id or a part of the name of one behind a colon, as window:Terminal. "lapwing
    /// devices" lists them.
    #[arg(long, value_name = "FILE|DEVICE|pattern|none", default_value = "pattern")]
    pub video: Pictures,
    /// Sound to send: a file, "tone", "none", or "microphone", which may be followed by a colon and
    /// which one.
    #[arg(long, value_name = "FILE|DEVICE|tone|none", default_value = "tone")]
    pub audio: Sound,
    /// Play what is heard of everybody on a speaker: the first, or the one with this id.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    pub speaker: Option<String>,
    /// Video codec to send: vp8, which is the default, vp9, h264 or av1. All are taken from others.
    #[arg(long, value_parser = video_codec)]
    pub codec: Option<Codec>,
    /// Size of the pictures sent. Without it 640x360, or 320x180 for av1.
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<Size>,
    /// Layers of the pictures sent, each half as large as the next: the server hands on to each
    /// participant the best that its network carries. Between two, one is sent.
    #[arg(long, value_name = "1|2|3", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub layers: u8,
    /// Highest video bit rate, in kbit/s.
    #[arg(long, value_name = "KBPS", default_value_t = 1500, value_parser = clap::value_parser!(u32).range(50..=20_000))]
    pub max_bitrate: u32,
    /// What the pictures show: of motion the frame rate is kept as long as possible when the
    /// network carries less, of detail, such as text, the resolution.
    #[arg(long, value_name = "none|motion|detail", default_value = "none", value_parser = content)]
    pub content: ContentHint,
    /// Temporal layers of the pictures sent in VP8 or VP9, 1 to 3: of several, losses in the upper
    /// ones cost single pictures only.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub temporal_layers: u8,
    /// Spatial layers of the pictures sent in VP9, 1 to 3: sizes in one stream, each half as large
    /// as the next, of which the server hands on to each participant those that its network
    /// carries. The smallest has 240x135 at least, so that small pictures have fewer.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub spatial_layers: u8,
    /// What is done to the sound that is sent: "all", "none", or some of echo, noise and gain, as
    /// noise,gain. Without it, all for a microphone, and nothing for files and the tone.
    #[arg(long, value_name = "all|none|LIST", value_parser = processing)]
    pub processing: Option<ProcessorSettings>,
    /// Take noise out of the pictures that are sent, and lift dark ones.
    #[arg(long)]
    pub clean: bool,
    /// Record every participant as WebM into this folder.
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Write what is heard of everybody, as loudspeakers would play it, into this WAV file.
    #[arg(long, value_name = "FILE")]
    pub play: Option<PathBuf>,
    /// Take files that are offered into this folder. Without it they are declined.
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// End after so many connected seconds. Without it, go on until Ctrl-C.
    #[arg(long, value_name = "N")]
    pub seconds: Option<u64>,
    /// Give up when nobody was reached after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
    /// Fail unless so many tracks came in. Without it, fail when an announced one did not.
    #[arg(long, value_name = "N")]
    pub expect_tracks: Option<usize>,
    /// Show the first video that comes in as text.
    #[arg(long, conflicts_with = "json")]
    pub ascii: bool,
    /// Show how loud everybody is, and what the network is thought to carry, in a line that is
    /// rewritten. So it is on a terminal in any case, unless events are logged onto it
    /// (LAPWING_LOG). It is never where the standard error is no terminal, nor with --json or
    /// --ascii.
    #[arg(long, overrides_with = "no_levels")]
    pub levels: bool,
    /// Do not show that line.
    #[arg(long, overrides_with = "levels")]
    pub no_levels: bool,
}

impl Args {
    /// What is sent.
    pub(super) fn send(&self) -> SendConfig {
        SendConfig {
            video: self.video.input(),
            audio: self.audio.input(),
            codec: self.codec,
            size: self.size,
            layers: usize::from(self.layers),
            max_bps: self.max_bitrate * 1000,
            content: self.content,
            processing: self.processing,
            cleaning: if self.clean { CleanerSettings::ALL } else { CleanerSettings::NONE },
            temporal_layers: self.temporal_layers,
            spatial_layers: self.spatial_layers,
        }
    }

    /// Whether a terminal shows how loud everybody is, while events are logged onto it or not.
    pub(super) fn shows_levels(&self, logs: bool) -> bool {
        self.levels || !(self.no_levels || logs)
    }

    /// How the call goes.
    pub(super) fn call(&self) -> CallConfig {
        CallConfig {
            room: self.join.url.room.clone(),
            name: self.join.name.clone(),
            driver: self.join.driver,
            lasts: self.seconds.map(Duration::from_secs),
            wait: self.wait.map(Duration::from_secs),
            expect_tracks: self.expect_tracks,
        }
    }
}

fn content(text: &str) -> Result<ContentHint, String> {
    match text {
        "none" => Ok(ContentHint::None),
        "motion" => Ok(ContentHint::Motion),
        "detail" => Ok(ContentHint::Detail),
        _ => Err(format!("{text:?} is none of none, motion and detail")),
    }
}

fn processing(text: &str) -> Result<ProcessorSettings, String> {
    let mut settings = match text {
        "all" => return Ok(ProcessorSettings::ALL),
        "none" => return Ok(ProcessorSettings::NONE),
        _ => ProcessorSettings { high_pass: true, ..ProcessorSettings::NONE },
    };
    for name in text.split(',') {
        match name {
            "echo" => settings.echo_cancellation = true,
            "noise" => settings.noise_suppression = true,
            "gain" => settings.auto_gain_control = true,
            _ => return Err(format!("{name:?} is none of all, none, echo, noise and gain")),
        }
    }
    Ok(settings)
}

fn size(text: &str) -> Result<Size, String> {
    let fault = || format!("{text:?} is no size: two even numbers from 32 to 3840, as 640x360");
    let side = |side: &str| {
        side.parse().ok().filter(|side: &u32| (32..=3840).contains(side) && side.is_multiple_of(2))
    };
    let (width, height) = text.split_once('x').ok_or_else(fault)?;
    let (width, height) = side(width).zip(side(height)).ok_or_else(fault)?;
    Ok(Size { width, height })
}

fn video_codec(text: &str) -> Result<Codec, String> {
    match text.parse::<Codec>() {
        Ok(codec @ (Codec::Vp8 | Codec::Vp9 | Codec::H264 | Codec::Av1)) => Ok(codec),
        Ok(codec) => {
            Err(format!("there is no encoder for {codec} here; take vp8, vp9, h264 or av1"))
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches};

    use super::*;

    #[test]
    fn the_last_word_on_levels_counts() {
        let shows = |words: &[&str], logs| {
            let command = Args::augment_args(clap::Command::new("call"));
            let words = ["call", "http://127.0.0.1/r/tea"].iter().chain(words);
            let matches = command.try_get_matches_from(words).expect("they are arguments");
            Args::from_arg_matches(&matches).expect("they are whole").shows_levels(logs)
        };
        for (words, plain, logs) in [
            (&[][..], true, false),
            (&["--levels"], true, true),
            (&["--no-levels"], false, false),
            (&["--no-levels", "--levels"], true, true),
            (&["--levels", "--no-levels"], false, false),
        ] {
            assert_eq!((shows(words, false), shows(words, true)), (plain, logs), "{words:?}");
        }
    }

    #[test]
    fn sizes_codecs_and_the_like() {
        assert_eq!(size("640x360"), Ok(Size { width: 640, height: 360 }));
        for bad in ["640", "640x", "641x360", "0x0", "10x10", "9000x2", "-2x4"] {
            assert!(size(bad).is_err(), "{bad}");
        }
        assert_eq!(processing("all"), Ok(ProcessorSettings::ALL));
        let some = processing("noise,gain").expect("two of three");
        assert!(some.noise_suppression && some.auto_gain_control && !some.echo_cancellation);
        assert!(processing("noise,").is_err() && processing("").is_err());
        assert_eq!(content("detail"), Ok(ContentHint::Detail));
        assert!(content("text").is_err());
        assert_eq!(video_codec("AV1"), Ok(Codec::Av1));
        assert_eq!(video_codec("vp9"), Ok(Codec::Vp9));
        assert_eq!(video_codec("h264"), Ok(Codec::H264));
        assert!(video_codec("opus").is_err() && video_codec("h265").is_err());
    }
}
