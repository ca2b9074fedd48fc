//! M-lines for which no codec is shared (RFC 3264 section 6: such a stream is rejected, the others live).

use super::description::MediaSummary;
use super::formats::Formats;
use super::handle::Negotiation;
use crate::event::CodecMismatch;

impl Negotiation<'_> {
    /// Marks the m-lines of an applied remote description that carry no codec of ours, and gives those of which that
    /// is news.
    pub(super) fn find_mismatches(
        &mut self,
        sdp: &str,
        media: &mut [MediaSummary],
    ) -> Vec<CodecMismatch> {
        let mut news = Vec::new();
        for (summary, formats) in media.iter_mut().zip(Formats::of(sdp)) {
            let (Some(kind), Some(mid)) = (summary.kind, formats.mid()) else { continue };
            if summary.rejected || !self.rtc.session_mut().codecs(mid).is_empty() {
                continue;
            }
            summary.no_common_codec = true;
            if !self.rtc.jsep().is_mismatched(mid) {
                let known = self.rtc.codecs().filter(|codec| codec.kind() == kind).collect();
                news.push(CodecMismatch { mid, kind, offered: formats.names(), known });
            }
        }
        news
    }
}
