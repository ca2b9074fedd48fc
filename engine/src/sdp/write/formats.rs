//! What is said of a format.

use std::fmt;

use super::lines::{After, Lines};
use crate::sdp::{Feedback, Format};

impl Lines<'_, '_> {
    pub(super) fn format(&mut self, format: &Format) -> fmt::Result {
        let Format { name, clock_rate, channels, .. } = format;
        if let (Some(encoding), Some(clock_rate)) = (&format.encoding, clock_rate) {
            let channels = After("/", *channels);
            self.line(format_args!("a=rtpmap:{name} {encoding}/{clock_rate}{channels}"))?;
        }
        let mut feedback = format.feedback.iter();
        feedback.try_for_each(|feedback| self.line(format_args!("a=rtcp-fb:{name} {feedback}")))?;
        let parameters = format.parameters.as_ref();
        parameters
            .map_or(Ok(()), |parameters| self.line(format_args!("a=fmtp:{name} {parameters}")))
    }
}

impl fmt::Display for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind, After(" ", self.parameter.as_ref()))
    }
}
