//! One line after another.

use std::fmt::{self, Write};

/// Writes lines. A value cannot end its line early, wherever its text came from: what would is
/// written as a space.
pub(super) struct Lines<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
}

impl<'a, 'b> Lines<'a, 'b> {
    pub(super) fn new(to: &'a mut fmt::Formatter<'b>) -> Self {
        Lines { to }
    }

    /// A whole line without its end: `line(format_args!("a=mid:{mid}"))`.
    pub(super) fn line(&mut self, line: fmt::Arguments<'_>) -> fmt::Result {
        OneLine { to: &mut *self.to }.write_fmt(line)?;
        self.to.write_str("\r\n")
    }

    /// An attribute without a value, if it is set.
    pub(super) fn flag(&mut self, name: &str, set: bool) -> fmt::Result {
        if set { self.line(format_args!("a={name}")) } else { Ok(()) }
    }

    /// An attribute with a value, if there is one.
    pub(super) fn value(&mut self, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.line(format_args!("a={name}:{value}")))
    }

    /// An attribute for each value.
    pub(super) fn values<T: fmt::Display>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = T>,
    ) -> fmt::Result {
        values.into_iter().try_for_each(|value| self.value(name, Some(value)))
    }
}

/// Text that stays on its line.
struct OneLine<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
}

impl Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut parts = text.split(['\r', '\n', '\0']);
        self.to.write_str(parts.next().unwrap_or_default())?;
        parts.try_for_each(|part| {
            self.to.write_char(' ')?;
            self.to.write_str(part)
        })
    }
}

/// Values with a mark between two.
pub(super) struct Separated<'a, T>(pub(super) &'a [T], pub(super) char);

impl<T: fmt::Display> fmt::Display for Separated<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char(self.1)?;
            }
            value.fmt(f)?;
        }
        Ok(())
    }
}

/// A value after a mark, where there is one.
pub(super) struct After<T>(pub(super) &'static str, pub(super) Option<T>);

impl<T: fmt::Display> fmt::Display for After<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.as_ref().map_or(Ok(()), |value| write!(f, "{}{value}", self.0))
    }
}
