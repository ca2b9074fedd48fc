//! Whether the library came to what was agreed on.

use str0m::Rtc as StrRtc;

use super::line::Line;
use super::negotiated::{Negotiated, Slot};
use crate::session::str0m::catalogue::MID_URI;
use crate::session::str0m::convert;

/// What the library did otherwise; `None` for nothing.
pub(super) fn difference(next: &Negotiated, rtc: &StrRtc) -> Option<&'static str> {
    for numbered in next.numbers.codecs() {
        let params = rtc.codec_config().params().get(numbered.codec.0);
        let is_same = params.is_some_and(|params| {
            *params.pt() == numbered.payload_type.0
                && params.resend().map(|rtx| *rtx) == numbered.rtx.map(|rtx| rtx.0)
        });
        if !is_same {
            return Some("another payload type");
        }
    }
    next.slots.iter().find_map(|slot| match slot {
        Slot::Media(line) => line_difference(line, rtc),
        Slot::Vacant { mid, .. } => {
            let media = rtc.media(convert::to_mid(*mid));
            media.is_some_and(|media| !media.disabled()).then_some("an m-line that goes on")
        }
        Slot::Data { .. } => None,
    })
}

fn line_difference(line: &Line, rtc: &StrRtc) -> Option<&'static str> {
    let Some(media) = rtc.media(convert::to_mid(line.mid)).filter(|media| !media.disabled()) else {
        return Some("an m-line less");
    };
    if convert::kind(media.kind()) != line.kind {
        return Some("an m-line of another kind");
    }
    if convert::direction(media.direction()) != line.direction {
        return Some("another direction");
    }
    let agreed = line.codecs.iter().map(|codec| codec.numbered.payload_type.0);
    let (mut agreed, mut found): (Vec<u8>, Vec<u8>) =
        (agreed.collect(), media.remote_pts().iter().map(|number| **number).collect());
    agreed.sort_unstable();
    found.sort_unstable();
    if agreed != found {
        return Some("other payload types of an m-line");
    }
    let has_mid = media.remote_extmap().iter().any(|(_, known)| known.as_uri() == MID_URI);
    (has_mid != line.has_extension(MID_URI)).then_some("another way to tell m-lines apart")
}
