//! What `lapwing call` takes.

use std::path::PathBuf;
use std::str::FromStr;

use lapwing_engine::Codec;

use crate::join::JoinArgs;

const EXAMPLES: &str = "Examples:
  lapwing call http://127.0.0.1:8080/r/tea
      Joins the room with a test pattern and a tone, and shows what happens.
  lapwing call http://127.0.0.1:8080/r/tea --video clip.ivf --audio speech.wav --record calls
      Sends files, again and again, and records every participant as WebM.
  lapwing call 'http://127.0.0.1:8080/r/tea?mode=direct' --codec av1 --ascii
      Between two, without the server; shows the other's pictures in the terminal.
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
    /// Pictures to send: a file (IVF, Y4M), "pattern" or "none".
    #[arg(long, value_name = "FILE|pattern|none", default_value = "pattern")]
    pub video: VideoInput,
    /// Sound to send: a file (WAV, Ogg/Opus), "tone" or "none".
    #[arg(long, value_name = "FILE|tone|none", default_value = "tone")]
    pub audio: AudioInput,
    /// Video codec to send: vp8, which is the default, or av1. Both are taken from others.
    #[arg(long, value_parser = video_codec)]
    pub codec: Option<Codec>,
    /// Size of the pictures sent. Without it 640x360, or 320x180 for av1.
    #[arg(long, value_name = "WxH")]
    pub size: Option<Size>,
    /// Highest video bit rate, in kbit/s.
    #[arg(long, value_name = "KBPS", default_value_t = 1500, value_parser = clap::value_parser!(u32).range(50..=20_000))]
    pub max_bitrate: u32,
    /// Record every participant as WebM into this folder.
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
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
}

/// Where pictures come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoInput {
    /// Generated.
    Pattern,
    /// Nowhere: nothing is sent.
    None,
    /// A file, played again and again.
    File(PathBuf),
}

/// Where sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioInput {
    /// Generated.
    Tone,
    /// Nowhere: nothing is sent.
    None,
    /// A file, played again and again.
    File(PathBuf),
}

/// A size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width, even.
    pub width: u32,
    /// Height, even.
    pub height: u32,
}

impl FromStr for VideoInput {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "pattern" => VideoInput::Pattern,
            "none" => VideoInput::None,
            path => VideoInput::File(path.into()),
        })
    }
}

impl FromStr for AudioInput {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "tone" => AudioInput::Tone,
            "none" => AudioInput::None,
            path => AudioInput::File(path.into()),
        })
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("{text:?} is no size: two even numbers from 32 to 3840, as 640x360");
        let side = |side: &str| {
            side.parse()
                .ok()
                .filter(|side: &u32| (32..=3840).contains(side) && side.is_multiple_of(2))
        };
        let (width, height) = text.split_once('x').ok_or_else(fault)?;
        let (width, height) = side(width).zip(side(height)).ok_or_else(fault)?;
        Ok(Size { width, height })
    }
}

fn video_codec(text: &str) -> Result<Codec, String> {
    match text.parse::<Codec>() {
        Ok(codec @ (Codec::Vp8 | Codec::Av1)) => Ok(codec),
        Ok(codec) => Err(format!("there is no encoder for {codec} here; take vp8 or av1")),
        Err(error) => Err(error.to_string()),
    }
}

/// Arguments as if typed, for tests.
#[cfg(test)]
pub(super) fn test_args(words: &[&str]) -> Args {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }
    let words = ["call", "http://127.0.0.1:1/r/x"].into_iter().chain(words.iter().copied());
    <Line as clap::Parser>::parse_from(words).args
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_sizes_and_codecs() {
        assert_eq!("pattern".parse(), Ok(VideoInput::Pattern));
        assert_eq!("a.ivf".parse(), Ok(VideoInput::File("a.ivf".into())));
        assert_eq!("none".parse(), Ok(AudioInput::None));
        assert_eq!("640x360".parse(), Ok(Size { width: 640, height: 360 }));
        for bad in ["640", "640x", "641x360", "0x0", "10x10", "9000x2", "-2x4"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
        assert_eq!(video_codec("AV1"), Ok(Codec::Av1));
        assert!(video_codec("opus").is_err() && video_codec("h264").is_err());
    }
}
