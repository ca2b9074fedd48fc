//! `a=rtpmap`, `a=fmtp` and `a=rtcp-fb`, each for a format of the m-line.

use std::sync::Arc;

use crate::sdp::error::SdpFault;
use crate::sdp::grammar::{non_empty, number, split_field, token};
use crate::sdp::limits::FEEDBACK_MAX;
use crate::sdp::{Feedback, Format};

/// The formats of an m-line while lines about them are read. Lines about others are left out:
/// browsers leave such lines behind when they take a codec away.
pub(super) struct FormatReader {
    formats: Vec<Format>,
    /// The feedback of each of them so far.
    feedback: Vec<Vec<Feedback>>,
}

impl FormatReader {
    pub(super) fn new(formats: Vec<Format>) -> Self {
        FormatReader { feedback: vec![Vec::new(); formats.len()], formats }
    }

    /// Takes an attribute if it is about formats; with its name, for errors. `feedback_left` says
    /// how much feedback the description may still list.
    pub(super) fn read(
        &mut self,
        name: &str,
        value: &str,
        feedback_left: &mut usize,
    ) -> Option<(&'static str, Result<(), SdpFault>)> {
        let (format, rest) = split_field(value);
        Some(match name {
            "rtpmap" => ("a=rtpmap", self.about(format).map_or(Ok(()), |found| map(found, rest))),
            "fmtp" => {
                self.about(format).into_iter().for_each(|found| add_parameters(found, rest));
                ("a=fmtp", Ok(()))
            }
            "rtcp-fb" => ("a=rtcp-fb", self.feedback(format, rest, feedback_left)),
            _ => return None,
        })
    }

    fn about(&mut self, name: &str) -> Option<&mut Format> {
        self.formats.iter_mut().find(|format| format.name == name)
    }

    /// `96 nack pli`, or `* nack` for every format (RFC 4585 section 4.2). One that has this very
    /// name, as in BFCP, has none.
    fn feedback(&mut self, name: &str, rest: &str, left: &mut usize) -> Result<(), SdpFault> {
        let (kind, parameter) = split_field(rest);
        let kind = non_empty(kind).ok_or(SdpFault::Missing("kind"))?;
        let parameter = non_empty(parameter);
        let said = Feedback::new(kind, parameter);
        let is_meant = |format: &Format| (format.name == name) != (name == "*");
        let all = self.formats.iter().zip(&mut self.feedback);
        for (_, feedback) in all.filter(|(format, _)| is_meant(format)) {
            if feedback.len() == FEEDBACK_MAX {
                return Err(SdpFault::TooMany("kinds for one format", FEEDBACK_MAX));
            }
            const TOTAL: usize = crate::sdp::limits::FEEDBACK_TOTAL_MAX;
            *left = left.checked_sub(1).ok_or(SdpFault::TooMany("kinds in all", TOTAL))?;
            feedback.push(said.clone());
        }
        Ok(())
    }

    /// Formats with the same feedback share one list.
    pub(super) fn finish(self) -> Vec<Format> {
        let mut formats = self.formats;
        for (index, feedback) in self.feedback.into_iter().enumerate() {
            if !feedback.is_empty() {
                let known = formats[..index].iter().find(|other| *other.feedback == *feedback);
                let known = known.map(|other| Arc::clone(&other.feedback));
                formats[index].feedback = known.unwrap_or_else(|| feedback.into());
            }
        }
        formats
    }
}

/// `opus/48000/2` (RFC 8866 section 6.6).
fn map(format: &mut Format, value: &str) -> Result<(), SdpFault> {
    let mut fields = value.split('/');
    let encoding = token(fields.next().unwrap_or_default(), "the encoding")?;
    let clock_rate = number(fields.next().unwrap_or_default(), "the clock rate")?;
    let channels = fields.next().map(|channels| number(channels, "the number of channels"));
    let channels = channels.transpose()?;
    if fields.next().is_some() {
        return Err(SdpFault::Surplus);
    }
    let read = (Some(encoding), Some(clock_rate), channels);
    let before = (format.encoding.as_deref(), format.clock_rate, format.channels);
    if before.0.is_some() && before != read {
        return Err(SdpFault::Contradiction);
    }
    format.encoding = Some(encoding.into());
    (format.clock_rate, format.channels) = (Some(clock_rate), channels);
    Ok(())
}

/// Parameters may be spread over several lines, which old Chromium did: they are one list.
fn add_parameters(format: &mut Format, value: &str) {
    match &mut format.parameters {
        _ if value.is_empty() => {}
        Some(before) => *before = format!("{before};{value}").into(),
        place => *place = Some(value.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::limits::FEEDBACK_TOTAL_MAX;

    fn reader(names: &[&str]) -> FormatReader {
        let format = |name: &&str| Format { name: (*name).to_owned(), ..Format::default() };
        FormatReader::new(names.iter().map(format).collect())
    }

    fn read(reader: &mut FormatReader, name: &str, value: &str) -> Result<(), SdpFault> {
        let mut left = FEEDBACK_TOTAL_MAX;
        reader.read(name, value, &mut left).expect("it is about formats").1
    }

    #[test]
    fn lines_about_a_format() {
        let mut formats = reader(&["111", "0"]);
        for (name, value) in [
            ("rtpmap", "111 opus/48000/2"),
            ("rtpmap", "111  opus/48000/2"),
            ("fmtp", "111 minptime=10"),
            ("fmtp", "111"),
            ("fmtp", "111 useinbandfec=1"),
            ("rtcp-fb", "111 transport-cc"),
            ("rtcp-fb", "* nack pli"),
            ("rtpmap", "112 garbage"),
            ("rtcp-fb", "112 nack"),
        ] {
            assert_eq!(read(&mut formats, name, value), Ok(()), "{name} {value}");
        }
        let formats = formats.finish();
        assert_eq!(formats[0].encoding.as_deref(), Some("opus"));
        assert_eq!((formats[0].clock_rate, formats[0].channels), (Some(48_000), Some(2)));
        assert_eq!(formats[0].parameters.as_deref(), Some("minptime=10;useinbandfec=1"));
        let kinds = |format: &Format| {
            let pair = |f: &Feedback| (f.kind().to_owned(), f.parameter().map(str::to_owned));
            format.feedback.iter().map(pair).collect::<Vec<_>>()
        };
        let pli = ("nack".to_owned(), Some("pli".to_owned()));
        assert_eq!(kinds(&formats[0]), [("transport-cc".to_owned(), None), pli.clone()]);
        assert_eq!(kinds(&formats[1]), [pli]);
    }

    #[test]
    fn malformed_maps() {
        for (value, fault) in [
            ("96", SdpFault::Characters("the encoding")),
            ("96 VP8", SdpFault::Number("the clock rate")),
            ("96 VP8/x", SdpFault::Number("the clock rate")),
            ("96 opus/48000/x", SdpFault::Number("the number of channels")),
            ("96 opus/48000/2/3", SdpFault::Surplus),
        ] {
            assert_eq!(read(&mut reader(&["96"]), "rtpmap", value), Err(fault), "{value}");
        }
        let mut formats = reader(&["96"]);
        assert_eq!(read(&mut formats, "rtpmap", "96 VP8/90000"), Ok(()));
        let fault = Err(SdpFault::Contradiction);
        assert_eq!(read(&mut formats, "rtpmap", "96 VP9/90000"), fault);
    }

    #[test]
    fn feedback_is_limited() {
        let mut formats = reader(&["96", "97"]);
        assert_eq!(read(&mut formats, "rtcp-fb", "96"), Err(SdpFault::Missing("kind")));
        for _ in 0..FEEDBACK_MAX {
            assert_eq!(read(&mut formats, "rtcp-fb", "96 nack"), Ok(()));
        }
        let fault = SdpFault::TooMany("kinds for one format", FEEDBACK_MAX);
        assert_eq!(read(&mut formats, "rtcp-fb", "* nack"), Err(fault));
        let fault = SdpFault::TooMany("kinds in all", FEEDBACK_TOTAL_MAX);
        let read = reader(&["96", "97"]).read("rtcp-fb", "* nack", &mut 1);
        assert_eq!(read, Some(("a=rtcp-fb", Err(fault))));
    }
}
