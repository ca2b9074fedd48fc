//! What is said of a format.

use std::fmt;

use super::lines::{After, Lines};
use crate::sdp::{Feedback, Format};

impl Lines<'_, '_> {
    /// What is said of formats, and then of all of them together.
    pub(super) fn formats(&mut self, formats: &[Format]) -> fmt::Result {
        let common = common(formats);
        formats.iter().try_for_each(|format| self.format(format, common.is_some()))?;
        common.map_or(Ok(()), |feedback| self.line(format_args!("a=rtcp-fb:* {feedback}")))
    }

    fn format(&mut self, format: &Format, without_last: bool) -> fmt::Result {
        let Format { name, clock_rate, channels, .. } = format;
        if let (Some(encoding), Some(clock_rate)) = (&format.encoding, clock_rate) {
            let channels = After("/", *channels);
            self.line(format_args!("a=rtpmap:{name} {encoding}/{clock_rate}{channels}"))?;
        }
        let own = format.feedback.len() - usize::from(without_last);
        let mut feedback = format.feedback[..own].iter();
        feedback.try_for_each(|feedback| self.line(format_args!("a=rtcp-fb:{name} {feedback}")))?;
        let parameters = format.parameters.as_ref();
        parameters
            .map_or(Ok(()), |parameters| self.line(format_args!("a=fmtp:{name} {parameters}")))
    }
}

/// Feedback of RFC 8888 that every format ends with: it has to be said of `*` (section 6).
fn common(formats: &[Format]) -> Option<&Feedback> {
    let common = formats.first()?.feedback.last()?;
    let ends_with_it =
        |format: &Format| format.feedback.last() == Some(common) && format.name != "*";
    (common.is_congestion_control() && formats.iter().all(ends_with_it)).then_some(common)
}

impl fmt::Display for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind(), After(" ", self.parameter()))
    }
}

#[cfg(test)]
mod tests {
    use crate::sdp::{Description, Feedback};

    const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
    const LINES: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\n\
        a=rtcp-fb:96 nack\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtcp-fb:* ack ccfb\r\n";

    #[test]
    fn feedback_of_all_packets_is_said_of_all_formats() {
        let text = format!("{HEAD}{LINES}");
        let read = Description::parse(&text).unwrap();
        let ccfb = Feedback::new("ack", Some("ccfb"));
        assert!(read.media[0].formats.iter().all(|format| format.feedback.last() == Some(&ccfb)));
        assert_eq!(read.to_string(), text);
        let mut without = read.clone();
        without.media[0].formats[1].feedback = [].into();
        let written = without.to_string();
        assert!(written.contains("a=rtcp-fb:96 ack ccfb\r\n") && !written.contains("fb:*"));
        assert_eq!(Description::parse(&written).unwrap(), without);
    }
}
