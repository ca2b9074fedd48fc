//! Who is told what happens in the rooms.

use std::fmt;

use crate::hub::Note;

/// Is told what a person who runs the server wants to know. By default nobody is.
#[derive(Default)]
pub struct Log(Option<Box<Tell>>);

type Tell = dyn Fn(&Note) + Send + Sync;

impl Log {
    /// Tells nobody.
    pub fn silent() -> Self {
        Log(None)
    }

    /// Tells everything by `tell`, which is not to wait: the rooms stand still meanwhile.
    pub fn new(tell: impl Fn(&Note) + Send + Sync + 'static) -> Self {
        Log(Some(Box::new(tell)))
    }

    pub(super) fn tell(&self, note: &Note) {
        if let Some(tell) = &self.0 {
            tell(note);
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Log").field(&self.0.is_some()).finish()
    }
}
