//! `name=value;name=value`, as most codecs write their parameters.

use std::fmt;
use std::str::FromStr;

/// Parameters that are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a>(&'a str);

impl<'a> List<'a> {
    pub(super) fn new(text: Option<&'a str>) -> Self {
        List(text.unwrap_or_default())
    }

    /// The value of a name, which may be in any case (RFC 6838 section 4.3); the first where it
    /// stands twice.
    pub(super) fn value(self, name: &str) -> Option<&'a str> {
        let mut end = 0;
        // By bytes: what is looked through is shorter than what a search of text is set up with.
        for pair in self.0.as_bytes().split(|byte| *byte == b';') {
            let start = end;
            end = start + pair.len() + 1;
            let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
            let (known, value) = self.0[start..start + pair.len()].split_at(equals);
            if known.trim_ascii().eq_ignore_ascii_case(name) {
                return Some(value[1..].trim_ascii());
            }
        }
        None
    }

    /// A value that is a number, where it can be read as one.
    pub(super) fn number<T: FromStr>(self, name: &str) -> Option<T> {
        self.value(name)?.parse().ok()
    }

    /// A value that is 1.
    pub(super) fn flag(self, name: &str) -> bool {
        self.value(name) == Some("1")
    }
}

/// The value of a name in `name=value;name=value`, which may be in any case; the first where it
/// stands twice.
pub(crate) fn value<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    List(parameters).value(name)
}

/// Parameters that are written.
pub(super) struct Pairs<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
    first: bool,
}

impl<'a, 'b> Pairs<'a, 'b> {
    pub(super) fn new(to: &'a mut fmt::Formatter<'b>) -> Self {
        Pairs { to, first: true }
    }

    pub(super) fn pair(&mut self, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
        let Some(value) = value else { return Ok(()) };
        let mark = if self.first { "" } else { ";" };
        self.first = false;
        write!(self.to, "{mark}{name}={value}")
    }

    /// `name=1`, if it is set.
    pub(super) fn flag(&mut self, name: &str, set: bool) -> fmt::Result {
        self.pair(name, set.then_some(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_and_spaces() {
        let list = List::new(Some("minptime=10; UseInbandFEC = 1 ;x;stereo=0;stereo=1;"));
        assert_eq!(list.number("minptime"), Some(10));
        assert!(list.flag("useinbandfec") && !list.flag("stereo") && !list.flag("x"));
        assert_eq!(list.value("ptime"), None);
        assert_eq!(List::new(None).value("x"), None);
        assert_eq!(List::new(Some("a=b")).number::<u8>("a"), None);
    }
}
