//! A text as lines.

use crate::sdp::error::{SdpError, SdpFault};

/// A line that is one: `m=audio 9 UDP/TLS/RTP/SAVPF 0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Counted from one.
    pub(super) number: usize,
    /// The letter before `=`.
    pub(super) kind: u8,
    /// What follows it, without white space at its end.
    pub(super) value: &'a str,
}

impl<'a> Line<'a> {
    /// The error of this line.
    pub(super) fn error(&self, attribute: &'static str, fault: SdpFault) -> SdpError {
        SdpError { line: self.number, attribute, fault }
    }

    /// Name and value of an attribute, which has a value where there is a colon.
    pub(super) fn attribute(&self) -> (&'a str, Option<&'a str>) {
        match self.value.split_once(':') {
            Some((name, value)) => (name, Some(value)),
            None => (self.value, None),
        }
    }
}

/// The lines of a text, empty ones left out. They end with CRLF, or with LF as browsers take it;
/// white space at their ends does not count.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Result<Line<'_>, SdpError>> {
    let numbered = text.split('\n').enumerate();
    let trimmed = numbered.map(|(index, line)| (index + 1, line.trim_ascii_end()));
    trimmed.filter(|(_, line)| !line.is_empty()).map(|(number, line)| read(number, line))
}

fn read(number: usize, line: &str) -> Result<Line<'_>, SdpError> {
    let error = |fault| SdpError { line: number, attribute: "", fault };
    if line.bytes().any(|byte| byte == b'\0' || byte == b'\r') {
        return Err(error(SdpFault::ControlCharacter));
    }
    match (line.as_bytes(), line.get(2..)) {
        ([kind, b'=', ..], Some(value)) if kind.is_ascii_alphabetic() => {
            Ok(Line { number, kind: *kind, value })
        }
        _ => Err(error(SdpFault::NoType)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_lines_may_be_mixed() {
        let read: Result<Vec<_>, _> = lines("v=0\r\n\ns=- \t\r\r\n\r\na=mid:0").collect();
        let read = read.expect("all are lines");
        let parts: Vec<_> = read.iter().map(|line| (line.number, line.kind, line.value)).collect();
        assert_eq!(parts, [(1, b'v', "0"), (3, b's', "-"), (5, b'a', "mid:0")]);
        assert_eq!(read[2].attribute(), ("mid", Some("0")));
    }

    #[test]
    fn what_is_no_line_is_named() {
        let fault = |text| {
            let found = lines(text).find_map(Result::err).expect("a fault");
            (found.line, found.fault)
        };
        assert_eq!(fault("v=0\nhello"), (2, SdpFault::NoType));
        assert_eq!(fault("=0"), (1, SdpFault::NoType));
        assert_eq!(fault("ü=0"), (1, SdpFault::NoType));
        assert_eq!(fault("a=x\0y"), (1, SdpFault::ControlCharacter));
        assert_eq!(fault("a=x\ry"), (1, SdpFault::ControlCharacter));
    }
}
