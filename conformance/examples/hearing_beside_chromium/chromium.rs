//! What Chromium hears.

use std::error::Error;
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Browser, Kind, Options, Pages, version};
use lapwing_engine::{CopyDistances, EncodedFrame};
use serde_json::{Value, json};

use crate::score::{Heard, SECONDS};
use crate::talker::{Delays, Talker};

/// How long a connection may take on a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// Samples that are fetched at once.
const PART: usize = 96_000;

/// What came of frames that were said.
pub(crate) struct Told {
    pub(crate) heard: Heard,
    /// When each packet left, counted from the first frame's beginning; `None` for a lost one.
    pub(crate) left: Vec<Option<Duration>>,
    /// By how much the worst of them left too late.
    pub(crate) late: Duration,
}

pub(crate) struct Chromium {
    browser: Browser,
    pub(crate) version: String,
    _pages: Pages,
}

impl Chromium {
    pub(crate) fn launch() -> Result<Self, Box<dyn Error>> {
        let pages = Pages::serve(&[
            ("/", include_str!("page.html")),
            ("/control.js", include_str!("../../tests/it/browser/control.js")),
        ])?;
        let browser = Browser::launch(Kind::Chromium, &pages.url("/"), &Options::default())?;
        Ok(Chromium { browser, version: version(Kind::Chromium).to_owned(), _pages: pages })
    }

    /// Says frames to it.
    pub(crate) fn hear(
        &mut self,
        copies: CopyDistances,
        frames: &[EncodedFrame],
        delays: Delays,
    ) -> Result<Told, Box<dyn Error>> {
        let mut talker = Talker::new(copies)?;
        let offer = json!({ "type": "offer", "sdp": talker.offer() });
        let answer = self.browser.eval(&format!("answer({offer})"))?;
        let sdp = answer["sdp"].as_str().ok_or("no answer")?.to_owned();
        if !copies.is_empty() && !sdp.contains("red/48000") {
            return Err("the answer has no RED".into());
        }
        talker.accept(sdp)?;
        let end = Instant::now() + SOON;
        while !talker.is_connected() {
            if Instant::now() > end {
                return Err("not connected".into());
            }
            talker.run(Instant::now() + Duration::from_millis(20));
        }
        talker.run(Instant::now() + Duration::from_millis(500));
        talker.say(frames, delays)?;
        Ok(Told { heard: self.heard()?, left: talker.left, late: talker.late })
    }

    fn heard(&mut self) -> Result<Heard, Box<dyn Error>> {
        if self.browser.eval("rate")? != 48_000 {
            return Err("it does not play at 48 kHz".into());
        }
        let figures = self.browser.eval("figures")?;
        let all = figures.as_array().ok_or("no figures")?;
        let number = |of: &Value, name: &str| of[name].as_f64().unwrap_or(0.0);
        let first = all.iter().find(|it| number(it, "packetsReceived") > 0.0);
        let (first, last) = first.zip(all.last()).ok_or("nothing came")?;
        let grown = |name: &str| number(last, name) - number(first, name);
        let total = grown("totalSamplesReceived").max(1.0);
        let delay = grown("jitterBufferDelay") / grown("jitterBufferEmittedCount").max(1.0);
        let mut data = Vec::new();
        let wanted = (SECONDS * 48_000.0) as usize;
        while data.len() < wanted {
            let (from, to) = (data.len(), (data.len() + PART).min(wanted));
            let text = self.browser.eval(&format!("samples({from}, {to})"))?;
            let bytes = decode(text.as_str().ok_or("no samples")?);
            if bytes.is_empty() {
                break;
            }
            let pairs = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
            data.extend(pairs.map(|sample| f32::from(sample) / 32_768.0));
        }
        // The scorer takes shares of what was heard.
        let concealed = grown("concealedSamples") / total * data.len() as f64;
        let concealed = concealed as usize;
        Ok(Heard { data, concealed, delay_ms: delay * 1_000.0, interruptions: 0 })
    }
}

/// Base64 (RFC 4648 section 4), as the page writes it.
fn decode(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u32> = text.bytes().map_while(value).map(u32::from).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let whole = four.iter().fold(0, |sum, digit| sum << 6 | digit) << (6 * (4 - four.len()));
        let [_, bytes @ ..] = whole.to_be_bytes();
        bytes.into_iter().take(four.len() * 6 / 8)
    });
    bytes.collect()
}
