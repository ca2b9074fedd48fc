//! The receiver to compare with: a buffer that holds each packet for 60 ms, the decoder behind it,
//! copies and the decoder's concealment for what is missing.

use std::time::{Duration, Instant};

use lapwing_engine::Codec;
use lapwing_media::{LatePolicy, PlayoutBuffer, Polled, Source, audio_decoder};

use crate::line::Arrival;
use crate::score::Heard;

const DEPTH: Duration = Duration::from_millis(60);
const FRAME: usize = 960;

pub(crate) fn listen(arrivals: Vec<Arrival>) -> Heard {
    let start = Instant::now();
    let mut buffer = PlayoutBuffer::new(DEPTH, LatePolicy::Drop);
    let mut decoder = audio_decoder(Codec::Opus, 48_000, 1).expect("Opus is built in");
    let mut heard = Heard::default();
    let mut arrivals = arrivals.into_iter().peekable();
    // When each packet came, by its place in the clip.
    let mut came = std::collections::BTreeMap::new();
    let mut waited = Duration::ZERO;
    let (mut played, mut run) = (0_u32, 0);
    for pull in 0..(crate::score::SECONDS * 100.0) as u32 {
        let now = Duration::from_millis(10) * pull;
        while let Some(arrival) = arrivals.next_if(|arrival| arrival.at <= now) {
            came.insert(arrival.frame.time.ticks(), arrival.at);
            buffer.push(arrival.frame, start + arrival.at);
        }
        while let Polled::Item(frame) = buffer.poll(start + now) {
            let at = frame.time.ticks() as usize;
            while heard.data.len() < at {
                let missing = at - heard.data.len();
                let span = Duration::from_millis(20);
                let recovered = (missing == FRAME).then(|| decoder.recover(&frame, span)).flatten();
                run = if recovered.is_some() { 0 } else { run + FRAME };
                heard.concealed += if recovered.is_some() { 0 } else { FRAME };
                heard.interruptions += usize::from(run == 8 * FRAME);
                let samples = recovered.unwrap_or_else(|| decoder.conceal(span));
                heard.data.extend_from_slice(samples.data());
            }
            run = 0;
            waited += now.saturating_sub(came[&frame.time.ticks()]);
            played += 1;
            heard.data.extend_from_slice(decoder.decode(&frame).expect("it was encoded").data());
        }
    }
    heard.delay_ms = waited.as_secs_f64() * 1_000.0 / f64::from(played.max(1));
    heard
}
